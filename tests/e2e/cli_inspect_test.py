#!/usr/bin/env python3
"""The command line puts questions to trained models and shows the answers as text, JSON and pictures."""

import base64
import math
import struct
import unittest
import zlib
from pathlib import Path

from cli import LOCAL, NOT_ALLOWED, REFUSED, USAGE, CliTest
import npy


def png(rows):
    """A grey PNG of these rows of bytes."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content +
                struct.pack(">I", zlib.crc32(kind + content)))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))) +
            chunk(b"IEND", b""))


class InspectTest(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.xor = cls.trained("mlp", "--dataset", "xor", "--hidden", "3", "--optimizer", "adam",
                              "--learning-rate", "0.01", "--batch-size", "5", "--epochs", "10",
                              "--report-frequency", "100")
        for name in ("three-class", "two-normals"):
            created = cls.run_cli("dataset", "create", name, "--generator", name)
            assert created.code == 0, created.err
        cls.three = cls.trained("multiperceptron", "--dataset", "three-class", "--batch-size", "10")
        cls.perceptron = cls.trained("perceptron", "--dataset", "two-normals")
        cls.mnist = cls.trained("mlp", "--dataset", "mnist", "--hidden", "16", "--epochs", "1")

    @classmethod
    def trained(cls, *words):
        done = cls.run_cli("train", *words, "--json", "--quiet")
        assert done.code == 0, done.err
        return done.objects[-1]["name"]

    def answer(self, *words):
        return self.ok(*words, "--json").objects[0]

    def file(self, name, content):
        path = Path(self.folder, name)
        path.write_bytes(content)
        return str(path)

    def test_boundary(self):
        words = ["inspect", "boundary", self.xor]
        grid = self.answer(*words)
        self.assertEqual((grid["columns"], grid["rows"], grid["classes"]), (128, 128, 2))
        labels = base64.b64decode(grid["labels"])
        self.assertEqual(set(labels), {0, 1})
        self.shows(rf"\A{self.xor}  snapshot \d+\nx0 to the right, x1 upwards; 200 points of the "
                   r"validation split\n", *words)
        self.draws(*words)
        window = self.answer(*words, "--x-range", "-1:1", "--y-range", "-2:2", "--resolution", "8")
        self.assertEqual((window["x_range"], window["y_range"]),
                         ({"min": -1, "max": 1}, {"min": -2, "max": 2}))
        self.assertEqual(window["columns"], 8)
        self.shows(r"upwards\n", *words, "--no-points")
        self.refused(REFUSED, "x_range", *words, "--x-range", "1:-1")
        self.refused(REFUSED, "columns", *words, "--resolution", "4096")
        self.refused(USAGE, "--x-range: must be two numbers with a colon", *words, "--x-range", "1")
        self.refused(REFUSED, "x_input", "inspect", "boundary", self.mnist)
        self.refused(REFUSED, "jobs/nosuchjob0", "inspect", "boundary", "nosuchjob0")
        self.refused(REFUSED, "SPLIT_TEST is held out", *words, "--split", "test")

    def test_boundary_of_linear_models_and_of_chosen_inputs(self):
        self.assertEqual(len(self.answer("inspect", "boundary", self.three)["lines"]), 3)
        self.shows(r"\nline of • class 1: ", "inspect", "boundary", self.three)
        self.draws("inspect", "boundary", self.three, "--snapshot", "best")
        self.assertEqual(len(self.answer("inspect", "boundary", self.perceptron)["lines"]), 1)
        self.draws("inspect", "boundary", self.perceptron, "--snapshot", "1")
        pixels = ["inspect", "boundary", self.mnist, "--x-input", "400", "--y-input", "401"]
        self.shows(r"x400 to the right, x401 upwards\n", *pixels)
        self.draws(*pixels)

    def test_latent(self):
        words = ["inspect", "latent", self.xor]
        latent = self.answer(*words)
        self.assertEqual((latent["units"], len(latent["planes"])), (3, 2))
        self.assertEqual(len(latent["example_activations"]), 3 * 200)
        self.shows(r"hidden layer 0, 3 units\nh0 to the right, h1 upwards\n", *words)
        self.draws(*words, "--azimuth", "70", "--elevation", "30")
        self.draws(*words, "--no-planes", "--split", "train", "--count", "50")
        wide = ["inspect", "latent", self.mnist]
        self.assertEqual(self.answer(*wide)["projection"]["components"], 3)
        self.assertIsNone(self.answer(*wide, "--components", "0", "--count", "10")["projection"])
        self.shows(r"16 units, on 3 principal components with \d+ % of the variance", *wide)
        self.draws(*wide)
        self.draws(*wide, "--components", "2")
        self.draws(*wide, "--components", "0")
        self.refused(REFUSED, "layer", *words, "--layer", "5")
        self.refused(REFUSED, "hidden", "inspect", "latent", self.three)
        self.refused(NOT_ALLOWED, "SPLIT_TEST is held out", *words, "--split", "test")

    def test_weights(self):
        words = ["inspect", "weights", self.mnist]
        answer = self.answer(*words)
        self.assertEqual((len(answer["images"]), answer["shape"]["width"]), (16, 28))
        self.shows(r"layer 0, units 0 to 11 of 16, 28 × 28 weights each\n", *words)
        self.draws(*words)
        second = self.answer(*words, "--layer", "1", "--start-unit", "2", "--max-units", "3")
        self.assertEqual([image["unit"] for image in second["images"]], [2, 3, 4])
        self.assertEqual((second["shape"]["height"], second["shape"]["width"]), (4, 4))
        self.draws(*words, "--layer", "1")
        self.draws("inspect", "weights", self.perceptron)
        self.refused(REFUSED, "layer", *words, "--layer", "2")

    def test_batch(self):
        words = ["inspect", "batch", self.mnist, "--snapshot", "1"]
        answer = self.answer(*words)
        self.assertEqual((answer["batch_size"], len(answer["predictions"])), (100, 100))
        self.shows(r"20 of the batch's 100 examples\n", *words)
        self.draws(*words)
        self.assertEqual(len(self.answer(*words, "--max-examples", "3")["predictions"]), 3)
        points = ["inspect", "batch", self.xor, "--snapshot", "0"]
        self.shows(r"the batch's 5 examples\n\n+INDEX  LABEL  PREDICTED  CONFIDENCE +x0 +x1\n", *points,
                   coloured=False)
        self.draws(*points)
        self.draws("inspect", "batch", self.perceptron, "--snapshot", "1")
        self.shows("no batch", "inspect", "batch", self.xor, coloured=False)
        self.draws("inspect", "batch", self.xor)
        self.refused(REFUSED, "max_examples", *words, "--max-examples", "5000")

    def test_confusion(self):
        words = ["inspect", "confusion", self.mnist]
        answer = self.answer(*words)
        self.assertEqual((answer["classes"], sum(answer["counts"])), (10, 10000))
        self.assertEqual(len(answer["mistakes"]), 20)
        self.shows(r"accuracy 0\.\d{3}, loss 0\.\d+, 10,000 examples of the validation split\n", *words)
        self.draws(*words)
        self.draws("inspect", "confusion", self.xor, "--split", "train")
        self.draws("inspect", "confusion", self.perceptron)
        self.assertEqual(self.answer(*words, "--max-mistakes", "0")["mistakes"], [])
        self.draws(*words, "--max-mistakes", "0")
        self.refused(NOT_ALLOWED, "SPLIT_TEST is held out", *words, "--split", "test")
        self.refused(REFUSED, "max_mistakes", *words, "--max-mistakes", "-1")

    def test_capacity_and_diagram(self):
        answer = self.answer("inspect", "capacity", self.mnist)
        self.assertEqual(answer["parameter_count"], 784 * 16 + 16 + 16 * 10 + 10)
        self.shows(r"\nlinear0 +784 +16  tanh +12,544 +16 +12,560\n", "inspect", "capacity",
                   self.mnist, coloured=False)
        self.draws("inspect", "capacity", self.mnist)
        self.assertEqual(self.answer("inspect", "diagram", self.xor)["layers"][0]["outputs"], 3)
        self.shows(r"2-3-2\n\n  \[○ ○\]  2 inputs\n", "inspect", "diagram", self.xor, coloured=False)
        self.draws("inspect", "diagram", self.xor)
        self.draws("inspect", "diagram", self.perceptron)
        self.refused(REFUSED, "jobs/nosuchjob0", "inspect", "capacity", "nosuchjob0")

    def test_uncertainty(self):
        words = ["inspect", "uncertainty", self.three]
        predictions = self.answer(*words)["predictions"]
        self.assertEqual(len(predictions), 21)
        for prediction in predictions:
            self.assertAlmostEqual(math.fsum(prediction["probabilities"]), 1, 5)
        self.shows(r"\n0\.000 +3\.500 ", *words)
        self.draws(*words)
        self.draws("inspect", "uncertainty", self.perceptron)
        slid = self.answer(*words, "--from", "-2,0", "--to", "1,2", "--points", "2")["predictions"]
        self.assertEqual([prediction["label"] for prediction in slid], [2, 1])
        self.refused(USAGE, r"--points: must be in \[2, 200\], got 1", *words, "--points", "1")
        self.refused(USAGE, "--from: must be two numbers, such as 0,3.5, got '1'", *words, "--from",
                     "1")
        self.refused(REFUSED, "x_input", "inspect", "uncertainty", self.mnist)

    def test_explore(self):
        words = ["inspect", "explore", self.xor, "--values", "7,7"]
        *_, last = messages = self.ok(*words, "--json").objects
        steps = [step for message in messages for step in message["steps"]]
        self.assertEqual([step["step"] for step in steps], list(range(len(steps))))
        self.assertEqual(last["result"]["steps"], len(steps) - 1)
        self.assertEqual(last["result"]["original_label"], 0)
        self.shows(r"from class 0 to class 1: class 1 ", *words)
        self.draws(*words)
        self.shows(r"from class \d to class \d: ", "inspect", "explore", self.xor, "--index", "3",
                   "--split", "train", "--step-size", "0.5", "--max-steps", "7")
        self.draws("inspect", "explore", self.mnist, "--index", "5")
        self.refused(USAGE, "--values: does not go with --index or --split", *words, "--index", "1")
        self.refused(REFUSED, "target_label", *words, "--target", "0")
        self.refused(REFUSED, "step_size", *words, "--step-size", "-1")
        self.refused(REFUSED, "values", "inspect", "explore", self.xor, "--values", "7")

    def test_attack(self):
        words = ["inspect", "attack", self.mnist, "--index", "4", "--target", "9"]
        result = self.ok(*words, "--json").objects[-1]["result"]
        self.assertEqual((result["original_label"], len(result["difference"])), (4, 784))
        text = self.shows(r"from class 4 to class 9: ", *words)
        self.assertIn("difference, ±0.3", text)
        self.draws(*words)
        self.draws("inspect", "attack", self.xor, "--clamp", "-20:20", "--max-steps", "20")
        self.refused(REFUSED, "target_label", *words[:-1], "4")
        self.refused(REFUSED, "learning_rate", *words, "--learning-rate", "0")
        self.refused(REFUSED, "indices", "inspect", "attack", self.mnist, "--index", "10000")

    def test_predict_values(self):
        words = ["model", "predict", self.xor, "--values", "7,7"]
        prediction = self.answer(*words)["predictions"][0]
        self.assertEqual(prediction["label"], 0)
        self.shows(r"LABEL  CONFIDENCE\n +0 +0\.\d{3}  ━", *words)
        self.draws(*words)
        several = [*words[:-1], "7,7;-7,7;7,-7"]
        self.assertEqual([p["label"] for p in self.answer(*several)["predictions"]], [0, 1, 1])
        self.shows(r"\nROW  LABEL  CONFIDENCE  SECOND ", *several, coloured=False)
        self.draws(*several)
        self.refused(REFUSED, "values", *words[:-1], "1,2,3")
        self.refused(USAGE, "--values: must be rows of as many numbers", *words[:-1], "1,2;3")
        self.refused(USAGE, "one of --values, --input, --index is required", *words[:-2])
        self.refused(USAGE, "one of --values, --input, --index is required", *words, "--index", "1")

    def test_predict_examples_of_the_data(self):
        words = ["model", "predict", self.mnist, "--index", "0,17"]
        predictions = self.answer(*words)["predictions"]
        self.assertEqual([(p["example_index"], p["true_label"]) for p in predictions],
                         [(0, 7), (17, 7)])
        self.draws(*words, "--split", "train")
        self.refused(NOT_ALLOWED, "SPLIT_TEST is held out", *words, "--split", "test")
        self.refused(USAGE, "--split: goes only with --index", "model", "predict", self.xor,
                     "--values", "1,2", "--split", "train")

    def test_predict_files_of_numbers(self):
        def labels(path):
            return [p["label"] for p in self.answer("model", "predict", self.xor, "--input",
                                                    path)["predictions"]]

        csv = self.file("in.csv", b"x,y\n7,7\n-7,7\n")
        self.assertEqual(labels(csv), [0, 1])
        for kind in ("<f4", "<f8"):
            path = str(Path(self.folder, "in.npz"))
            npy.save(path, {"x": (kind, [2, 2], [7.0, 7.0, -7.0, 7.0]), "y": ("<i8", [1], [1])})
            self.assertEqual(labels(path), [0, 1])
        rows = self.file("many.csv", b"x,y\n" + b"7,7\n" * 10000)
        self.assertEqual(labels(rows), [0] * 10000)
        words = ["model", "predict", self.xor, "--input"]
        self.refused(LOCAL, r"bad.csv: row 3, column 2 \(y\): must be a number, got 'up'", *words,
                     self.file("bad.csv", b"x,y\n1,2\n3,up\n"))
        self.refused(LOCAL, "bad.npz: is no whole ZIP archive", *words,
                     self.file("bad.npz", b"PK"))
        self.refused(LOCAL, "none.csv: cannot be read", *words, str(Path(self.folder, "none.csv")))
        self.refused(USAGE, "--input: must end in .npz, .csv, .png, .jpg or .jpeg, got 'x.txt'",
                     *words, "x.txt")
        self.refused(REFUSED, "values", *words, self.file("wide.csv", b"x,y,z\n1,2,3\n"))

    def test_predict_many_pictures_in_parts(self):
        # More than a message holds: 1,500 pictures are 4.5 MiB.
        path = str(Path(self.folder, "pictures.npz"))
        npy.save(path, {"x": ("|u1", [1500, 28, 28], bytes(1500 * 784))})
        predictions = self.answer("model", "predict", self.mnist, "--input", path)["predictions"]
        self.assertEqual(len(predictions), 1500)
        self.assertEqual(len({p["label"] for p in predictions}), 1)

    def test_predict_a_picture(self):
        # A thick upright stroke, dark on light paper.
        rows = [[0 if 45 <= x < 55 and 15 <= y < 85 else 255 for x in range(100)]
                for y in range(100)]
        path = self.file("one.png", png(rows))
        words = ["model", "predict", self.mnist, "--input", path, "--inversion", "automatic",
                 "--framing", "content"]
        answer = self.answer(*words)
        self.assertEqual(len(answer["image_inputs"]), 784)
        self.assertTrue(answer["image_preparation"]["inverted"])
        self.assertEqual(answer["predictions"][0]["label"], 1)
        text = self.shows(r"as the model sees it\n", *words)
        self.assertRegex(text, r"LABEL  CONFIDENCE\n +1 +0\.")
        self.draws(*words)
        inverted = self.answer(*words[:5], "--invert")
        self.assertTrue(inverted["image_preparation"]["inverted"])
        self.refused(REFUSED, "image", *words[:4], self.file("broken.png", b"no picture"))
        self.refused(LOCAL, r"large.png: must have at most [\d,]+ bytes, got 4,194,304", *words[:4],
                     self.file("large.png", b"\0" * (4 << 20)))
        self.refused(USAGE, "go only with a picture", "model", "predict", self.xor, "--values", "1,2",
                     "--invert")
        self.refused(REFUSED, "", "model", "predict", self.xor, "--input", path)

    def test_a_running_job_can_be_asked(self):
        job = self.endless()
        self.shows(r"snapshot \d+", "inspect", "boundary", job, "--snapshot", "0")
        self.ok("inspect", "confusion", job, "--json")


if __name__ == "__main__":
    unittest.main()
