"""Percept's models and their training in plain NumPy, written from the formulas, in float64.

What a server trains with --no-shuffle is compared with this, step by step. Letters: N examples,
B of them in a batch, D inputs, K classes. Parameters are dictionaries of arrays under the names
and shapes of the exports: linear0.weight [outputs, inputs], linear0.bias [outputs], ...
"""

import dataclasses
import math

import numpy as np

_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclasses.dataclass(frozen=True)
class Settings:
    """A multiperceptron (no hidden layers) or an MLP, and how it is fitted."""

    hidden: tuple = ()
    activation: str = "tanh"
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: tuple = ("constant",)  # ("step", gamma, sigma) or ("inverse", gamma, rho)
    epochs: int = 5
    batch_size: int = 100

    @property
    def is_mlp(self):
        return bool(self.hidden)

    def flags(self):
        """The words after `percept train` that ask for this, without the data set."""
        words = ["mlp"] if self.is_mlp else ["multiperceptron"]
        if self.is_mlp:
            words += ["--hidden", ",".join(map(str, self.hidden)),
                      "--activation", self.activation, "--optimizer", self.optimizer,
                      "--weight-decay", str(self.weight_decay)]
            if self.optimizer == "momentum":
                words += ["--momentum", str(self.momentum)]
            kind, *numbers = self.schedule
            words += ["--schedule", ":".join([kind, ",".join(map(str, numbers))]).rstrip(":")]
        return words + ["--learning-rate", str(self.learning_rate), "--epochs", str(self.epochs),
                        "--batch-size", str(self.batch_size), "--no-shuffle"]

    def rate(self, step):
        """The learning rate of an update, counted from 0."""
        kind, *numbers = self.schedule
        if kind == "step":
            gamma, sigma = numbers
            return self.learning_rate * gamma ** (step // sigma)
        if kind == "inverse":
            gamma, rho = numbers
            return self.learning_rate / (1 + gamma * step) ** rho
        return self.learning_rate


def activate(name, z):
    """The activations of z, and their derivatives."""
    if name == "tanh":
        h = np.tanh(z)
        return h, 1 - h * h
    if name == "sigmoid":
        h = 1 / (1 + np.exp(-z))
        return h, h * (1 - h)
    if name == "relu":
        return np.maximum(z, 0), (z > 0).astype(z.dtype)
    if name == "gelu":
        below = (1 + _erf(z / math.sqrt(2))) / 2
        return z * below, below + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    raise ValueError(name)


class Network:
    """What the parameters make of inputs. `parameters` is a copy of those given, in float64."""

    def __init__(self, settings, parameters):
        self.settings = settings
        self.parameters = {name: np.array(p, np.float64) for name, p in parameters.items()}

    def _forward(self, x):
        """The inputs of each layer, the derivative behind each, and the logits."""
        layers = len(self.settings.hidden) + 1
        inputs, slopes = [x.astype(np.float64)], []
        for layer in range(layers):
            weight = self.parameters[f"linear{layer}.weight"]
            z = inputs[-1] @ weight.T + self.parameters[f"linear{layer}.bias"]
            if layer + 1 < layers:
                z, slope = activate(self.settings.activation, z)
            elif not self.settings.is_mlp:
                z, slope = activate("tanh", z)
            else:
                slope = np.ones_like(z)
            inputs.append(z)
            slopes.append(slope)
        return inputs[:-1], slopes, inputs[-1]

    def probabilities(self, x):
        """[N, K]"""
        *_, logits = self._forward(x)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def accuracy_and_loss(self, x, labels):
        """Share of examples predicted right, and mean cross-entropy."""
        p = self.probabilities(x)
        chosen = p[np.arange(len(labels)), labels]
        return float(np.mean(p.argmax(axis=1) == labels)), float(-np.mean(np.log(chosen)))

    def gradients(self, x, labels):
        """Of the mean cross-entropy with respect to the parameters."""
        inputs, slopes, logits = self._forward(x)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        delta = exponentials / exponentials.sum(axis=1, keepdims=True)
        delta[np.arange(len(labels)), labels] -= 1
        delta /= len(labels)
        gradients = {}
        for layer in reversed(range(len(inputs))):
            delta = delta * slopes[layer]
            gradients[f"linear{layer}.weight"] = delta.T @ inputs[layer]
            gradients[f"linear{layer}.bias"] = delta.sum(axis=0)
            delta = delta @ self.parameters[f"linear{layer}.weight"]
        return gradients


class Optimizer:
    """Changes parameters in place, by the rule that the settings name."""

    def __init__(self, settings):
        self.settings = settings
        self._first, self._second = {}, {}  # The moments of each parameter.
        self._updates = 0

    def update(self, parameters, gradients):
        rate = self.settings.rate(self._updates)
        self._updates += 1
        for name, parameter in parameters.items():
            gradient = gradients[name] + self.settings.weight_decay * parameter
            parameter -= rate * getattr(self, "_" + self.settings.optimizer)(name, gradient)

    def _sgd(self, _, gradient):
        return gradient

    def _momentum(self, name, gradient):
        self._first[name] = gradient + self.settings.momentum * self._first.get(name, 0.0)
        return self._first[name]

    def _adam(self, name, gradient, beta1=0.9, beta2=0.999, epsilon=1e-8):
        first = self._first[name] = beta1 * self._first.get(name, 0.0) + (1 - beta1) * gradient
        second = self._second[name] = (
            beta2 * self._second.get(name, 0.0) + (1 - beta2) * gradient**2)
        first = first / (1 - beta1**self._updates)
        return first / (np.sqrt(second / (1 - beta2**self._updates)) + epsilon)


def file_order(settings, examples):
    """The examples of each update, without shuffling."""
    return [np.arange(first, min(first + settings.batch_size, examples))
            for _ in range(settings.epochs)
            for first in range(0, examples, settings.batch_size)]


def train(settings, start, x, labels, batches=None):
    """Yields the network before each update and at the end: the same object, changed in between.

    `batches` holds the examples of each update; default file order.
    """
    network, optimizer = Network(settings, start), Optimizer(settings)
    for batch in file_order(settings, len(labels)) if batches is None else batches:
        yield network
        optimizer.update(network.parameters, network.gradients(x[batch], labels[batch]))
    yield network


def train_perceptron(x, labels, iterations, learning_rate):
    """The weights at the start and after each change; label 1 is positive."""
    x = x.astype(np.float64)
    positive, negative = x[labels == 1], x[labels == 0]
    weights = np.zeros(x.shape[1])
    history = [weights]
    for i in range(iterations):
        example = positive[i % len(positive)]
        if weights @ example < 0:
            weights = weights + learning_rate * example
            history.append(weights)
        example = negative[i % len(negative)]
        if weights @ example >= 0:
            weights = weights - learning_rate * example
            history.append(weights)
    return history


def difference(a, b):
    """||a - b|| / ||b||, or ||a|| where b is zero."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        return math.inf
    return float(np.linalg.norm(a - b) / (np.linalg.norm(b) or 1.0))
