#!/usr/bin/env python3
"""The demonstrations give what NumPy gives for the same, through gRPC.

What the server draws at random is drawn here again, by another implementation of the same generator.
PERCEPTD and BUF name the two programs; without them those of the build folder are taken.
"""

import base64
import math
import struct
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402
from buf_curl import BufCurl  # noqa: E402

MASK = (1 << 64) - 1
# As server/base/random.h has them.
GENERATOR, INITIALIZATION, SHUFFLE = 1, 2, 3

ACTIVATIONS = {
    "DEMO_ACTIVATION_IDENTITY": (lambda x: x, np.ones_like),
    "DEMO_ACTIVATION_STEP": (np.sign, np.zeros_like),
    "DEMO_ACTIVATION_TANH": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "DEMO_ACTIVATION_SIGMOID": (
        lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2),
    "DEMO_ACTIVATION_RELU": (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
    "DEMO_ACTIVATION_GELU": (
        np.vectorize(lambda x: x * normal(x)),
        np.vectorize(lambda x: normal(x) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi))),
}


def normal(x):
    return (1 + math.erf(x / math.sqrt(2))) / 2


class Xoshiro:
    """xoshiro256**, started by SplitMix64 from a seed, a stream and a number."""

    def __init__(self, seed, stream, number=0):
        self._mixer = seed
        self._mixer = self._split_mix() ^ stream
        self._mixer = self._split_mix() ^ number
        self._state = [self._split_mix() for _ in range(4)]

    def _split_mix(self):
        self._mixer = (self._mixer + 0x9E3779B97F4A7C15) & MASK
        z = self._mixer
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        return z ^ z >> 31

    def bits(self):
        def rotate(x, k):
            return (x << k | x >> (64 - k)) & MASK
        s = self._state
        result = rotate(s[1] * 5 & MASK, 7) * 9 & MASK
        t = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def uniform(self, *shape):
        return np.array([(self.bits() >> 11) * 2.0**-53 for _ in range(math.prod(shape))]).reshape(shape)

    def below(self, bound):
        while (product := self.bits() * bound) & MASK < (-bound & MASK) % bound:
            pass
        return product >> 64


def pixels_of(png):
    """The pixels of an 8-bit RGB file without interlacing."""
    data, place = b"", 8
    while place < len(png):
        size, kind = struct.unpack_from(">I4s", png, place)
        body = png[place + 8:place + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
            assert (depth, colour, interlace) == (8, 2, 0)
        data += body if kind == b"IDAT" else b""
        place += size + 12
    data, stride, rows = zlib.decompress(data), 3 * width, []
    above = [0] * stride
    for row in range(height):
        kind, *line = data[row * (stride + 1):(row + 1) * (stride + 1)]
        for i in range(stride):
            a, c = (line[i - 3], above[i - 3]) if i >= 3 else (0, 0)
            line[i] = (line[i] + (0, a, above[i], (a + above[i]) // 2, paeth(a, above[i], c))[kind]) % 256
        rows.append(line)
        above = line
    return np.array(rows, np.uint8).reshape(height, width, 3)


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


class DemoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        server = perceptd.start(Path(folder.name, "data"))
        cls.addClassCleanup(server.kill)
        cls.curl = BufCurl(server, folder.name)

    def ask(self, method, **request):
        return self.curl.ask(f"percept.v1.DemoService/{method}", **request)

    def assert_close(self, actual, expected, limit=1e-12):
        np.testing.assert_allclose(np.array(actual, float), np.asarray(expected, float).ravel(),
                                   rtol=limit, atol=limit)

    def test_gradient_descent_with_momentum(self):
        coefficients, x, rate, momentum = [1.0, -2.0, 0.5, 0.25, 0.125], 1.5, 0.03, 0.6
        answer = self.ask("OptimizeScalar", coefficients=coefficients, start=x,
                          learning_rate=rate, momentum=momentum, steps=40)
        f = np.polynomial.Polynomial(coefficients)
        expected, velocity = [], 0.0
        for _ in range(41):
            gradient = f.deriv()(x)
            velocity = gradient + momentum * velocity
            expected.append((x, f(x), gradient, velocity))
            x -= rate * velocity
        expected[-1] = (*expected[-1][:3], 0.0)
        shown = [[step.get(key, 0) for key in ("x", "value", "gradient", "velocity")]
                 for step in answer["steps"]]
        self.assert_close(np.ravel(shown), expected)
        self.assertNotIn("diverged", answer)

    def test_activations_with_their_derivatives(self):
        answer = self.ask("CompareActivations", activations=list(ACTIVATIONS), min=-5, max=7,
                          points=100)
        x = np.linspace(-5, 7, 100)
        self.assert_close(answer["x"], x)
        self.assertEqual([curve["activation"] for curve in answer["curves"]], list(ACTIVATIONS))
        for curve in answer["curves"]:
            f, derivative = ACTIVATIONS[curve["activation"]]
            self.assert_close(curve["values"], f(x), 1e-14)
            self.assert_close(curve["derivatives"], derivative(x), 1e-14)

    def test_entropies(self):
        random = np.random.default_rng(2)
        p, q = random.dirichlet(np.ones(50)), random.dirichlet(np.ones(50))
        answer = self.ask("CrossEntropy", p=list(p), q=list(q))
        self.assert_close(answer["terms"], -p * np.log(q))
        self.assert_close(
            [answer[key] for key in ("entropyP", "entropyQ", "crossEntropy", "divergence")],
            [-p @ np.log(p), -q @ np.log(q), -p @ np.log(q), p @ np.log(p / q)])
        infinite = self.ask("CrossEntropy", p=[0.5, 0.5, 0], q=[1, 0, 0])
        self.assertEqual((infinite["crossEntropy"], infinite["divergence"]), ("Infinity",) * 2)

    def test_backprop_example(self):
        random = np.random.default_rng(3)
        x, w, b = (random.normal(size=shape).astype(np.float32) for shape in ((4, 5), (3, 5), (3,)))
        targets = [2, 0, 1, 1]
        for name in ("DEMO_ACTIVATION_TANH", "DEMO_ACTIVATION_SIGMOID", "DEMO_ACTIVATION_GELU"):
            f, derivative = ACTIVATIONS[name]
            h = x @ w.T + b
            s = f(h)
            p = np.exp(s) / np.exp(s).sum(1, keepdims=True)
            ds = (p - np.eye(3)[targets]) / 4
            dh = ds * derivative(h)
            answer = self.ask("BackpropExample", inputs=x.ravel().tolist(), input_count=5,
                              weights=w.ravel().tolist(), biases=b.tolist(), targets=targets,
                              activation=name)
            for key, expected in {
                    "linear": h, "activated": s, "probabilities": p, "activatedGradient": ds,
                    "linearGradient": dh, "weightGradient": dh.T @ x, "biasGradient": dh.sum(0),
                    "inputGradient": dh @ w}.items():
                self.assert_close(answer[key], expected, 2e-6)
            self.assertAlmostEqual(answer["loss"], -np.log(p[range(4), targets]).mean(), places=6)
            self.assertEqual(answer["positiveCounts"], (s > 0).sum(1).tolist())

    def test_schedules(self):
        tau = np.arange(2801)
        for schedule, rates in (
                ({"step": {"gamma": 0.7, "sigma": 1000}}, 0.05 * 0.7 ** (tau // 1000)),
                ({"inverse": {"gamma": 0.1, "rho": 0.1}}, 0.05 / (1 + 0.1 * tau) ** 0.1)):
            answer = self.ask("Schedule", points=2801, **schedule)
            self.assertEqual([int(step) for step in answer["steps"]], tau.tolist())
            self.assert_close(answer["learningRates"], rates)

    def test_gradient_flow(self):
        layers, units, rows, seed = 12, 4, 5, 77
        answer = self.ask("GradientFlow", activations=list(ACTIVATIONS), layers=layers, units=units,
                          examples=rows, min_weight=-1, max_weight=1, seed=seed)
        weights = Xoshiro(seed, INITIALIZATION, 0).uniform(layers, units, units) * 2 - 1
        inputs = Xoshiro(seed, INITIALIZATION, 1).uniform(rows, units)
        for curve in answer["curves"]:
            f, derivative = ACTIVATIONS[curve["activation"]]
            activated, sums = [inputs], []
            for w in weights:
                sums.append(activated[-1] @ w.T)
                activated.append(f(sums[-1]))
            gradient = np.eye(units)[np.arange(rows) % units]
            norms = []
            for w, h, below in reversed(list(zip(weights, sums, activated))):
                gradient = gradient * derivative(h)
                norms.insert(0, np.linalg.norm(gradient.T @ below))
                gradient = gradient @ w
            np.testing.assert_allclose(curve["gradientNorms"], norms, rtol=1e-9, atol=0)

    def test_image_structure(self):
        seed = 5
        answer = self.ask("ImageStructure", photograph="astronaut.png", seed=seed)
        shown, noise, shuffled = (
            np.frombuffer(base64.b64decode(answer[key]), np.uint8)
            for key in ("photographPixels", "randomPixels", "shuffledPixels"))
        # 512 x 512 in the file: each pixel is the mean of four.
        original = pixels_of((perceptd.ROOT / "build/assets/photographs/astronaut.png").read_bytes())
        means = original.reshape(256, 2, 256, 2, 3).mean((1, 3)).ravel()
        self.assertLessEqual(np.abs(shown - means).max(), 0.5)
        random = Xoshiro(seed, GENERATOR)
        self.assertEqual(noise[:1000].tolist(), [random.below(256) for _ in range(1000)])
        random, expected = Xoshiro(seed, SHUFFLE), shown.tolist()
        for last in range(len(expected), 1, -1):
            other = random.below(last)
            expected[last - 1], expected[other] = expected[other], expected[last - 1]
        self.assertEqual(shuffled.tolist(), expected)
        self.assertIn("NASA", answer["attribution"])

    def test_manual_classifier(self):
        for kind in ("TWO_NORMALS", "TWO_CLASS", "XOR"):
            name = f"datasets/{kind.lower().replace('_', '-')}"
            self.curl.ask("percept.v1.DatasetService/CreateDataset", dataset_id=name.split("/")[1],
                          dataset={"generator": {"generator": f"GENERATOR_{kind}", "seed": "3"}})
            points = self.curl.ask("percept.v1.DatasetService/ReadExamples", name=name,
                                   page_size=1000)
            labels = np.array(points["labels"])
            x = np.array(points["inputs"]).reshape(len(labels), -1)
            side = 0.7 * x[:, 0] - 1.3 * x[:, 1] + 0.2
            answer = self.ask("ManualClassifier", dataset=name, a=0.7, b=-1.3, c=0.2)
            taken_for = (side >= 0).astype(int)
            self.assertAlmostEqual(answer["accuracy"], (taken_for == labels).mean(), places=14)
            self.assertEqual([int(count) for count in answer["counts"]],
                             np.bincount(2 * labels + taken_for, minlength=4).tolist())
            self.assertEqual([int(row) for row in answer.get("wrongIndices", [])],
                             np.flatnonzero(taken_for != labels).tolist())


if __name__ == "__main__":
    unittest.main()
