#!/usr/bin/env python3
"""The command line trains: what is printed where, models, specs, outcomes."""

import os
import pty
import re
import select
import signal
import time
import unittest

from cli import INTERRUPTED, JOB_FAILED, REFUSED, TIMEOUT, USAGE, CliTest


class TrainTest(CliTest):
    def test_result_goes_to_stdout_and_progress_to_stderr(self):
        result = self.ok("train", "mlp", "--dataset", "xor", "--hidden", "8", "--batch-size", "5",
                         "--epochs", "10")
        self.assertRegex(result.out, r"\Ajobs/\w+  SUCCEEDED\n")
        accuracy = float(re.search(r"accuracy +(\d\.\d{3})  \(validation\)", result.out)[1])
        self.assertGreater(accuracy, 0.95)
        self.assertRegex(result.out, r"best +\d\.\d{3}  \(snapshot \d+\)")
        self.assertRegex(result.err, r"\Asubmitted jobs/\w+\n")
        self.assertRegex(result.err, r"\nepoch 10\.0/10  4,000 instances .*accuracy \d\.\d{3}")
        self.assertRegex(result.err, r"next: percept job snapshots \w+")
        self.assertNotIn("\x1b", result.out + result.err)

    def test_quiet_says_nothing_on_stderr(self):
        self.assertEqual(self.ok("train", "mlp", "--dataset", "xor", "--quiet").err, "")

    def test_json_prints_snapshots_then_the_job(self):
        objects = self.ok("train", "mlp", "--dataset", "xor", "--batch-size", "10", "--json",
                          "--hidden", "4,3", "--activation", "relu", "--label", "two layers",
                          "--seed", "5", "--report-frequency", "50").objects
        *snapshots, job = objects
        self.assertEqual([s["index"] for s in snapshots], list(range(len(snapshots))))
        self.assertIsNone(snapshots[0]["metrics"]["training_loss"])
        self.assertEqual(snapshots[0]["step"], 0)
        self.assertEqual(job["state"], "SUCCEEDED")
        self.assertEqual(job["progress"]["snapshot_count"], len(snapshots))
        self.assertEqual(job["spec"]["mlp"]["hidden_units"], [4, 3])
        self.assertEqual(job["spec"]["mlp"]["activation"], "RELU")
        self.assertEqual(job["spec"]["label"], "two layers")
        self.assertEqual(job["spec"]["seed"], 5)
        self.assertEqual(job["owner"], "ann")
        self.assertIsInstance(job["run_time"], float)
        self.assertRegex(job["create_time"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")

    def test_same_request_id_is_the_same_job(self):
        first = self.submit("--request-id", "once")
        self.assertEqual(self.submit("--request-id", "once"), first)
        self.refused(REFUSED, "request_id", "train", "mlp", "--dataset", "xor", "--request-id",
                     "once", "--seed", "1", "--detach")

    def test_progress_line_is_drawn_in_place_and_fits_the_terminal(self):
        main, side = pty.openpty()
        self.addCleanup(os.close, main)
        job_id = self.endless()
        process = self.spawn("job", "watch", job_id, "--start-index", "1000000000", stderr=side)
        os.close(side)
        shown = self.read_until(main, rb"epoch [^\r]*\r[^\r]*\repoch")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process).code, INTERRUPTED)
        lines = [line.replace("\x1b[K", "") for line in shown.decode().split("\r")]
        self.assertLess(max(map(len, lines)), 80)
        self.assertTrue(any("training accuracy" in line for line in lines), lines)

    def read_until(self, fd, pattern):
        seen = b""
        deadline = time.monotonic() + TIMEOUT
        while not re.search(pattern, seen):
            ready, _, _ = select.select([fd], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, f"not seen in time: {pattern}; but {seen}")
            seen += os.read(fd, 65536)
        return seen

    def test_refusals(self):
        def refused(message, *flags, code=REFUSED):
            self.refused(code, message, "train", "mlp", *flags)

        refused("nowhere", "--dataset", "nowhere")
        refused(r"mlp.hidden_units\[0\]: must be in \[1, 4096\], got 0",
                "--dataset", "xor", "--hidden", "0")
        refused(r"mlp.hidden_units\[1\]: must be in \[1, 4096\], got -3",
                "--dataset", "xor", "--hidden", "4,-3")
        refused("learning_rate: must be .*got -1", "--dataset", "xor", "--learning-rate", "-1")
        refused("epochs: must be .*got 0", "--dataset", "xor", "--epochs", "0")
        refused("label: must be", "--dataset", "xor", "--label", "x" * 100_000)
        refused("memory", "--dataset", "mnist", "--hidden", ",".join(["4096"] * 16),
                "--report-frequency", "1", "--epochs", "1000")
        refused("--epochs: must be a whole number, got 'few'", "--dataset", "xor", "--epochs", "few",
                code=USAGE)
        refused("--dataset is required", code=USAGE)

    def test_diverged_job_fails_with_its_reason(self):
        result = self.run_cli("train", "mlp", "--dataset", "xor", "--activation", "relu",
                              "--learning-rate", "1000", "--epochs", "50", "--hidden", "64,64,64")
        self.assertEqual(result.code, JOB_FAILED, result.out + result.err)
        self.assertRegex(result.out, r"\Ajobs/\w+  FAILED\n")
        self.assertIn("(diverged)", result.out)

    def test_spec_is_shown_whole(self):
        job_id = self.submit(
            "--hidden", "3,2", "--activation", "gelu", "--init", "he", "--optimizer", "adam",
            "--schedule", "inverse:0.1,0.5", "--weight-decay", "0.001", "--epochs", "2",
            "--batch-size", "10", "--evaluate-every", "3", "--no-shuffle", "--priority", "5",
            "--time-limit", "1h", "--train-on", "train+validation", "--no-evaluate")
        spec = self.job(job_id)["spec"]
        self.assertEqual(spec["training"]["adam"], {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8})
        self.assertEqual(spec["training"]["inverse"], {"gamma": 0.1, "rho": 0.5})
        self.assertEqual(spec["train_on"], "TRAIN_AND_VALIDATION")
        self.assertEqual(spec["time_limit"], 3600)
        self.assertIsNone(spec["training"]["early_stopping"])
        text = self.ok("job", "get", job_id).out
        for line in ("model +mlp 3,2, gelu, he start, 23 parameters",
                     "data +xor, train and validation together",
                     "training +2 epochs in batches of 10, in the data's order",
                     "optimizer +adam, beta1 0.9, beta2 0.999, epsilon 1e-08",
                     r"learning rate +0.1 / \(1 \+ 0.1 t\)\^0.5 at step t", "weight decay +0.001",
                     "reports +adaptive, without validation", "priority +5",
                     "time limit +1 h 00 min", "test used +never"):
            self.assertRegex(text, rf"\n  {line}\n")

    def test_optimizers_and_schedules_end_well(self):
        for flags in (["--optimizer", "momentum", "--momentum", "0.5"], ["--optimizer", "adam"],
                      ["--schedule", "step:0.7,10"], ["--schedule", "inverse:0.1,0.1"]):
            self.train(*flags)

    def test_training_starts_from_another_jobs_snapshot(self):
        def checksums(job_id):
            return [s["parameters_crc32c"]
                    for s in self.ok("job", "snapshots", job_id, "--json").objects]

        first = self.train("--hidden", "4", "--seed", "1")
        onwards = self.train("--hidden", "4", "--seed", "2", "--init-from", first)
        self.assertEqual(checksums(onwards)[0], checksums(first)[-1])
        again = self.train("--hidden", "4", "--seed", "3", "--init-from", f"{first}:1")
        self.assertEqual(checksums(again)[0], checksums(first)[1])
        self.assertIn(f"jobs/{first}/snapshots/1\n", self.ok("job", "get", again).out)
        self.refused(REFUSED, "init_from", "train", "mlp", "--dataset", "xor", "--hidden", "5",
                     "--init-from", first)

    def test_training_stops_early(self):
        words = ["train", "mlp", "--dataset", "xor", "--hidden", "8", "--optimizer", "adam",
                 "--batch-size", "5", "--epochs", "1000", "--early-stopping", "2"]
        job = self.ok(*words, "--json").objects[-1]
        self.assertEqual(job["state"], "SUCCEEDED")
        epochs = job["progress"]["epoch"]
        self.assertLess(epochs, 1000)
        losses = [e["metrics"]["validation_loss"] for e in self.epochs(job)]
        self.assertEqual(len(losses), epochs)
        self.assertEqual(losses.index(min(losses)), epochs - 3)
        self.assertRegex(self.ok(*words).out, rf"\n +epochs +{epochs}/1000  \(stopped early\)\n")

    def epochs(self, job):
        return self.ok("job", "epochs", job["name"], "--json").objects

    def test_epochs_are_listed(self):
        job = self.ok("train", "mlp", "--dataset", "xor", "--epochs", "120", "--json").objects[-1]
        epochs = self.epochs(job)
        self.assertEqual([e["epoch"] for e in epochs], list(range(120)))
        self.assertEqual(list(epochs[0]["metrics"]), ["validation_accuracy", "validation_loss",
                                                      "training_accuracy", "training_loss"])
        self.assertNotIn(None, epochs[0]["metrics"].values())
        table = self.ok("job", "epochs", job["name"]).out.splitlines()
        self.assertRegex(table[0], r"^EPOCH +ACCURACY +LOSS +TRAIN ACC +TRAIN LOSS$")
        self.assertEqual(len(table), 121)


class MultiperceptronTest(CliTest):
    def test_it_learns_what_a_line_separates(self):
        self.ok("dataset", "create", "three", "--generator", "three-class")
        result = self.ok("train", "multiperceptron", "--dataset", "three", "--epochs", "2",
                         "--batch-size", "10")
        accuracy = float(re.search(r"accuracy +(\d\.\d{3})  \(validation\)", result.out)[1])
        self.assertGreater(accuracy, 0.9)
        self.assertRegex(result.err, r"\nepoch 2\.0/2  1,200 instances")
        shown = self.ok("job", "list", "--dataset", "three").out
        self.assertRegex(shown, r"SUCCEEDED +multiperceptron +three +2/2")

    def test_it_starts_at_zero(self):
        first = self.ok("train", "multiperceptron", "--dataset", "xor", "--json").objects[0]
        self.assertAlmostEqual(first["metrics"]["validation_loss"], 0.6931472, 6)


class PerceptronTest(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        created = cls.run_cli("dataset", "create", "normals", "--generator", "two-normals")
        assert created.code == 0, created.err

    def test_outcome_counts_changes_and_no_epochs(self):
        result = self.ok("train", "perceptron", "--dataset", "normals", "--iterations", "200")
        self.assertRegex(result.out, r"\Ajobs/\w+  SUCCEEDED\n")
        self.assertRegex(result.out, r"\n +accuracy +[01]\.\d{3}  \(training\)\n")
        self.assertRegex(result.out, r"\n +changes +\d+\n +instances +400\n")
        self.assertNotIn("epoch", result.out + result.err)
        self.assertRegex(result.err, r"\n100 %  400 instances .*training accuracy [01]\.\d{3}")

    def test_there_is_a_snapshot_for_each_change(self):
        *snapshots, job = self.ok("train", "perceptron", "--dataset", "normals", "--iterations",
                                  "200", "--learning-rate", "0.5", "--no-shuffle", "--json").objects
        self.assertEqual(job["spec"]["perceptron"], {"learning_rate": 0.5, "iterations": 200})
        self.assertIsNone(job["spec"]["training"])
        steps = [s["step"] for s in snapshots]
        self.assertEqual(sorted(set(steps)), list(range(steps[-1] + 1)))
        self.assertEqual(snapshots[0]["metrics"]["training_accuracy"], 0.5)
        self.assertIsNone(snapshots[-1]["metrics"]["validation_accuracy"])
        self.assertGreater(snapshots[-1]["metrics"]["training_accuracy"], 0.95)

    def test_tables_read_well_without_epochs(self):
        job = self.ok("train", "perceptron", "--dataset", "normals", "--json").objects[-1]
        name = job["name"]
        self.assertEqual(self.ok("job", "epochs", name, "--json").objects, [])
        table = self.ok("job", "snapshots", name).out.splitlines()
        self.assertRegex(table[0], r"^INDEX +EPOCH +STEP +INSTANCES +TRAIN ACC +TRAIN LOSS$")
        self.assertRegex(self.ok("job", "list").out,
                         r"SUCCEEDED +perceptron +normals +100 % +train [01]\.\d{3} ")
        text = self.ok("job", "get", name).out
        self.assertRegex(text, r"\n +learning rate +1\n +iterations +1,000\n")
        self.assertRegex(text, r"\n +progress +100 %, 2,000 instances, [\d,]+ changes?\n")

    def test_refusals(self):
        self.ok("dataset", "create", "three", "--generator", "three-class")
        self.refused(REFUSED, "classes", "train", "perceptron", "--dataset", "three")
        self.refused(REFUSED, r"iterations: must be .*got 0", "train", "perceptron", "--dataset",
                     "normals", "--iterations", "0")
        self.refused(USAGE, "--epochs",
                     "train", "perceptron", "--dataset", "normals", "--epochs", "5")


if __name__ == "__main__":
    unittest.main()
