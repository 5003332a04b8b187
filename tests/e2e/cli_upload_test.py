#!/usr/bin/env python3
"""The command line uploads files of every format, and says what is wrong with those it cannot."""

import gzip
import os
import signal
import struct
import time
import unittest
from pathlib import Path

from cli import INTERRUPTED, LOCAL, OK, REFUSED, TIMEOUT, USAGE, CliTest
import npy
import perceptd


def idx(shape, values):
    """A file of the format of MNIST, of unsigned bytes."""
    return struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape) + bytes(values)


class UploadTest(CliTest):
    def file(self, name, content):
        path = Path(self.folder, name)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)

    def upload(self, name, *words):
        return self.ok("dataset", "upload", name, *words, "--json").objects[0]

    def examples(self, name, split="train"):
        """The examples of a split as (label, inputs)."""
        lines = self.ok("dataset", "examples", name, "--split", split, "--count", "100000",
                        "--json").objects
        return [(e["label"], e["inputs"]) for e in lines]

    def test_npz(self):
        path = str(Path(self.folder, "small.npz"))
        npy.save(path, {"x_train": ("<f4", (3, 2), [1, 2, 3, 4, 5, -6.5]),
                        "y_train": ("<i8", (3,), [0, 1, 0]),
                        "x_validation": ("<f4", (1, 2), [7, 8]),
                        "y_validation": ("|u1", (1,), [1])})
        dataset = self.upload("small", path)
        self.assertEqual(dataset["upload"]["file_names"], ["small.npz"])
        self.assertEqual([s["examples"] for s in dataset["splits"]], [3, 1, 0])
        self.assertEqual(self.examples("small"), [(0, [1, 2]), (1, [3, 4]), (0, [5, -6.5])])
        self.assertEqual(self.examples("small", "validation"), [(1, [7, 8])])

    def test_file_of_many_chunks(self):
        pixels = bytes(i * 7 % 251 for i in range(4000 * 900))
        path = str(Path(self.folder, "large.npz"))
        npy.save(path, {"x_train": ("|u1", (4000, 30, 30), pixels),
                        "y_train": ("<i8", (4000,), [i % 10 for i in range(4000)])})
        dataset = self.upload("large", path, "--validation-fraction", "0.25", "--seed", "3")
        self.assertEqual(dataset["image_shape"], {"height": 30, "width": 30, "channels": 1})
        self.assertEqual([s["examples"] for s in dataset["splits"]], [3000, 1000, 0])
        self.assertEqual(dataset["splits"][1]["class_counts"], [100] * 10)
        self.assertEqual(dataset["upload"]["validation_fraction"], 0.25)
        self.assertEqual(dataset["upload"]["seed"], 3)

    def test_csv(self):
        text = 'a,"label, quoted",b\r\n1,1,"2"\r\n-3.5e0,0,4\r\n'
        path = self.file("table.csv", text)
        dataset = self.upload("table", path, "--label", "label, quoted")
        self.assertEqual(dataset["upload"]["label_column"], "label, quoted")
        self.assertEqual(self.examples("table"), [(1, [1, 2]), (0, [-3.5, 4])])
        zipped = self.file("table.csv.gz", gzip.compress(text.encode()))
        again = self.upload("table-gz", zipped, "--label", "label, quoted")
        self.assertEqual(again["digest"], dataset["digest"])

    def test_csv_label_is_in_the_last_column_by_default(self):
        self.upload("last", self.file("last.csv", "a,b,c\n1,2,0\n3,4,1\n"))
        self.assertEqual(self.examples("last"), [(0, [1, 2]), (1, [3, 4])])

    def test_idx(self):
        images = idx((3, 2, 2), [0, 255, 51, 0, 1, 2, 3, 4, 5, 6, 7, 8])
        labels = idx((3,), [1, 0, 1])
        dataset = self.upload("digits",
                              self.file("train-images-idx3-ubyte.gz", gzip.compress(images)),
                              self.file("train-labels-idx1-ubyte.gz", gzip.compress(labels)),
                              self.file("t10k-images-idx3-ubyte", images),
                              self.file("t10k-labels-idx1-ubyte", labels))
        self.assertEqual([s["examples"] for s in dataset["splits"]], [3, 3, 0])
        self.assertEqual(dataset["image_shape"], {"height": 2, "width": 2, "channels": 1})
        self.assertEqual(self.examples("digits")[0], (1, [0, 1, 0.2, 0]))
        self.assertEqual(self.examples("digits", "validation"), self.examples("digits"))

    def test_uploaded_set_is_trained_on(self):
        rows = "".join(f"{x},{y},{int(x > y)}\n" for x in range(8) for y in range(8) if x != y)
        self.upload("wedge", self.file("wedge.csv", "x,y,above\n" + rows))
        job = self.ok("train", "multiperceptron", "--dataset", "wedge", "--epochs", "20",
                      "--batch-size", "4", "--json").objects[-1]
        self.assertEqual(job["state"], "SUCCEEDED")
        self.assertGreater(job["progress"]["latest"]["training_accuracy"], 0.9)

    def test_progress_goes_to_stderr(self):
        path = self.file("shown.csv", "a,b\n1,0\n")
        result = self.ok("dataset", "upload", "shown", path)
        self.assertRegex(result.out, r"\Adatasets/shown\n +from +upload\n +files +shown.csv\n")
        self.assertRegex(result.err, r"100 %  8 B of 8 B\nsent; the server reads it\n\Z")
        self.assertEqual(self.ok("dataset", "upload", "hushed", path, "--quiet").err, "")

    def test_malformed_files_are_refused_and_leave_nothing_behind(self):
        def refused(message, path, *words):
            self.refused(REFUSED, message, "dataset", "upload", "bad", path, *words, "--quiet")
            self.refused(REFUSED, "datasets/bad", "dataset", "get", "bad")

        refused("bad.csv.*row 3.*column.*b", self.file("bad.csv", "a,b,c\n1,2,0\n1,x,0\n"))
        refused("bad.csv.*row 2", self.file("bad.csv", "a,b\n1\n"))
        refused("bad.csv.*species", self.file("bad.csv", "a,b\n1,0\n"), "--label", "species")
        refused("bad.npz", self.file("bad.npz", "not an archive"))
        refused("bad.csv.gz", self.file("bad.csv.gz", gzip.compress(b"a,b\n1,0\n")[:-9]))
        refused("files", self.file("images-ubyte", idx((1, 1, 1), [0])))
        refused("validation_fraction", self.file("good.csv", "a,b\n1,0\n1,1\n"),
                "--validation-fraction", "1.5")
        refused("size_bytes", self.file("empty.csv", ""))
        self.refused(REFUSED, "xor", "dataset", "upload", "xor", self.file("ok.csv", "a,b\n1,0\n"),
                     "--quiet")

    def test_upload_goes_on_across_the_servers_end(self):
        pixels = os.urandom(30_000 * 1000)
        path = str(Path(self.folder, "noise.npz"))
        npy.save(path, {"x_train": ("|u1", (30_000, 1000), pixels),
                        "y_train": ("<i8", (30_000,), [0, 1] * 15_000)})
        undisturbed = self.upload("undisturbed", path)
        for attempt in range(5):
            process = self.spawn("dataset", "upload", f"disturbed-{attempt}", path, "--json")
            self.wait_for_upload(process)
            self.server.kill()
            type(self).server = perceptd.start(self.data, "--grpc-address", self.server.address)
            result = self.finish(process)
            self.assertEqual(result.code, OK, result.err)
            self.assertEqual(result.objects[0]["digest"], undisturbed["digest"])
            if "lost the server" in result.err:  # Else it was done before the server's end.
                self.assertIn("reconnected\n", result.err)
                return
        self.fail("every upload was done before the server ended")

    def wait_for_upload(self, process):
        """Waits until bytes of an upload have arrived, or its process has ended."""
        deadline = time.monotonic() + TIMEOUT
        while process.poll() is None and self.received_bytes() == 0:
            self.assertLess(time.monotonic(), deadline, "no upload has begun")

    def received_bytes(self):
        """Bytes of uploads that the server has; 0 when they go while they are counted."""
        try:
            return sum(file.stat().st_size for file in self.data.glob("uploads/*/*"))
        except FileNotFoundError:
            return 0

    def test_interrupted_upload_leaves_nothing_behind(self):
        path = self.file("stopped.csv", "a,b\n1,0\n")
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            process = self.spawn("dataset", "upload", "stopped", path, "--quiet")
            self.wait_for_connection(process)
            process.send_signal(signal.SIGINT)
            result = self.finish(process)
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual(result.code, INTERRUPTED)
        self.assertEqual(result.err, "percept: interrupted; the upload was given up\n")
        self.refused(REFUSED, "datasets/stopped", "dataset", "get", "stopped")

    def wait_for_connection(self, process):
        """Waits until a process has a socket open."""
        deadline = time.monotonic() + TIMEOUT
        folder = f"/proc/{process.pid}/fd"
        while not any(self.link(f"{folder}/{fd}").startswith("socket:")
                      for fd in os.listdir(folder)):
            self.assertLess(time.monotonic(), deadline, "it connects to nothing")

    @staticmethod
    def link(path):
        try:
            return os.readlink(path)
        except FileNotFoundError:
            return ""

    def test_local_mistakes(self):
        self.refused(LOCAL, "none.csv: cannot be read: No such file", "dataset", "upload", "x",
                     str(Path(self.folder, "none.csv")), "--quiet")
        self.refused(LOCAL, "is not a regular file", "dataset", "upload", "x", self.folder,
                     "--format", "csv", "--quiet")
        self.refused(USAGE, "--format: cannot be told from the name 'x.txt'",
                     "dataset", "upload", "x", "x.txt")


if __name__ == "__main__":
    unittest.main()
