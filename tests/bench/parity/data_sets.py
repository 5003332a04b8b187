"""The notebook's data, made with NumPy, and MNIST from its files. Labels are shuffled through."""

import dataclasses
import functools
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
MNIST = ROOT / "build/assets/mnist"


@dataclasses.dataclass(frozen=True)
class DataSet:
    name: str
    x_train: np.ndarray  # float32 [N, D], or pixels as uint8 [N, H, W].
    y_train: np.ndarray  # [N]
    x_validation: np.ndarray
    y_validation: np.ndarray

    @property
    def classes(self):
        return int(self.y_train.max()) + 1

    def arrays(self):
        return {field.name: getattr(self, field.name)
                for field in dataclasses.fields(self) if field.name != "name"}


def inputs(x):
    """What a model sees of x: float32 [N, D], a pixel v standing for v / 255."""
    flat = x.reshape(len(x), -1)
    return flat.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else flat


def _made(name, points_of_class, train, validation):
    """points_of_class(random, label, n) gives n points; two or three labels."""
    random = np.random.default_rng(20)
    splits = []
    for n in (train, validation):
        points = [points_of_class(random, label, n) for label in range(2 + (name == "three-class"))]
        labels = np.repeat(np.arange(len(points)), n)
        order = random.permutation(len(labels))
        splits += [np.concatenate(points).astype(np.float32)[order], labels[order]]
    return DataSet(name, *splits)


def _normals(means, variances):
    def points(random, label, n):
        return random.normal(means[label], np.sqrt(variances[label]), (n, len(means[label])))
    return points


def _xor(random, label, n):
    signs = np.where(np.arange(n) % 2, 1, -1)[:, None]
    return random.normal(size=(n, 2)) + 7 * signs * (np.array([1, -1]) if label else 1)


def _bullseye(random, label, n):
    if label == 0:
        return random.normal(size=(n, 2))
    radius = np.sqrt(random.uniform(25, 64, n))
    angle = random.uniform(0, 2 * np.pi, n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def two_normals():
    # The third column is the bias.
    return _made("two-normals", _normals([[-2, 2.5, 1], [0, -2.5, 1]], [[1, 1, 0], [.5, .5, 0]]),
                 200, 50)


def three_class():
    return _made("three-class", _normals([[1.5, -2], [1, 2], [-2, 0]], [[1, 1], [.5, .5], [1, .5]]),
                 200, 100)


def xor():
    return _made("xor", _xor, 200, 100)


def bullseye():
    return _made("bullseye", _bullseye, 200, 100)


def _idx(name, header_size, shape):
    return np.frombuffer((MNIST / name).read_bytes(), np.uint8, offset=header_size).reshape(shape)


@functools.lru_cache(maxsize=1)
def mnist():
    return DataSet("mnist-npz",  # A server has a set `mnist` of its own.
                   _idx("train-images-idx3-ubyte", 16, (-1, 28, 28)),
                   _idx("train-labels-idx1-ubyte", 8, -1),
                   _idx("t10k-images-idx3-ubyte", 16, (-1, 28, 28)),
                   _idx("t10k-labels-idx1-ubyte", 8, -1))


def mnist_one_or_zero():
    """1 against 0: both digits are their own labels."""
    splits = []
    for x, y in ((mnist().x_train, mnist().y_train), (mnist().x_validation, mnist().y_validation)):
        splits += [x[y <= 1], y[y <= 1]]
    return DataSet("mnist-npz-1v0", *splits)
