#!/usr/bin/env python3
"""The command line makes, shows, exports and deletes data sets."""

import subprocess
import unittest
import zipfile
from pathlib import Path

from cli import (LOCAL, REFUSED, TIMEOUT, USAGE, CliTest, environment, percept)
import npy

class DatasetTest(CliTest):
    def test_created_set_is_shown(self):
        created = self.ok("dataset", "create", "mine", "--generator", "three-class", "--train", "40",
                          "--validation", "20", "--test", "10", "--seed", "7", "--json").objects[0]
        self.assertEqual(created["name"], "datasets/mine")
        self.assertEqual(created["generator"]["generator"], "THREE_CLASS")
        self.assertEqual(created["owner"], "ann")
        self.assertEqual([s["examples"] for s in created["splits"]], [120, 60, 30])
        shown = self.ok("dataset", "get", "datasets/mine", "--json").objects[0]
        self.assertEqual(shown["digest"], created["digest"])
        text = self.ok("dataset", "get", "mine").out
        self.assertIn("120 examples; by class 40  40  40", text)

    def test_list_walks_through_all_pages(self):
        names = [f"page-{i:03}" for i in range(105)]
        for name in names:
            self.ok("dataset", "create", name, "--generator", "two-class", "--train", "1",
                    "--validation", "0")
        listed = [d["name"] for d in self.ok("dataset", "list", "--json").objects]
        self.assertEqual([n for n in listed if n.startswith("datasets/page-")],
                         [f"datasets/{name}" for name in names])
        table = self.ok("dataset", "list").out.splitlines()
        self.assertRegex(table[0], r"^NAME +FROM +INPUTS +CLASSES +TRAIN +VALIDATION")
        self.assertEqual(len(table), len(listed) + 1)

    def test_refusals(self):
        self.refused(REFUSED, "nowhere", "dataset", "get", "nowhere")
        self.refused(REFUSED, "xor", "dataset", "create", "xor", "--generator", "bullseye")
        self.refused(REFUSED, "dataset_id", "dataset", "create", "Not-An-Id", "--generator", "xor")
        self.refused(REFUSED, "train_per_class: must be in .*got 0",
                     "dataset", "create", "empty", "--generator", "xor", "--train", "0")
        self.refused(USAGE, "--generator: must be one of .*got 'moons'",
                     "dataset", "create", "moons", "--generator", "moons")
        self.refused(USAGE, "one of --generator, --binary, --from, --normalise is required",
                     "dataset", "create", "nothing")


class DerivedDatasetTest(CliTest):
    """Data sets made from others."""

    def examples(self, name, *flags):
        return self.ok("dataset", "examples", name, "--count", "5000", "--json", *flags).objects

    def test_binary_set_keeps_two_classes_in_their_order(self):
        self.ok("dataset", "create", "three", "--generator", "three-class", "--test", "10")
        made = self.ok("dataset", "create", "two", "--binary", "three", "--positive", "2",
                       "--negative", "0", "--json").objects[0]
        self.assertEqual(made["binary"], {"dataset": "datasets/three", "positive_label": 2,
                                          "negative_label": 0})
        self.assertEqual([s["examples"] for s in made["splits"]], [400, 200, 20])
        kept = [(e["label"] // 2, e["inputs"]) for e in self.examples("three") if e["label"] != 1]
        self.assertEqual([(e["label"], e["inputs"]) for e in self.examples("two")], kept)
        self.assertRegex(self.ok("dataset", "get", "two").out, r"from +three, 2 against 0\n")

    def test_features_are_computed_from_the_columns(self):
        made = self.ok("dataset", "create", "corner", "--from", "xor", "--feature", "x0",
                       "--feature", "x0*x1/abs(x0)", "--json").objects[0]
        self.assertEqual(made["derived"]["features"], ["x0", "x0*x1/abs(x0)"])
        self.assertIsNone(made["derived"]["nonfinite_replacement"])
        for before, after in zip(self.examples("xor"), self.examples("corner"), strict=True):
            x0, x1 = before["inputs"]
            self.assertEqual(after["label"], before["label"])
            self.assertAlmostEqual(after["inputs"][0], x0, 6)
            self.assertAlmostEqual(after["inputs"][1], x1 if x0 > 0 else -x1, 5)
        shown = self.ok("dataset", "get", "corner").out
        self.assertRegex(shown, r"from +features of xor\n +x0 +x0\n +x1 +x0\*x1/abs\(x0\)\n")

    def test_feature_that_is_not_finite_is_refused_or_replaced(self):
        words = ["dataset", "create", "logs", "--from", "xor", "--feature", "log(x0)"]
        self.refused(REFUSED, r"row \d+", *words)
        self.refused(REFUSED, "logs", "dataset", "get", "logs")
        self.ok(*words, "--replace-nonfinite", "-1")
        for before, after in zip(self.examples("xor"), self.examples("logs"), strict=True):
            if before["inputs"][0] < 0:
                self.assertEqual(after["inputs"], [-1])

    def test_normalised_set_has_mean_0_and_deviation_1_in_training(self):
        self.ok("dataset", "create", "scaled", "--normalise", "xor")
        columns = list(zip(*(e["inputs"] for e in self.examples("scaled"))))
        for column in columns:
            mean = sum(column) / len(column)
            self.assertAlmostEqual(mean, 0, 5)
            self.assertAlmostEqual(sum((x - mean) ** 2 for x in column) / len(column), 1, 4)
        self.assertRegex(self.ok("dataset", "get", "scaled").out, r"from +xor, normalised\n")

    def test_refusals(self):
        def refused(message, *flags, code=REFUSED):
            self.refused(code, message, "dataset", "create", "new", *flags)

        refused("nowhere", "--normalise", "nowhere")
        refused("positive_label", "--binary", "xor", "--positive", "7", "--negative", "0")
        refused("negative_label", "--binary", "xor", "--positive", "1", "--negative", "1")
        refused(r"features\[1\]", "--from", "xor", "--feature", "x0", "--feature", "x0 +")
        refused(r"features\[0\]", "--from", "xor", "--feature", "x2")
        refused("--normalise: does not go with --generator", "--generator", "xor", "--normalise",
                "xor", code=USAGE)
        refused("--seed: goes only with --generator", "--normalise", "xor", "--seed", "1",
                code=USAGE)
        refused("--feature: is required with --from", "--from", "xor", code=USAGE)


class ExamplesTest(CliTest):
    def test_range_is_shown_as_a_table_or_as_lines_of_json(self):
        words = ["dataset", "examples", "xor", "--start", "3", "--count", "2"]
        lines = self.ok(*words, "--json").objects
        self.assertEqual([e["index"] for e in lines], [3, 4])
        self.assertEqual(list(lines[0]), ["index", "label", "inputs"])
        table = self.ok(*words).out.splitlines()
        self.assertRegex(table[0], r"^INDEX +LABEL +x0 +x1$")
        self.assertEqual([row.split()[0] for row in table[1:]], ["3", "4"])
        self.assertEqual(len(self.ok("dataset", "examples", "xor", "--json").objects), 10)

    def test_pictures_are_drawn(self):
        lines = self.ok("dataset", "examples", "mnist", "--index", "0,2").out.splitlines()
        self.assertRegex(lines[0], r"^0: label 5 +2: label 4$")
        self.assertEqual(len(lines), 1 + 14)
        self.assertTrue(any("@" in line for line in lines))

    def test_range_goes_on_over_pages_to_the_splits_end(self):
        self.ok("dataset", "create", "long", "--generator", "two-class", "--train", "1100")
        lines = self.ok("dataset", "examples", "long", "--count", "1000000", "--json").objects
        self.assertEqual([e["index"] for e in lines], list(range(2200)))

    def test_indices_are_answered_in_their_order(self):
        lines = self.ok("dataset", "examples", "xor", "--split", "validation", "--index", "7,0,7",
                        "--json").objects
        self.assertEqual([e["index"] for e in lines], [7, 0, 7])
        self.assertEqual(lines[0], lines[2])
        self.refused(REFUSED, "indices", "dataset", "examples", "xor", "--index", "0,200000")

    def test_test_split_is_shown_only_on_request_which_is_recorded(self):
        self.ok("dataset", "create", "held", "--generator", "xor", "--test", "4")
        words = ["dataset", "examples", "held", "--split", "test"]
        self.refused(REFUSED, "include_test", *words)
        self.assertEqual(self.dataset("held")["test_read_count"], 0)
        self.assertEqual(len(self.ok(*words, "--include-test", "--json").objects), 8)
        shown = self.dataset("held")
        self.assertEqual(shown["test_read_count"], 1)
        self.assertIsNotNone(shown["last_test_read_time"])
        self.assertRegex(self.ok("dataset", "get", "held").out, r"test read +1 time, last 20\d\d-")


class ExportTest(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        created = cls.run_cli("dataset", "create", "held", "--generator", "xor", "--test", "4")
        assert created.code == 0, created.err

    def path(self, name):
        return Path(self.folder, name)

    def test_file_holds_what_the_models_see_without_the_test_split(self):
        file = self.path("held.npz")
        result = self.ok("dataset", "export", "held", "-o", str(file))
        self.assertEqual(result.out, "")
        self.assertRegex(result.err, rf"\Awrote {file}, [\d.]+ KiB\n\Z")
        arrays = npy.load(file)
        self.assertEqual(sorted(arrays), ["x_train", "x_validation", "y_train", "y_validation"])
        shape, values = arrays["x_train"]
        self.assertEqual(shape, (400, 2))
        shown = self.ok("dataset", "examples", "held", "--count", "400", "--json").objects
        for got, expected in zip(values, (x for e in shown for x in e["inputs"]), strict=True):
            self.assertAlmostEqual(got, expected, 5)
        self.assertEqual(list(arrays["y_train"][1]), [e["label"] for e in shown])

    def test_test_split_is_added_only_on_request_which_is_recorded(self):
        before = self.dataset("held")["test_read_count"]
        file = self.path("all.npz")
        self.ok("dataset", "export", "held", "--include-test", "-o", str(file), "--quiet")
        self.assertEqual(npy.load(file)["y_test"][0], (8,))
        after = self.dataset("held")["test_read_count"]
        self.assertEqual(after, before + 1)

    def test_stdout_gets_the_same_bytes(self):
        file = self.path("same.npz")
        self.ok("dataset", "export", "held", "-o", str(file))
        done = subprocess.run(percept("dataset", "export", "held", "-o", "-"),
                              env=environment(self.home, PERCEPT_SERVER=self.server.address),
                              capture_output=True, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout, file.read_bytes())

    def test_exported_set_can_be_uploaded_again(self):
        file = self.path("again.npz")
        self.ok("dataset", "export", "held", "-o", str(file))
        self.ok("dataset", "upload", "again", str(file))
        for split in ("train", "validation"):
            words = ["--split", split, "--count", "400", "--json"]
            self.assertEqual(self.ok("dataset", "examples", "again", *words).out,
                             self.ok("dataset", "examples", "held", *words).out)

    def test_nothing_is_written_when_it_fails(self):
        folder = self.path("empty")
        folder.mkdir()
        path = str(folder / "x.npz")
        self.refused(REFUSED, "nowhere", "dataset", "export", "nowhere", "-o", path)
        self.assertEqual(list(folder.iterdir()), [])
        self.refused(LOCAL, "no/x.npz: cannot be written: No such file",
                     "dataset", "export", "held", "-o", str(folder / "no" / "x.npz"))
        self.refused(REFUSED, "test split",
                     "dataset", "export", "xor", "--include-test", "-o", path)
        self.assertEqual(list(folder.iterdir()), [])

    def test_uploaded_bytes_stay_bytes(self):
        file = self.path("pixels.npz")
        npy.save(file, {"x_train": ("|u1", (2, 2, 2), bytes(range(0, 160, 20))),
                        "y_train": ("<i8", (2,), [0, 1])})
        self.ok("dataset", "upload", "pixels", str(file))
        self.ok("dataset", "export", "pixels", "-o", str(file))
        with zipfile.ZipFile(file) as archive:
            self.assertIn(b"'|u1'", archive.read("x_train.npy")[:128])


class DeleteTest(CliTest):
    def test_deleted_set_is_gone_and_its_name_free(self):
        create = ["dataset", "create", "brief", "--generator", "bullseye"]
        self.ok(*create)
        result = self.ok("dataset", "delete", "datasets/brief")
        self.assertEqual((result.out, result.err), ("", "deleted datasets/brief\n"))
        self.refused(REFUSED, "datasets/brief", "dataset", "delete", "brief")
        self.ok(*create)

    def test_set_in_use_stays(self):
        self.submit()
        self.refused(REFUSED, "xor.*job", "dataset", "delete", "xor")
        self.ok("dataset", "create", "scaled", "--normalise", "xor")
        self.assertGreater(self.dataset("xor")["job_count"], 0)

    def test_installed_set_stays(self):
        self.refused(REFUSED, "mnist", "dataset", "delete", "mnist")


if __name__ == "__main__":
    unittest.main()
