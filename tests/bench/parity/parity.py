#!/usr/bin/env python3
"""Compares what perceptd trains and exports with PyTorch, NumPy, safetensors and ONNX Runtime.

Works through the command line alone: uploads data, trains in file order, exports, trains the same
from the same start elsewhere, and prints one table. Ends with 1 when a figure is over its limit.
script/bench parity runs it.
"""

import dataclasses
import io
import platform
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnx.checker
import onnxruntime
import safetensors
import safetensors.torch
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import command_line  # noqa: E402
import data_sets  # noqa: E402
import perceptd  # noqa: E402
import reference_training  # noqa: E402
import torch_training  # noqa: E402
from reference_training import Settings, difference  # noqa: E402

# Of ||a - b|| / ||b||, and of the largest difference between two probabilities.
LIMIT = 1e-5

# Validation rows that the exported models are asked about.
ROWS = 500


class Table:
    """Prints its rows as they come, and counts those over their limit."""

    _LINE = "{:34}  {:46}  {:>10}  {:>7}  {}"

    def __init__(self):
        self.failures = 0
        print(self._LINE.format("RUN", "WHAT", "DIFFERENCE", "LIMIT", "OK"))

    def add(self, run, what, value, limit=LIMIT):
        is_ok = value <= limit  # A NaN is not.
        self.failures += not is_ok
        print(self._LINE.format(run, what, f"{value:.2e}", f"{limit:g}", "ok" if is_ok else "OVER"),
              flush=True)


class Bench:
    def __init__(self, cli, table):
        self.cli, self.table = cli, table
        self._uploaded = set()

    def _upload(self, data):
        if data.name not in self._uploaded:
            self._uploaded.add(data.name)
            self.cli.upload(data.name, **data.arrays())

    def _compare_histories(self, run, job, snapshots, expected):
        """Compares each snapshot with what `expected` holds for its step; a row for each tensor."""
        worst = {}
        for snapshot in snapshots:
            parameters = self.cli.parameters(job, snapshot["index"])
            wanted = expected[snapshot["step"]]
            assert list(parameters) == list(wanted), (list(parameters), list(wanted))
            for name, tensor in parameters.items():
                worst[name] = np.fmax(worst.get(name, 0.0), difference(tensor, wanted[name]))
        for name, value in worst.items():
            self.table.add(run, f"{name}, {len(snapshots)} snapshots, NumPy", value)

    def perceptron(self, data, iterations):
        """Compares the whole history, a snapshot for each change."""
        run = f"perceptron {data.name} {iterations}"
        self._upload(data)
        snapshots, job = self.cli.train(data.name, "perceptron", "--iterations", iterations)
        history = reference_training.train_perceptron(
            data_sets.inputs(data.x_train), data.y_train, iterations, 1.0)
        missing = set(range(len(history))) ^ {snapshot["step"] for snapshot in snapshots}
        self.table.add(run, f"steps that differ from NumPy's {len(history) - 1}", len(missing), 0)
        expected = {step: {"weight": weight} for step, weight in enumerate(history)}
        self._compare_histories(run, job, snapshots, expected)
        x = data_sets.inputs(data.x_validation)[:ROWS]

        def answer(weight):
            return np.eye(2)[(x.astype(np.float64) @ np.asarray(weight) >= 0).astype(int)]

        self._compare_exports(run, job, x, lambda tensors: answer(tensors["weight"]),
                              lambda state: answer(state["weight"]))

    def steps(self, data, settings, run, *flags):
        """Compares each snapshot with NumPy, and the end with PyTorch."""
        self._upload(data)
        snapshots, job = self.cli.train(data.name, *settings.flags(), *flags)
        start = self.cli.parameters(job, 0)
        wanted = {snapshot["step"] for snapshot in snapshots}
        networks = reference_training.train(
            settings, start, data_sets.inputs(data.x_train), data.y_train)
        expected = {step: {name: tensor.copy() for name, tensor in network.parameters.items()}
                    for step, network in enumerate(networks) if step in wanted}
        self._compare_histories(run, job, snapshots, expected)
        self._compare_end(run, data, settings, job, start)

    def each_step(self, data, settings, run):
        """Compares each update alone with NumPy's, from the parameters that the update began with.

        For runs in which rounding grows without end, so that no two programs agree for long: a
        linear model on xor and bullseye begins on a saddle.
        """
        self._upload(data)
        snapshots, job = self.cli.train(data.name, *settings.flags(), "--report-frequency",
                                        settings.batch_size)
        x = data_sets.inputs(data.x_train)
        batches = reference_training.file_order(settings, len(x))
        assert [snapshot["step"] for snapshot in snapshots] == list(range(len(batches) + 1))
        one = dataclasses.replace(settings, epochs=1)
        worst = {}
        after = self.cli.parameters(job, 0)
        for step, batch in enumerate(batches):
            before, after = after, self.cli.parameters(job, step + 1)
            *_, network = reference_training.train(one, before, x, data.y_train, [batch])
            for name, wanted in network.parameters.items():
                size = max(np.linalg.norm(wanted), np.linalg.norm(wanted - before[name]))
                worst[name] = np.fmax(worst.get(name, 0.0),
                                      np.linalg.norm(after[name] - wanted) / size)
        for name, value in worst.items():
            self.table.add(run, f"{name}, each of {len(batches)} steps alone, NumPy", value)

    def end(self, data, settings, run):
        """Compares the end with PyTorch."""
        self._upload(data)
        _, job = self.cli.train(data.name, *settings.flags())
        self._compare_end(run, data, settings, job, self.cli.parameters(job, 0))

    def _compare_end(self, run, data, settings, job, start):
        x, x_validation = data_sets.inputs(data.x_train), data_sets.inputs(data.x_validation)

        def network(state):
            return torch_training.network(settings, x.shape[1], data.classes, state)

        model = network({name: torch.from_numpy(tensor) for name, tensor in start.items()})
        torch_training.train(settings, model, x, data.y_train)
        last = self.cli.parameters(job, "last")
        for name, tensor in model.state_dict().items():
            self.table.add(run, f"{name}, PyTorch", difference(last[name], tensor.numpy()))
        rows = x_validation[:ROWS]
        self._compare_exports(
            run, job, rows,
            lambda tensors: reference_training.Network(settings, tensors).probabilities(rows),
            lambda state: torch_training.probabilities(network(state), rows))

    def _compare_exports(self, run, job, rows, numpy_answer, torch_answer):
        """Asks the last model of each format the same, in the program the format is made for."""
        with np.load(io.BytesIO(self.cli.export(job, "last", "npz"))) as archive:
            expected = numpy_answer(dict(archive))
        state = safetensors.torch.load(self.cli.export(job, "last", "safetensors"))
        file = self.cli.export(job, "last", "onnx")
        onnx.checker.check_model(onnx.load_model_from_string(file), full_check=True)
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        (answer,) = session.run(["probabilities"], {"inputs": rows})
        for program, given in (("safetensors in PyTorch", torch_answer(state)),
                               ("ONNX in ONNX Runtime", answer)):
            worst = np.abs(given - expected).max() if given.shape == expected.shape else np.inf
            self.table.add(run, f"{program}, NPZ in NumPy", worst)


def run_all(bench):
    bench.perceptron(data_sets.two_normals(), 200)
    bench.perceptron(data_sets.mnist_one_or_zero(), 1000)
    bench.steps(data_sets.three_class(), Settings(epochs=2, batch_size=10),
                "multiperceptron three-class", "--report-frequency", 10)
    bench.steps(data_sets.mnist(), Settings(epochs=2), "multiperceptron mnist")
    for data in (data_sets.xor(), data_sets.bullseye()):
        bench.each_step(data, Settings(learning_rate=0.05, epochs=5, batch_size=10),
                        f"multiperceptron {data.name}")
    toy = {"learning_rate": 0.01, "epochs": 5, "batch_size": 5}
    for data in (data_sets.xor(), data_sets.bullseye()):
        bench.end(data, Settings(hidden=(3,), optimizer="adam", **toy), f"2-3-2 {data.name} adam")
    bench.end(data_sets.mnist(), Settings(hidden=(64,)), "784-64-10 mnist sgd")
    three_class, bullseye = data_sets.three_class(), data_sets.bullseye()
    bench.end(three_class, Settings(hidden=(8,), optimizer="momentum", schedule=("step", 0.7, 40),
                                    batch_size=16),
              "2-8-3 momentum, step schedule")
    bench.end(three_class, Settings(hidden=(16, 8), activation="sigmoid", learning_rate=0.5,
                                    schedule=("inverse", 0.1, 0.5), batch_size=16),
              "2-16-8-3 sigmoid, inverse schedule")
    bench.end(bullseye, Settings(hidden=(16, 8), activation="relu", weight_decay=0.01,
                                 learning_rate=0.05, batch_size=16),
              "2-16-8-2 relu, weight decay")
    bench.end(bullseye, Settings(hidden=(12, 8, 6), activation="gelu", optimizer="momentum",
                                 weight_decay=0.001, learning_rate=0.02, batch_size=16),
              "2-12-8-6-2 gelu, momentum, decay")
    bench.end(three_class, Settings(hidden=(16, 8), activation="relu", optimizer="adam",
                                    weight_decay=0.01, schedule=("step", 0.5, 60), **toy),
              "2-16-8-3 relu, adam, decay, step")


def main():
    versions = {"Python": platform.python_version(), "NumPy": np.__version__,
                "PyTorch": torch.__version__, "safetensors": safetensors.__version__,
                "ONNX": onnx.__version__, "ONNX Runtime": onnxruntime.__version__}
    print(", ".join(f"{name} {version}" for name, version in versions.items()), flush=True)
    torch.set_num_threads(1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, perceptd.start(Path(folder, "data")) as server:
        table = Table()
        run_all(Bench(command_line.CommandLine(server, folder), table))
    print(f"{time.monotonic() - began:.0f} s; "
          + (f"{table.failures} over the limit" if table.failures else "all within their limits"))
    return 1 if table.failures else 0


if __name__ == "__main__":
    sys.exit(main())
