"""What is compared: the workloads of the notebook and one wide network, and the data they train on.

Letters: N examples, B of them in a batch, D inputs, H hidden units, K classes.
"""

import dataclasses
import functools
import sys
from pathlib import Path

import numpy as np

import bounds

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))
import data_sets  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str  # One word, for the command line.
    title: str
    reach: float  # The ratio to the best peer that we want; 0 for none.
    model: str  # perceptron, multiperceptron or mlp
    dataset: str  # mnist, mnist-1v0 or xor
    hidden: tuple = ()
    activation: str = "tanh"
    optimizer: str = "sgd"
    learning_rate: float = 0.1
    batch_size: int = 100
    epochs: int = 5
    iterations: int = 0  # The perceptron's, as is the precision; ours is always float64.
    precision: str = "float64"
    defers: bool = False  # The peer evaluates its history at the end, in one product.
    evaluate_every: int = 0  # Minibatches between evaluations of the validation split; 0 for none.
    keeps_snapshots: bool = False  # A copy of all parameters with each evaluation.
    reach_torch: float = 0.0  # To PyTorch, where we want more there.
    bound: str = ""  # What keeps us from more, and what did not help.
    peer_steps: int = 0  # Peers run so many steps at most (0: all); a step costs the same in all.

    def steps(self, examples):
        """Updates of a whole run."""
        return self.epochs * -(-examples // self.batch_size)


_PERCEPTRON = {"model": "perceptron", "dataset": "mnist-1v0", "learning_rate": 1.0,
               "iterations": 1000}
_MNIST = {"dataset": "mnist", "learning_rate": 0.1, "batch_size": 100}
_LAYER = {**_MNIST, "model": "multiperceptron", "epochs": 2}
_MLP = {**_MNIST, "model": "mlp", "hidden": (64,), "epochs": 5}

WORKLOADS = [
    Workload("perceptron", "perceptron MNIST 1 vs 0, 1000 iterations, history evaluated", 25,
             **_PERCEPTRON, bound=bounds.PERCEPTRON),
    Workload("perceptron-float32", "  … the peer in float32, ours still in float64", 0,
             **_PERCEPTRON, precision="float32"),
    Workload("perceptron-deferred", "  … the peer evaluates its history in one product, last", 0,
             **_PERCEPTRON, defers=True),
    Workload("multiperceptron", "multiperceptron MNIST, 2 epochs", 3, **_LAYER),
    Workload("multiperceptron-every", "  … evaluation of 10,000 before every minibatch", 6,
             **_LAYER, evaluate_every=1, peer_steps=200, bound=bounds.LAYER),
    Workload("mlp", "MLP 784-64-10 MNIST, 5 epochs", 3, **_MLP, reach_torch=4.5,
             bound=bounds.MLP),
    Workload("mlp-every", "  … evaluation of 10,000 before every minibatch", 4,
             **_MLP, evaluate_every=1, peer_steps=150, bound=bounds.MLP),
    Workload("mlp-12000", "  … evaluation every 12,000 instances", 4,
             **_MLP, evaluate_every=120, bound=bounds.MLP),
    Workload("toy", "MLP 2-3-2 xor, Adam, batch 5, 200 evaluated + snapshot every 10 instances", 80,
             reach_torch=300,
             model="mlp", dataset="xor", hidden=(3,), optimizer="adam", learning_rate=0.01,
             batch_size=5, epochs=1250, evaluate_every=2, keeps_snapshots=True, peer_steps=4000,
             bound=bounds.TOY),
    Workload("wide", "MLP 784-512-512-10 MNIST, relu, Adam, batch 128, 1 epoch", 1.7,
             model="mlp", dataset="mnist", hidden=(512, 512), activation="relu", optimizer="adam",
             learning_rate=0.001, batch_size=128, epochs=1, peer_steps=150, bound=bounds.WIDE),
]

# Evaluations of the perceptron on MNIST 1 vs 0: its start, its 16 changes, its end.
PERCEPTRON_EVALUATIONS = 18


@dataclasses.dataclass(frozen=True)
class Data:
    """float32 inputs [N, D] and int64 labels [N]."""

    x: np.ndarray
    labels: np.ndarray
    x_validation: np.ndarray
    labels_validation: np.ndarray

    @property
    def inputs(self):
        return self.x.shape[1]

    @property
    def classes(self):
        return int(self.labels.max()) + 1


_SETS = {"mnist": data_sets.mnist, "mnist-1v0": data_sets.mnist_one_or_zero,
         "xor": data_sets.xor}


@functools.cache
def load(name):
    raw = _SETS[name]()
    return Data(data_sets.inputs(raw.x_train), raw.y_train.astype(np.int64),
                data_sets.inputs(raw.x_validation), raw.y_validation.astype(np.int64))


def widths(workload, data):
    """Of all layers, from the inputs on."""
    return [data.inputs, *workload.hidden, data.classes]


@dataclasses.dataclass
class Result:
    """What one run took and came to."""

    seconds: float
    instances: int
    accuracy: float  # Of the last parameters on the validation split (perceptron: training split).


class Schedule:
    """The batches of a run, as indices, and where evaluations are due."""

    def __init__(self, workload, examples):
        self.workload, self.examples = workload, examples
        self.steps = workload.steps(examples)
        if workload.peer_steps:
            self.steps = min(self.steps, workload.peer_steps)

    def batches(self, permutation):
        """Pairs (is_evaluation_due, indices), from a function that draws an order of N."""
        every, size = self.workload.evaluate_every, self.workload.batch_size
        step = 0
        while True:
            order = permutation(self.examples)
            for first in range(0, self.examples, size):
                if step == self.steps:
                    return
                yield every > 0 and step % every == 0, order[first:first + size]
                step += 1
