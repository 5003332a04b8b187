#!/usr/bin/env python3
"""The command line exports trained models and measures them, with the test split on record."""

import json
import struct
import subprocess
import unittest
from pathlib import Path

from cli import LOCAL, REFUSED, TIMEOUT, USAGE, CliTest, environment, percept
import npy


def safetensors(content):
    """The tensors of such a file: {name: (shape, bytes)}."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    data = content[8 + length:]
    return {name: (entry["shape"], data[slice(*entry["data_offsets"])])
            for name, entry in header.items() if name != "__metadata__"}


class ExportTest(CliTest):
    SHAPES = {"linear0.weight": [3, 2], "linear0.bias": [3], "linear1.weight": [2, 3],
              "linear1.bias": [2]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        trained = cls.run_cli("train", "mlp", "--dataset", "xor", "--hidden", "3", "--json")
        assert trained.code == 0, trained.err
        *cls.snapshots, cls.trained = trained.objects

    def export(self, name, *flags):
        path = Path(self.folder, name)
        result = self.ok("model", "export", self.trained["name"], "-o", str(path), *flags)
        self.assertEqual(result.out, "")
        self.assertRegex(result.err, rf"\Awrote {path}, [\d.]+ (B|KiB)\n\Z")
        return path

    def test_safetensors(self):
        tensors = safetensors(self.export("model.safetensors").read_bytes())
        self.assertEqual({name: shape for name, (shape, _) in tensors.items()}, self.SHAPES)
        self.assertEqual(len(tensors["linear0.weight"][1]), 3 * 2 * 4)

    def test_npz_holds_the_same_numbers(self):
        arrays = npy.load(self.export("model.npz"))
        self.assertEqual({name: list(shape) for name, (shape, _) in arrays.items()}, self.SHAPES)
        tensors = safetensors(self.export("again.safetensors").read_bytes())
        for name, (_, values) in arrays.items():
            self.assertEqual(struct.pack(f"<{len(values)}f", *values), tensors[name][1])

    def test_onnx_names_its_parts(self):
        content = self.export("model.onnx").read_bytes()
        self.assertEqual(content[:2], b"\x08\x08")  # Field 1, the version of the format: 8.
        for part in (b"inputs", b"probabilities", b"Softmax", *map(str.encode, self.SHAPES)):
            self.assertIn(part, content)

    def test_snapshot_is_chosen_by_index_or_by_word(self):
        last = self.snapshots[-1]["index"]
        content = self.export("last.npz").read_bytes()
        self.assertEqual(self.export("same.npz", "--snapshot", str(last)).read_bytes(), content)
        self.assertEqual(self.export("word.npz", "--snapshot", "last").read_bytes(), content)
        self.assertNotEqual(self.export("first.npz", "--snapshot", "0").read_bytes(), content)
        best = max(self.snapshots, key=lambda s: (s["metrics"]["validation_accuracy"],
                                                  -s["metrics"]["validation_loss"], -s["index"]))
        self.assertEqual(self.export("best.npz", "--snapshot", "best").read_bytes(),
                         self.export("by-index.npz", "--snapshot", str(best["index"])).read_bytes())

    def test_stdout_gets_the_same_bytes(self):
        done = subprocess.run(percept("model", "export", self.trained["name"], "--format", "onnx",
                                      "-o", "-"),
                              env=environment(self.home, PERCEPT_SERVER=self.server.address),
                              capture_output=True, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, self.export("copy.onnx").read_bytes())

    def test_perceptron_has_one_tensor(self):
        self.ok("dataset", "create", "normals", "--generator", "two-normals")
        job = self.ok("train", "perceptron", "--dataset", "normals", "--json").objects[-1]
        path = Path(self.folder, "perceptron.npz")
        self.ok("model", "export", job["name"], "-o", str(path))
        self.assertEqual(list(npy.load(path)), ["weight"])

    def test_refusals(self):
        name = self.trained["name"]
        folder = Path(self.folder, "empty")
        folder.mkdir()
        path = str(folder / "model.npz")
        self.refused(REFUSED, "jobs/nosuchjob0", "model", "export", "nosuchjob0", "-o", path)
        self.refused(REFUSED, "index must be in", "model", "export", name, "--snapshot", "100000",
                     "-o", path)
        self.refused(LOCAL, "cannot be written", "model", "export", name, "-o", path + "/x.npz")
        self.refused(USAGE, "--format: cannot be told", "model", "export", name, "-o", "model.bin")
        self.refused(USAGE, "--snapshot: must be last, best", "model", "export", name, "--snapshot",
                     "first", "-o", path)
        self.refused(USAGE, "--output is required", "model", "export", name)
        self.assertEqual(list(folder.iterdir()), [])


class EvaluateTest(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        created = cls.run_cli("dataset", "create", "held", "--generator", "xor", "--test", "50")
        assert created.code == 0, created.err

    def trained(self, dataset):
        return self.ok("train", "mlp", "--dataset", dataset, "--hidden", "8", "--batch-size", "5",
                       "--json").objects

    def test_validation_gives_the_snapshots_figures_and_leaves_no_record(self):
        *snapshots, job = self.trained("held")
        words = ["model", "evaluate", job["name"], "--split", "validation"]
        for index in (0, len(snapshots) - 1):
            measured = self.ok(*words, "--snapshot", str(index), "--json").objects[0]
            metrics = snapshots[index]["metrics"]
            self.assertEqual(measured["snapshot_index"], index)
            self.assertEqual(measured["accuracy"], metrics["validation_accuracy"])
            self.assertAlmostEqual(measured["loss"], metrics["validation_loss"], 6)
            self.assertEqual(measured["examples"], 200)
        self.assertRegex(self.ok(*words).out, rf"\A{job['name']}  snapshot {len(snapshots) - 1}\n"
                         r"  accuracy  [01]\.\d{3}  \(validation\)\n")
        self.assertEqual(self.job(job["name"])["test_evaluations"], [])

    def test_each_use_of_the_test_split_is_on_record_with_the_job(self):
        job = self.trained("held")[-1]
        words = ["model", "evaluate", job["name"], "--split", "test"]
        first = self.ok(*words, "--json").objects[0]
        self.assertEqual(first["evaluation_count"], 1)
        self.assertEqual(first["examples"], 100)
        self.assertGreater(first["evaluation"]["accuracy"], 0.8)
        text = self.ok(*words, "--snapshot", "0").out
        self.assertRegex(text, rf"\A{job['name']}  snapshot 0\n"
                         r"  accuracy   [01]\.\d{3}  \(test\)\n")
        self.assertIn("on record  the test split was used 2 times for this job\n", text)
        recorded = self.job(job["name"])["test_evaluations"]
        self.assertEqual(recorded[0], first["evaluation"])
        self.assertEqual([e["snapshot_index"] for e in recorded],
                         [first["evaluation"]["snapshot_index"], 0])
        shown = self.ok("job", "get", job["name"]).out
        self.assertRegex(shown, r"\n +test used +2 times\n +test 1 +[01]\.\d{3} accuracy, ")
        self.assertRegex(shown, r"\n +test 2 .*, snapshot 0, 20\d\d-.*(ago|now)\)\n")

    def test_refusals(self):
        job = self.trained("xor")[-1]
        self.refused(REFUSED, "test", "model", "evaluate", job["name"], "--split", "test")
        self.assertEqual(self.job(job["name"])["test_evaluations"], [])
        self.refused(REFUSED, "jobs/nosuchjob0",
                     "model", "evaluate", "nosuchjob0", "--split", "test")
        self.refused(USAGE, "--split: must be one of validation, test, got 'train'", "model",
                     "evaluate", job["name"], "--split", "train")


if __name__ == "__main__":
    unittest.main()
