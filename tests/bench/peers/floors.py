"""The bare matrix products of a workload, dense: what no program that multiplies them can beat."""

import time

import numpy as np

import workloads

# Seconds that each product is repeated for.
_DURATION = 0.1


def _products(workload, data):
    """Triples (m, k, n) of the products [m, k] x [k, n] of one update, then of one evaluation."""
    if workload.model == "perceptron":
        return [], [(len(data.x), data.inputs, 1)]
    layers = list(zip(workloads.widths(workload, data), workloads.widths(workload, data)[1:]))
    batch, validation = workload.batch_size, len(data.x_validation)
    update = []
    for layer, (inputs, outputs) in enumerate(layers):
        update += [(batch, inputs, outputs), (inputs, batch, outputs)]
        if layer > 0:
            update.append((batch, outputs, inputs))
    return update, [(validation, inputs, outputs) for inputs, outputs in layers]


def _seconds(product, precision, matmul, as_array):
    """The shortest time of one product, whose first factor is transposed where that is natural."""
    m, k, n = product
    random = np.random.default_rng(3)
    left = as_array(random.random((m, k), np.float32).astype(precision))
    right = as_array(random.random((k, n), np.float32).astype(precision))
    result = as_array(np.empty((m, n), precision))
    best = float("inf")
    end = time.perf_counter() + _DURATION
    while (start := time.perf_counter()) < end:
        matmul(left, right, result)
        best = min(best, time.perf_counter() - start)
    return best


def seconds_per_instance(workload, matmul, as_array):
    """By `matmul(a, b, out)` on arrays that `as_array` makes of NumPy's."""
    data = workloads.load(workload.dataset)
    precision = workload.precision if workload.model == "perceptron" else "float32"
    update, evaluation = ([_seconds(p, precision, matmul, as_array) for p in products]
                          for products in _products(workload, data))
    if workload.model == "perceptron":
        return sum(evaluation) * workloads.PERCEPTRON_EVALUATIONS / (2 * workload.iterations)
    every = workload.evaluate_every
    return (sum(update) + (sum(evaluation) / every if every else 0.0)) / workload.batch_size
