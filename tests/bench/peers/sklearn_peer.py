"""The workloads that scikit-learn's MLPClassifier can do."""

import time
import warnings

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

import workloads
from workloads import Result, Schedule

VERSION = f"scikit-learn {sklearn.__version__}"
IS_SUPPORTED = {"mlp"}


def _classifier(workload, epochs):
    return MLPClassifier(
        hidden_layer_sizes=workload.hidden, activation=workload.activation,
        solver=workload.optimizer, alpha=0.0, batch_size=workload.batch_size, momentum=0.0,
        nesterovs_momentum=False, learning_rate_init=workload.learning_rate, max_iter=epochs,
        tol=0.0, n_iter_no_change=10**9, random_state=1)


def _evaluate(classifier, data):
    probabilities = classifier.predict_proba(data.x_validation)
    labels = data.labels_validation
    of_label = probabilities[np.arange(len(labels)), labels]
    accuracy = float(np.mean(probabilities.argmax(axis=1) == labels))
    return accuracy, float(-np.mean(np.log(of_label)))


def _fit_epochs(workload, data):
    """All epochs in one call, its fastest way."""
    classifier = _classifier(workload, workload.epochs)
    start = time.perf_counter()
    classifier.fit(data.x, data.labels)
    seconds = time.perf_counter() - start
    return Result(seconds, workload.epochs * len(data.x), _evaluate(classifier, data)[0])


def _fit_batches(workload, data):
    """Batch by batch, for what happens in between."""
    classifier = _classifier(workload, 1)
    schedule = Schedule(workload, len(data.x))
    random = np.random.default_rng(2)
    classes = np.arange(data.classes)
    history, instances = [], 0
    # It cannot be asked before it has seen something.
    classifier.partial_fit(data.x[:1], data.labels[:1], classes=classes)
    start = time.perf_counter()
    for is_due, rows in schedule.batches(random.permutation):
        if is_due:
            snapshot = ([p.copy() for p in classifier.coefs_ + classifier.intercepts_]
                        if workload.keeps_snapshots else None)
            history.append((_evaluate(classifier, data), snapshot))
        classifier.partial_fit(data.x[rows], data.labels[rows])
        instances += len(rows)
    seconds = time.perf_counter() - start
    return Result(seconds, instances, _evaluate(classifier, data)[0])


def run(workload):
    data = workloads.load(workload.dataset)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # That it has not converged.
        if workload.evaluate_every == 0 and not workload.peer_steps:
            return _fit_epochs(workload, data)
        return _fit_batches(workload, data)
