"""The workloads in NumPy, as fast as one would write them: buffers reused, no copies, BLAS.

Networks are in float32, as ours; the perceptron is in the precision that its workload names.
"""

import time

import numpy as np

import workloads
from workloads import Result, Schedule

VERSION = f"numpy {np.__version__}"
IS_SUPPORTED = {"perceptron", "multiperceptron", "mlp"}


as_array = np.asarray


def multiply(a, b, out):
    np.matmul(a, b, out=out)


def _train_perceptron(workload, data):
    """Rosenblatt's rule on pairs; the weights after every change are evaluated on all examples."""
    x = data.x.astype(workload.precision)
    positive, negative = x[data.labels == 1], x[data.labels == 0]
    rate = x.dtype.type(workload.learning_rate)
    weights = np.zeros(data.inputs, x.dtype)
    history = []

    def accuracies(columns):
        """Of one vector of weights, or of each column of many."""
        correct = (np.count_nonzero(positive @ columns >= 0, axis=0) +
                   np.count_nonzero(negative @ columns < 0, axis=0))
        return correct / len(x)

    def report():
        history.append((weights.copy(), None if workload.defers else accuracies(weights)))

    start = time.perf_counter()
    report()
    for i in range(workload.iterations):
        example = positive[i % len(positive)]
        if weights @ example < 0:
            weights += rate * example
            report()
        example = negative[i % len(negative)]
        if weights @ example >= 0:
            weights -= rate * example
            report()
    report()
    last = history[-1][1]
    if workload.defers:
        last = accuracies(np.stack([w for w, _ in history], axis=1))[-1]
    return Result(time.perf_counter() - start, 2 * workload.iterations, float(last))


class _Adam:
    def __init__(self, parameters, learning_rate):
        self.parameters, self.learning_rate = parameters, learning_rate
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]
        self.spare = [np.empty_like(p) for p in parameters]
        self.step = 0

    def update(self, gradients):
        self.step += 1
        rate = self.learning_rate / (1 - 0.9 ** self.step)
        root = (1 - 0.999 ** self.step) ** -0.5
        for p, g, m, v, s in zip(self.parameters, gradients, self.first, self.second, self.spare):
            m *= np.float32(0.9)
            np.multiply(g, np.float32(0.1), out=s)
            m += s
            v *= np.float32(0.999)
            np.multiply(g, g, out=s)
            s *= np.float32(0.001)
            v += s
            np.sqrt(v, out=s)
            s *= np.float32(root)
            s += np.float32(1e-8)
            np.divide(m, s, out=s)
            s *= np.float32(rate)
            p -= s


class _Sgd:
    def __init__(self, parameters, learning_rate):
        self.parameters, self.learning_rate = parameters, np.float32(learning_rate)

    def update(self, gradients):
        for p, g in zip(self.parameters, gradients):
            g *= self.learning_rate
            p -= g


class _Network:
    """Weights [inputs, outputs] of each layer, with buffers for batches of up to `rows`."""

    def __init__(self, workload, widths, rows):
        self.activation = workload.activation
        self.squashes_scores = workload.model == "multiperceptron"
        random = np.random.default_rng(1)
        bounds = [0.0 if self.squashes_scores else fan_in ** -0.5 for fan_in in widths]
        shapes = list(zip(widths, widths[1:], bounds))
        self.weights = [random.uniform(-b, b, (i, o)).astype(np.float32) for i, o, b in shapes]
        self.biases = [random.uniform(-b, b, o).astype(np.float32) for _, o, b in shapes]
        self.outputs = [np.empty((rows, width), np.float32) for width in widths[1:]]
        self.gradients = [np.empty_like(p) for p in self.parameters]

    @property
    def parameters(self):
        return [*self.weights, *self.biases]

    def forward(self, x, outputs):
        for layer, (weights, bias, z) in enumerate(zip(self.weights, self.biases, outputs)):
            np.matmul(x, weights, out=z)
            z += bias
            is_last = layer == len(outputs) - 1
            if (self.squashes_scores if is_last else self.activation == "tanh"):
                np.tanh(z, out=z)
            elif not is_last:
                np.maximum(z, 0, out=z)
            x = z
        return x

    def backward(self, x, outputs, labels):
        """Gradients of the mean cross-entropy, for outputs that `forward` left."""
        scores = outputs[-1]
        delta = np.exp(scores - scores.max(axis=1, keepdims=True))
        delta /= delta.sum(axis=1, keepdims=True)
        delta[np.arange(len(labels)), labels] -= 1
        delta *= np.float32(1 / len(labels))
        if self.squashes_scores:
            delta *= 1 - scores * scores
        count = len(self.weights)
        for layer in range(count - 1, -1, -1):
            below = outputs[layer - 1] if layer > 0 else x
            np.matmul(below.T, delta, out=self.gradients[layer])
            np.sum(delta, axis=0, out=self.gradients[count + layer])
            if layer > 0:
                slope = 1 - below * below if self.activation == "tanh" else below > 0
                delta = delta @ self.weights[layer].T
                delta *= slope
        return self.gradients


def _score(scores, labels):
    """Accuracy and mean cross-entropy."""
    largest = scores.max(axis=1)
    sums = np.exp(scores - largest[:, None]).sum(axis=1)
    of_label = scores[np.arange(len(labels)), labels]
    loss = np.mean(np.log(sums) - of_label + largest)
    return np.mean(scores.argmax(axis=1) == labels), loss


def _train_network(workload, data):
    schedule = Schedule(workload, len(data.x))
    network = _Network(workload, workloads.widths(workload, data), workload.batch_size)
    optimizer = {"sgd": _Sgd, "adam": _Adam}[workload.optimizer](
        network.parameters, workload.learning_rate)
    validation = [np.empty((len(data.x_validation), len(b)), np.float32) for b in network.biases]
    batch = np.empty((workload.batch_size, data.inputs), np.float32)
    random = np.random.default_rng(2)
    history, instances = [], 0
    start = time.perf_counter()
    for is_due, rows in schedule.batches(random.permutation):
        if is_due:
            scores = network.forward(data.x_validation, validation)
            snapshot = [p.copy() for p in network.parameters] if workload.keeps_snapshots else None
            history.append((_score(scores, data.labels_validation), snapshot))
        x = np.take(data.x, rows, axis=0, out=batch[:len(rows)])
        outputs = [z[:len(rows)] for z in network.outputs]
        network.forward(x, outputs)
        optimizer.update(network.backward(x, outputs, data.labels[rows]))
        instances += len(rows)
    seconds = time.perf_counter() - start
    scores = network.forward(data.x_validation, validation)
    return Result(seconds, instances, float(_score(scores, data.labels_validation)[0]))


def run(workload):
    data = workloads.load(workload.dataset)
    train = _train_perceptron if workload.model == "perceptron" else _train_network
    return train(workload, data)
