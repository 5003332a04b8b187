#!/usr/bin/env python3
"""Times the server's questions beside NumPy doing the same work, on one core each.

    inspect_bench.py PROGRAM

PROGRAM is percept_questions; this prints a table of milliseconds.
"""

import os
import subprocess
import sys
import time

# One core, as the server gives a question; NumPy reads it when it is loaded.
for library in ("OMP", "OPENBLAS", "MKL", "BLIS"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402

RANDOM = np.random.default_rng(1)

# Of a 256 x 256 grid of the 2-3-2 network.
GOALS = {"grid-2-3-2-256": 2.0}


def mlp(inputs, hidden, classes, kind=np.float32):
    def draw(*shape):
        return ((2 * RANDOM.random(shape) - 1) / inputs).astype(kind)
    return draw(hidden, inputs), draw(hidden), draw(classes, hidden), draw(classes)


def probabilities(x, w0, b0, w1, b1):
    scores = np.tanh(x @ w0.T + b0) @ w1.T + b1
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def least(runs, question):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        question()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times)


def grid(side):
    network = mlp(2, 3, 2)
    axis = np.linspace(0, 1, side, dtype=np.float32)

    def question():
        x, y = np.meshgrid(axis, axis)
        p = probabilities(np.stack([x.ravel(), y.ravel()], axis=1), *network)
        return p.argmax(axis=1).astype(np.uint8), (255 * p.max(axis=1) + 0.5).astype(np.uint8)
    return least(20, question)


def confusion():
    network = mlp(784, 64, 10)
    x = RANDOM.random((10_000, 784), dtype=np.float32)
    labels = np.arange(10_000) % 10

    def question():
        p = probabilities(x, *network)
        predicted = p.argmax(axis=1)
        counts = np.bincount(10 * labels + predicted, minlength=100)
        loss = -np.log(p[np.arange(len(p)), labels]).mean()
        wrong = np.flatnonzero(predicted != labels)
        surest = wrong[np.argsort(-p.max(axis=1)[wrong])[:20]]
        return counts, loss, surest
    return least(5, question)


def latent():
    w0, b0, _, _ = mlp(784, 64, 10)
    x = RANDOM.random((1000, 784), dtype=np.float32)
    return least(10, lambda: np.tanh(x @ w0.T + b0))


def pca():
    rows = RANDOM.random((1000, 64))

    def question():
        centred = rows - rows.mean(axis=0)
        return np.linalg.eigh(centred.T @ centred)
    return least(10, question)


def path(distance_weight):
    w0, b0, w1, b1 = mlp(784, 64, 10, np.float64)

    def question():
        start = np.full(784, 0.5)
        x = start
        for _ in range(1000):
            latent_x = np.tanh(w0 @ x + b0)
            scores = w1 @ latent_x + b1
            delta = np.exp(scores - scores.max())
            delta /= delta.sum()
            delta[9] -= 1.0
            gradient = w0.T @ ((w1.T @ delta) * (1 - latent_x ** 2))
            if distance_weight:
                gradient = gradient + 2 * distance_weight * (x - start)
            x = np.clip(x - 1e-9 * gradient, 0, 1)
        return x
    return least(3, question)


NUMPY = {
    "grid-2-3-2-256": lambda: grid(256),
    "grid-2-3-2-1024": lambda: grid(1024),
    "confusion-784-64-10-10000": confusion,
    "latent-784-64-10-1000": latent,
    "pca-1000-by-64": pca,
    "attack-784-64-10-1000-steps": lambda: path(0.01),
    "explore-784-64-10-1000-steps": lambda: path(0.0),
}


def main():
    output = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    print(f"{'question':<32}{'server, ms':>12}{'NumPy, ms':>12}{'NumPy / server':>16}{'goal, ms':>10}")
    for line in output.splitlines():
        name, milliseconds = line.split()
        server = float(milliseconds)
        numpy = NUMPY[name]()
        goal = f"{GOALS[name]:g}" if name in GOALS else ""
        print(f"{name:<32}{server:>12.3f}{numpy:>12.3f}{numpy / server:>16.1f}{goal:>10}")


if __name__ == "__main__":
    main()
