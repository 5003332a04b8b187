#!/usr/bin/env python3
"""Explore and Attack follow, step by step, what plain NumPy computes from the exported parameters.

Models are trained and exported through the command line; paths are asked for by a client that knows
the server by reflection alone. PERCEPT, PERCEPTD and BUF name the programs; without them those of
the build folder are taken.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import command_line  # noqa: E402
import perceptd  # noqa: E402
from buf_curl import BufCurl  # noqa: E402

LIMIT = 1e-5

SERVICE = "percept.v1.InspectService"


class Mlp:
    """One hidden layer of tanh, linear scores, softmax; in float64."""

    def __init__(self, parameters):
        self.w0, self.b0, self.w1, self.b1 = (
            tensor.astype(np.float64) for tensor in parameters.values())

    def latent(self, x):
        return np.tanh(self.w0 @ x + self.b0)

    def probabilities(self, x):
        scores = self.w1 @ self.latent(x) + self.b1
        powers = np.exp(scores - scores.max())
        return powers / powers.sum()

    def input_gradient(self, x, target):
        """Of -log p(target)."""
        delta = self.probabilities(x)
        delta[target] -= 1.0
        return self.w0.T @ (self.w1.T @ delta * (1.0 - self.latent(x) ** 2))


def explore(model, x, target, step_size=1.0, max_steps=100):
    """Yields each step's inputs; ends after step 2 * s, where s is the first at which it leads."""
    lead = None
    for step in range(max_steps + 1):
        yield x
        if lead is None and model.probabilities(x).argmax() == target:
            lead = step
        if lead is not None and step >= 2 * lead:
            return
        x = x - step_size * model.input_gradient(x, target)


def attack(model, start, target, distance_weight=0.01, rate=0.01, max_steps=1000):
    """Yields each step's inputs; ends once the target is surer than the first class was."""
    x = start
    wanted = model.probabilities(start).max()
    for step in range(max_steps + 1):
        yield x
        if model.probabilities(x)[target] > wanted:
            return
        slope = model.input_gradient(x, target) + 2.0 * distance_weight * (x - start)
        x = np.clip(x - rate * slope, 0.0, 1.0)


class InspectOracleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        server = perceptd.start(Path(folder.name, "data"))
        cls.addClassCleanup(server.kill)
        cls.cli = command_line.CommandLine(server, folder.name)
        cls.curl = BufCurl(server, folder.name)
        cls.cli.run("dataset", "create", "xor", "--generator", "xor")
        # The notebook's 2-3-2 and, with an epoch less, its 784-64-10.
        _, cls.xor = cls.cli.train("xor", "mlp", "--hidden", "3", "--optimizer", "adam",
                                   "--learning-rate", "0.01", "--batch-size", "5", "--epochs", "5")
        _, cls.mnist = cls.cli.train("mnist", "mlp", "--hidden", "64", "--learning-rate", "0.1",
                                     "--epochs", "4", "--no-evaluate")

    def ask(self, method, **request):
        """All messages of the answer."""
        result = self.curl.run(f"{SERVICE}/{method}", data=request)
        self.assertEqual(result.returncode, 0, result.stderr)
        decoder, messages, rest = json.JSONDecoder(), [], result.stdout.strip()
        while rest:
            message, end = decoder.raw_decode(rest)
            messages.append(message)
            rest = rest[end:].lstrip()
        return messages

    def path(self, method, **request):
        """All steps of a path, and its result."""
        messages = self.ask(method, **request)
        return [step for message in messages for step in message["steps"]], messages[-1]["result"]

    def example(self, job, label):
        """The first validation example that is of this class and taken for it: index and inputs."""
        last = f"{job['name']}/snapshots/last"
        (answer,) = self.ask("Predict", snapshot=last, examples={"split": "SPLIT_VALIDATION"})
        index = next(
            i for i, seen in enumerate(answer["predictions"])
            if seen.get("label", 0) == label and seen.get("trueLabel", 0) == label)
        read = self.curl.ask("percept.v1.DatasetService/ReadExamples", name=job["spec"]["dataset"],
                             split="SPLIT_VALIDATION", indices=[index])
        return index, np.array(read["inputs"], dtype=np.float32).astype(np.float64)

    def model(self, job):
        return Mlp(self.cli.parameters(job, "last"))

    def assert_close(self, sent, expected, step):
        self.assertLess(np.abs(np.array(sent) - expected).max(), LIMIT, f"step {step}")

    def check_exploration(self, job, source, target, **options):
        index, start = self.example(job, source)
        model = self.model(job)
        request = {"stepSize": options["step_size"]} if options else {}
        steps, result = self.path(
            "Explore", snapshot=f"{job['name']}/snapshots/last", targetLabel=target,
            start={"example": {"split": "SPLIT_VALIDATION", "indices": [index]}}, **request)
        expected = list(explore(model, start, target, **options))
        self.assertEqual(len(steps), len(expected))
        for number, (sent, x) in enumerate(zip(steps, expected)):
            self.assertEqual(sent.get("step", 0), number)
            self.assert_close(sent["inputs"], x, number)
            self.assert_close(sent["probabilities"], model.probabilities(x), number)
            self.assert_close(sent["latent"], model.latent(x), number)
        self.assertEqual(result["steps"], len(expected) - 1)
        leads = [model.probabilities(x).argmax() == target for x in expected]
        self.assertEqual(result.get("flipStep"), leads.index(True) if any(leads) else None)

    def test_exploration_of_the_2_3_2_network(self):
        for source in (0, 1):
            self.check_exploration(self.xor, source, 1 - source)

    def test_exploration_of_a_digit(self):
        self.check_exploration(self.mnist, 4, 9, step_size=0.5)

    def test_attack_that_turns_a_4_into_a_9(self):
        index, start = self.example(self.mnist, 4)
        model = self.model(self.mnist)
        steps, result = self.path(
            "Attack", snapshot=f"{self.mnist['name']}/snapshots/last", targetLabel=9,
            start={"example": {"split": "SPLIT_VALIDATION", "indices": [index]}}, imageEvery=1)
        expected = list(attack(model, start, 9))
        self.assertEqual(len(steps), len(expected))
        for number, (sent, x) in enumerate(zip(steps, expected)):
            self.assertEqual(sent.get("step", 0), number)
            p = model.probabilities(x)
            self.assert_close(sent["inputs"], x, number)
            self.assert_close(sent["targetProbability"], p[9], number)
            self.assert_close(sent["originalProbability"], p[4], number)
            objective = -np.log(p[9]) + 0.01 * ((x - start) ** 2).sum()
            self.assert_close(sent["objective"], objective, number)
        self.assertEqual(result["originalLabel"], 4)
        self.assertEqual(result["steps"], len(expected) - 1)
        self.assert_close(result["originalInputs"], start, "the first")
        self.assert_close(result["difference"], expected[-1] - start, "the last")
        self.assertEqual(result.get("succeeded", False),
                         bool(model.probabilities(expected[-1])[9] >
                              model.probabilities(start)[4]))


if __name__ == "__main__":
    unittest.main()
