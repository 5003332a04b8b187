#!/usr/bin/env python3
"""The command line shows the demonstrations as text, as JSON and as pictures."""

import math
import os
import subprocess
import unittest
from pathlib import Path

from cli import (LOCAL, REFUSED, TIMEOUT, UNREACHABLE, UNREACHABLE_ADDRESS, USAGE, CliTest,
                 environment, percept)


class DemoTest(CliTest):
    def test_gradient_descent(self):
        words = ["demo", "gradient-descent"]
        steps = self.ok(*words, "--json").objects[0]["steps"]
        self.assertEqual([step["step"] for step in steps], list(range(31)))
        x = -2
        for step in steps:
            self.assertAlmostEqual(step["x"], x, 9)
            x -= 0.1 * (2 * x - 5)
        self.shows(r"y = x² − 5x \+ 2\n[^$]*\n\+ start -2, η 0.1: 30 steps to x = 2.494, y = -4.25\n",
                   *words)
        self.draws(*words)

    def test_descents_side_by_side(self):
        words = ["demo", "gradient-descent", "--start", "-2,7", "--learning-rate", "0.15",
                 "--momentum", "0,0.4"]
        plain, momentum = self.ok(*words, "--json").objects
        self.assertEqual([plain["steps"][0]["x"], momentum["steps"][0]["x"]], [-2, 7])
        self.shows(r"• start 7, η 0.15, μ 0.4: 30 steps", *words)
        self.draws(*words)
        self.refused(USAGE, "--start: must have one number, or one for each of the 3 descents, got 2",
                     "demo", "gradient-descent", "--start", "1,2", "--momentum", "0,0.1,0.2")
        self.refused(USAGE, "at most 4 descents", "demo", "gradient-descent", "--start", "1,2,3,4,5")

    def test_a_descent_that_flies_off(self):
        words = ["demo", "gradient-descent", "--learning-rate", "900", "--steps", "200"]
        self.assertTrue(self.ok(*words, "--json").objects[0]["diverged"])
        self.shows("then it diverged", *words)
        self.draws(*words)

    def test_activations(self):
        words = ["demo", "activations"]
        answer = self.ok(*words, "--json").objects[0]
        self.assertEqual([c["activation"] for c in answer["curves"]],
                         ["STEP", "TANH", "SIGMOID", "RELU", "GELU"])
        self.assertEqual((answer["x"][0], answer["x"][-1], len(answer["x"])), (-4, 4, 201))
        self.shows(r"FUNCTION +LOWEST +COURSE +HIGHEST\n[^$]*\nReLU +0  ▁▁[^\n]*█ +4\n", *words)
        self.draws(*words)
        chosen = self.ok(*words, "--activation", "tanh,gelu", "--range", "-1:1", "--points", "3",
                         "--json").objects[0]
        self.assertEqual(chosen["x"], [-1, 0, 1])
        self.assertAlmostEqual(chosen["curves"][0]["values"][2], math.tanh(1), 9)
        self.refused(USAGE, "--activation: must be one of identity, step, tanh", *words,
                     "--activation", "tanh,swish")
        self.refused(REFUSED, "max", *words, "--range", "1:-1")

    def test_cross_entropy(self):
        words = ["demo", "cross-entropy", "--p", "0.5,0.25,0.25", "--q", "0.25,0.25,0.5"]
        answer = self.ok(*words, "--json").objects[0]
        self.assertAlmostEqual(answer["entropy_p"], 1.5 * math.log(2), 9)
        self.assertAlmostEqual(answer["divergence"],
                               answer["cross_entropy"] - answer["entropy_p"], 9)
        self.shows(r"H\(p\) +1.04 nats\n", *words)
        self.draws(*words)
        infinite = ["demo", "cross-entropy", "--p", "1,0", "--q", "0,1"]
        self.assertIsNone(self.ok(*infinite, "--json").objects[0]["cross_entropy"])
        self.shows(r"H\(p, q\) +infinite\n", *infinite)
        self.draws(*infinite)
        self.refused(REFUSED, "q: ", "demo", "cross-entropy", "--p", "1,0", "--q", "1")
        self.refused(USAGE, "--q is required", "demo", "cross-entropy", "--p", "1,0")

    def test_backprop(self):
        words = ["demo", "backprop"]
        answer = self.ok(*words, "--json").objects[0]
        # h = x W^T + b by hand.
        self.assertAlmostEqual(answer["linear"][0], 0.3 * 0.55 + 0.5 * 0.12 + 0.4, 6)
        text = self.shows(r"\nbackwards\n", *words)
        for name in ("x: inputs", "W: weights", "b: biases", "h = x Wᵀ + b", "s = tanh(h)",
                     "p = softmax(s)", "dL/ds", "dL/dh", "dL/dW", "dL/db", "dL/dx"):
            self.assertIn(name, text)
        self.draws(*words)
        yes = self.ok(*words, "--activation", "step", "--json").objects[0]["positive_counts"]
        self.assertEqual(yes, [1, 2])
        own = self.ok(*words, "--inputs", "1,2,3", "--weights", "1,0,0;0,1,0", "--biases", "0,0",
                      "--targets", "1", "--json").objects[0]
        self.assertEqual(own["linear"], [1, 2])
        self.ok(*words, "--output-gradient", "1,0;0,1")
        self.draws(*words, "--output-gradient", "1,0;0,1")
        self.refused(USAGE, "--weights: must have a column for each of the 2 inputs, got 1", *words,
                     "--weights", "1;2")
        self.refused(USAGE, "--inputs: must be rows of as many numbers each", *words, "--inputs",
                     "1,2;3")
        self.refused(REFUSED, "targets", *words, "--targets", "1,5")

    def test_schedule(self):
        words = ["demo", "schedule"]
        step, inverse = self.ok(*words, "--json").objects
        self.assertEqual((step["steps"][0], step["steps"][-1]), (0, 2800))
        self.assertAlmostEqual(step["learning_rates"][-1], 0.05 * 0.7 ** 2, 9)
        self.assertAlmostEqual(inverse["learning_rates"][-1], 0.05 / (1 + 0.1 * 2800) ** 0.1, 9)
        self.shows(r"UPDATE  \+ step, γ 0.7, σ 1,000  • inverse, γ 0.1, ρ 0.1\n", *words)
        self.draws(*words)
        self.shows("constant", *words, "--schedule", "constant", "--learning-rate", "1")
        self.refused(USAGE, "--schedule: must be constant, step:GAMMA,SIGMA", *words, "--schedule",
                     "cosine")
        self.refused(REFUSED, "gamma", *words, "--schedule", "step:2,10")

    def test_gradient_flow(self):
        words = ["demo", "gradient-flow"]
        sigmoid, relu = self.ok(*words, "--json").objects[0]["curves"]
        self.assertEqual((sigmoid["activation"], relu["activation"]), ("SIGMOID", "RELU"))
        self.assertEqual(len(sigmoid["gradient_norms"]), 20)
        self.assertLess(sigmoid["gradient_norms"][0], 1e-6 * sigmoid["gradient_norms"][-1])
        self.shows(r"LAYER +\+ sigmoid +• ReLU\n +1 ", *words)
        self.draws(*words)
        other = [*words, "--activation", "tanh", "--layers", "3", "--units", "4", "--examples", "2",
                 "--weights", "-0.5:0.5", "--seed", "7"]
        self.assertEqual(len(self.ok(*other, "--json").objects[0]["curves"][0]["gradient_norms"]), 3)
        self.draws(*other)
        self.refused(REFUSED, "layers", *words, "--layers", "0")
        self.refused(USAGE, "--weights: must be two numbers with a colon between", *words,
                     "--weights", "1")

    def test_image_structure(self):
        words = ["demo", "image-structure"]
        answer = self.ok(*words, "--json").objects[0]
        self.assertGreater(len(answer["photographs"]), 0)
        self.assertEqual(answer["photograph"], answer["photographs"][0])
        self.shows(r"random values +a photograph +its values, shuffled", *words)
        self.draws(*words)
        self.refused(REFUSED, "nosuch", *words, "--photograph", "nosuch")

        path = Path(self.folder, "drawn.png")
        self.ok("demo", "schedule", "-o", str(path))
        own = self.ok(*words, "--input", str(path), "--json").objects[0]
        self.assertEqual(own["photograph"], "")
        self.assertTrue(own["random_pixels"] == answer["random_pixels"])
        self.assertTrue(own["photograph_pixels"] != answer["photograph_pixels"])
        self.shows(r"\na picture of your own\n", *words, "--input", str(path))
        path.write_bytes(b"")
        self.refused(REFUSED, "picture: must be", *words, "--input", str(path))
        self.refused(LOCAL, "nowhere.png", *words, "--input", "nowhere.png")
        self.refused(USAGE, "--input: does not go with --photograph", *words, "--input", str(path),
                     "--photograph", "coffee.png")

    def test_manual_classifier(self):
        self.ok("dataset", "create", "normals", "--generator", "two-normals")
        words = ["demo", "manual-classifier", "normals", "--a", "1", "--b", "-1", "--c", "1"]
        answer = self.ok(*words, "--json").objects[0]
        self.assertGreater(answer["accuracy"], 0.9)
        self.assertEqual(sum(answer["counts"]), 400)
        self.shows(r"\Ax − y \+ 1 = 0  accuracy (0\.9\d\d|1\.000), \d+ wrong\n", *words)
        self.draws(*words)
        self.refused(REFUSED, "datasets/nowhere", "demo", "manual-classifier", "nowhere")
        self.refused(REFUSED, "mnist", "demo", "manual-classifier", "mnist")
        self.refused(7, "SPLIT_TEST is held out", *words, "--split", "test")

    def test_where_a_picture_goes(self):
        words = ["demo", "schedule"]
        self.refused(USAGE, "--output: must end in .png, since that is what is written, got 'x.svg'",
                     *words, "-o", "x.svg")
        self.refused(USAGE, "--output: must be the name of a file", *words, "-o", "")
        self.refused(LOCAL, "cannot be written", *words, "-o", str(Path(self.folder, "no/x.png")))
        self.refused(UNREACHABLE, "cannot reach", *words, server=UNREACHABLE_ADDRESS)
        done = subprocess.run(percept(*words, "-o", "-", "--json"),
                              env=environment(self.home, PERCEPT_SERVER=self.server.address),
                              capture_output=True, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        path = Path(self.folder, "same.png")
        self.ok(*words, "-o", str(path))
        self.assertEqual(done.stdout, path.read_bytes())
        self.assertFalse([name for name in os.listdir(self.folder) if name.endswith(".part")])


if __name__ == "__main__":
    unittest.main()
