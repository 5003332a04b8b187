#!/usr/bin/env python3
"""Training through the command line gives what plain NumPy gives, step by step.

Data sets are made here and uploaded, trained on in file order, and the exported parameters compared
with tests/support/reference_training.py. PERCEPT and PERCEPTD name the two programs; without them
those of the build folder are taken.
"""

import json
import struct
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import command_line  # noqa: E402
import perceptd  # noqa: E402
from reference_training import (  # noqa: E402
    Settings, difference, file_order, train, train_perceptron)

# Of ||a - b|| / ||b|| for a tensor of float32.
LIMIT = 1e-5


def blobs(random, examples, centres):
    """Normal points about the centres, class by class in turn."""
    labels = np.arange(examples) % len(centres)
    points = random.normal(size=(examples, len(centres[0]))) + np.array(centres)[labels]
    return points.astype(np.float32), labels


class ParityTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        server = perceptd.start(Path(folder.name, "data"))
        cls.addClassCleanup(server.kill)
        cls.cli = command_line.CommandLine(server, folder.name)
        random = np.random.default_rng(4)
        centres = [[1.5, -2, 0, 0], [1, 2, 0, 1], [-2, 0, 1, 0]]
        cls.x, cls.y = blobs(random, 61, centres)
        cls.x_validation, cls.y_validation = blobs(random, 30, centres)
        cls.cli.upload("blobs", x_train=cls.x, y_train=cls.y, x_validation=cls.x_validation,
                       y_validation=cls.y_validation)

    def assert_close(self, parameters, expected, step):
        self.assertEqual(list(parameters), list(expected))
        for name, tensor in parameters.items():
            self.assertEqual(tensor.dtype, np.float32)
            self.assertLess(difference(tensor, expected[name]), LIMIT, f"{name}, step {step}")

    def follow(self, settings, every=1):
        """Trains there and here; compares all metrics, and the parameters of each `every`th step."""
        snapshots, job = self.cli.train(
            "blobs", *settings.flags(), "--report-frequency", settings.batch_size, "--seed", 7)
        self.assertEqual(job["state"], "SUCCEEDED")
        batches = file_order(settings, len(self.y))
        # A short batch is fewer instances than a report needs.
        self.assertGreaterEqual(len(snapshots), len(batches) - settings.epochs + 1)
        at = {snapshot["step"]: snapshot for snapshot in snapshots}
        self.assertEqual(max(at), len(batches))
        start = self.cli.parameters(job, 0)
        since = []  # Batch size, accuracy and loss of the training since the last snapshot.
        for step, network in enumerate(train(settings, start, self.x, self.y)):
            if step in at:
                self.check_metrics(at[step], network, since)
                since = []
                if step % every == 0 or step == len(batches):
                    parameters = self.cli.parameters(job, at[step]["index"])
                    self.assert_close(parameters, network.parameters, step)
            if step < len(batches):
                x, y = self.x[batches[step]], self.y[batches[step]]
                since.append((len(y), *network.accuracy_and_loss(x, y)))
        (evaluation,) = self.cli.run("model", "evaluate", job["name"], "--split", "validation")
        for measure in ("accuracy", "loss"):
            self.assertEqual(evaluation[measure],
                             at[len(batches)]["metrics"][f"validation_{measure}"])
        return job

    def check_metrics(self, snapshot, network, since):
        metrics = snapshot["metrics"]
        accuracy, loss = network.accuracy_and_loss(self.x_validation, self.y_validation)
        self.assertAlmostEqual(metrics["validation_accuracy"], accuracy, places=9)
        self.assertAlmostEqual(metrics["validation_loss"], loss, places=5)
        if not since:
            self.assertIsNone(metrics["training_loss"])
            return
        sizes, accuracies, losses = zip(*since)
        self.assertAlmostEqual(
            metrics["training_accuracy"], np.average(accuracies, weights=sizes), places=9)
        self.assertAlmostEqual(
            metrics["training_loss"], np.average(losses, weights=sizes), places=5)

    def test_perceptron_has_the_same_weights_after_every_change(self):
        random = np.random.default_rng(5)
        x, y = blobs(random, 60, [[-1, 1, 0], [0.5, -1, 0]])
        x[:, 2] = 1  # the bias
        self.cli.upload("two", x_train=x, y_train=y)
        snapshots, job = self.cli.train("two", "perceptron", "--iterations", 200,
                                        "--learning-rate", 0.5)
        expected = train_perceptron(x, y, 200, 0.5)
        self.assertGreater(len(expected), 5)
        self.assertEqual(sorted({s["step"] for s in snapshots}), list(range(len(expected))))
        for snapshot in snapshots:
            weights = self.cli.parameters(job, snapshot["index"])["weight"]
            # 0.5 x is exact, so that nothing is rounded otherwise.
            np.testing.assert_array_equal(weights, expected[snapshot["step"]])
            scores = x.astype(np.float64) @ weights
            wrong = (scores >= 0) != (y == 1)
            if snapshot["step"] > 0:
                self.assertAlmostEqual(snapshot["metrics"]["training_accuracy"],
                                       1 - wrong.mean(), places=9)
                self.assertAlmostEqual(snapshot["metrics"]["training_loss"],
                                       np.abs(scores[wrong]).sum() / len(y), places=9)

    def test_multiperceptron_is_the_same_at_every_step(self):
        job = self.follow(Settings(epochs=3, batch_size=8))
        start = self.cli.parameters(job, 0)
        self.assertFalse(np.concatenate([tensor.ravel() for tensor in start.values()]).any())

    def test_optimizers_schedules_and_activations_of_the_mlp(self):
        few = {"epochs": 4, "batch_size": 9}
        for settings in (
            Settings(hidden=(5,), **few),
            Settings(hidden=(6, 4), activation="sigmoid", optimizer="momentum", momentum=0.8,
                     schedule=("step", 0.5, 6), **few),
            Settings(hidden=(6,), activation="relu", optimizer="adam", learning_rate=0.01,
                     weight_decay=0.02, **few),
            Settings(hidden=(3, 5, 4), activation="gelu", optimizer="momentum",
                     learning_rate=0.05, weight_decay=0.01, schedule=("inverse", 0.1, 0.5), **few),
            Settings(hidden=(4,), optimizer="adam", schedule=("step", 0.7, 10), **few),
        ):
            with self.subTest(settings):
                self.follow(settings, every=9)

    def test_shuffled_epochs_are_permutations_trained_in_the_order_shown(self):
        settings = Settings(hidden=(5,), epochs=3, batch_size=8)
        flags = [flag for flag in settings.flags() if flag != "--no-shuffle"]
        _, job = self.cli.train("blobs", *flags, "--report-frequency", 1, "--seed", 9)
        snapshots = self.cli.run("job", "watch", job["name"], "--full")
        snapshots = [snapshot for snapshot in snapshots if "batch_indices" in snapshot]
        batches = [snapshot["batch_indices"] for snapshot in snapshots]
        self.assertEqual(batches.pop(), [])
        epochs = [sum(batches[first:first + 8], []) for first in (0, 8, 16)]
        for epoch in epochs:
            self.assertEqual(sorted(epoch), list(range(len(self.y))))
        self.assertEqual(len(set(map(tuple, epochs))), 3)
        start = self.cli.parameters(job, 0)
        *_, network = train(settings, start, self.x, self.y, batches)
        self.assert_close(self.cli.parameters(job, "last"), network.parameters, "last")

    def test_training_goes_on_from_another_job_with_validation_too(self):
        settings = Settings(hidden=(5,), activation="relu", epochs=2, batch_size=8)
        _, first = self.cli.train("blobs", *settings.flags())
        _, second = self.cli.train("blobs", *settings.flags(), "--train-on", "train+validation",
                                   "--init-from", first["name"])
        end = self.cli.parameters(first, "last")
        start = self.cli.parameters(second, 0)
        for name, tensor in start.items():
            np.testing.assert_array_equal(tensor, end[name])
        x = np.concatenate([self.x, self.x_validation])
        *_, network = train(settings, start, x, np.concatenate([self.y, self.y_validation]))
        self.assert_close(self.cli.parameters(second, "last"), network.parameters, "last")

    def test_safetensors_holds_the_same_tensors(self):
        settings = Settings(hidden=(5,), epochs=1, batch_size=10)
        _, job = self.cli.train("blobs", *settings.flags())
        file = self.cli.export(job, "last", "safetensors")
        (length,) = struct.unpack("<Q", file[:8])
        header = json.loads(file[8:8 + length])
        self.assertEqual(header.pop("__metadata__"), {"format": "pt"})
        tensors = self.cli.parameters(job, "last")
        self.assertEqual(list(header), list(tensors))
        for name, entry in header.items():
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            self.assertEqual(entry["dtype"], "F32")
            self.assertEqual(tuple(entry["shape"]), tensors[name].shape)
            self.assertEqual(file[begin:end], tensors[name].tobytes())

    def test_pixels_count_as_parts_of_255(self):
        random = np.random.default_rng(6)
        y = np.arange(40) % 2
        images = random.integers(0, 256, (40, 5, 4), np.uint8)
        images[y == 1, :2] //= 8
        images[random.random(images.shape) < 0.6] = 0
        self.cli.upload("images", x_train=images, y_train=y)
        x = images.reshape(40, 20).astype(np.float32) / np.float32(255)
        settings = Settings(hidden=(6,), epochs=3, batch_size=8)
        _, job = self.cli.train("images", *settings.flags())
        *_, network = train(settings, self.cli.parameters(job, 0), x, y)
        self.assert_close(self.cli.parameters(job, "last"), network.parameters, "last")


if __name__ == "__main__":
    unittest.main()
