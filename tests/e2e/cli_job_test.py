#!/usr/bin/env python3
"""The command line with jobs: following, listing and steering them, across the server's end."""

import contextlib
import json
import os
import signal
import sqlite3
import time
import unittest

from cli import (ENDLESS, INTERRUPTED, JOB_CANCELLED, OK, REFUSED, USAGE, CliTest)
import perceptd


class JobTest(CliTest):
    def test_watch_begins_at_the_index_and_ends_with_the_job(self):
        job_id = self.train("--report-frequency", "20")
        everything = self.ok("job", "watch", job_id, "--json").objects
        late = self.ok("job", "watch", job_id, "--start-index", "7", "--json").objects
        self.assertEqual(late, everything[7:])
        self.assertEqual(late[0]["index"], 7)
        self.assertEqual(late[-1]["state"], "SUCCEEDED")
        beyond = self.ok("job", "watch", job_id, "--start-index", "1000000", "--json").objects
        self.assertEqual(beyond, everything[-1:])
        newest = self.ok("job", "watch", job_id, "--latest", "--json").objects
        self.assertEqual(newest[-2:], everything[-2:])

    def test_watch_prints_a_table(self):
        job_id = self.train()
        out = self.ok("job", "watch", job_id).out
        self.assertRegex(out, r"\A *INDEX +EPOCH +STEP +INSTANCES +ACCURACY +LOSS")
        self.assertRegex(out, rf"\n\njobs/{job_id}  SUCCEEDED\n")

    def test_full_view_has_the_parameters(self):
        job_id = self.train("--hidden", "3")
        snapshot = self.ok("job", "watch", job_id, "--full", "--json").objects[0]
        shapes = {p["name"]: p["shape"] for p in snapshot["parameters"]}
        self.assertEqual(shapes["linear0.weight"], [3, 2])

    def test_snapshots_walk_through_all_pages(self):
        job_id = self.train("--report-frequency", "5", "--epochs", "5")
        snapshots = self.ok("job", "snapshots", job_id, "--json").objects
        self.assertGreater(len(snapshots), 200)
        self.assertEqual([s["index"] for s in snapshots], list(range(len(snapshots))))
        self.assertEqual(snapshots, self.ok("job", "watch", job_id, "--json").objects[:-1])
        self.assertEqual(len(self.ok("job", "snapshots", job_id).out.splitlines()),
                         len(snapshots) + 1)

    def test_list_filters_and_limits(self):
        ids = [self.train("--label", f"listed {i}") for i in range(3)]
        listed = [j["name"] for j in self.ok("job", "list", "--json").objects]
        self.assertEqual(listed[:3], [f"jobs/{i}" for i in reversed(ids)])
        self.assertEqual(len(self.ok("job", "list", "--limit", "2", "--json").objects), 2)
        self.assertGreaterEqual(len(self.ok("job", "list", "--state", "succeeded", "--owner", "ann",
                                            "--dataset", "xor", "--json").objects), 3)
        self.assertEqual(self.ok("job", "list", "--owner", "bob", "--json").objects, [])
        self.assertRegex(self.ok("job", "list").out, r"\AJOB +STATE +WHY +MODEL +DATA")

    def test_cancel_waits_for_the_end(self):
        job_id = self.endless()
        watcher = self.spawn("job", "watch", job_id, "--quiet")
        self.assertEqual(self.ok("job", "cancel", job_id).out, f"jobs/{job_id}  CANCELLED\n")
        self.assertEqual(self.job(job_id)["state"], "CANCELLED")
        watched = self.finish(watcher)
        self.assertEqual(watched.code, JOB_CANCELLED)
        self.assertIn(f"jobs/{job_id}  CANCELLED", watched.out)
        self.assertEqual(self.run_cli("job", "watch", job_id).code, JOB_CANCELLED)
        self.ok("job", "cancel", job_id)

    def test_pause_waits_until_it_has_stopped_and_resume_goes_on(self):
        job_id = self.endless()
        self.assertEqual(self.ok("job", "pause", job_id).out, f"jobs/{job_id}  PAUSED\n")
        paused = self.job(job_id)
        self.assertEqual(paused["state"], "PAUSED")
        self.assertRegex(self.ok("job", "get", job_id).out, r"\n +why +paused")
        self.assertRegex(self.ok("job", "list").out, rf"\n{job_id} +PAUSED ")
        self.ok("job", "pause", job_id)
        resumed = self.ok("job", "resume", job_id, "--json").objects[0]
        self.assertIn(resumed["state"], ("QUEUED", "RUNNING"))
        self.wait_for_job(job_id, "training further",
                          lambda job: job["progress"]["instances"] > paused["progress"]["instances"])

    def test_training_that_is_paused_says_so_and_goes_on_to_its_end(self):
        process = self.spawn("train", "mlp", "--dataset", "xor", "--json", "--hidden", "64",
                             "--batch-size", "5", "--epochs", "4000", "--report-frequency", "20000")
        job_id = json.loads(self.read_line(process))["name"].split("/")[1]
        self.ok("job", "pause", job_id)
        said = b""
        while b"paused" not in said:
            part = os.read(process.stderr.fileno(), 4096)
            self.assertNotEqual(part, b"", said)
            said += part
        self.ok("job", "resume", job_id)
        result = self.finish(process)
        self.assertEqual(result.code, OK, result.err)
        job = json.loads(result.out.splitlines()[-1])
        self.assertEqual((job["state"], job["attempt"]), ("SUCCEEDED", 2))

    def test_delete_says_what_it_deleted(self):
        job_id = self.train("--hidden", "3")
        count = self.job(job_id)["progress"]["snapshot_count"]
        deleted = self.ok("job", "delete", job_id)
        self.assertEqual(deleted.out, "")
        self.assertEqual(deleted.err, f"deleted jobs/{job_id}: mlp 3 on xor, {count} snapshots\n")
        self.refused(REFUSED, f"jobs/{job_id}", "job", "get", job_id)
        self.refused(REFUSED, f"jobs/{job_id}", "job", "delete", job_id)
        running = self.endless()
        self.refused(REFUSED, "RUNNING", "job", "delete", running)

    def test_refusals(self):
        for command in ("get", "watch", "snapshots", "pause", "resume", "cancel", "delete"):
            self.refused(REFUSED, "jobs/nosuchjob0", "job", command, "nosuchjob0")
            self.refused(USAGE, "JOB: must be ID or jobs/ID, got 'datasets/xor'",
                         "job", command, "datasets/xor")
        job_id = self.train()
        for command in ("pause", "resume", "cancel"):
            self.refused(REFUSED, "SUCCEEDED", "job", command, job_id)
        self.refused(REFUSED, "start_index: must be at least 0, got -1",
                     "job", "watch", job_id, "--start-index", "-1", "--quiet", "--json")

    def test_interruption_leaves_the_job_running(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.spawn("train", "mlp", "--dataset", "xor", "--json", *ENDLESS)
                job_id = json.loads(self.read_line(process))["name"].split("/")[1]
                self.addCleanup(self.run_cli, "job", "cancel", job_id)
                process.send_signal(number)
                asked = time.monotonic()
                result = self.finish(process)
                self.assertLess(time.monotonic() - asked, 5)
                self.assertEqual(result.code, INTERRUPTED)
                self.assertIn(f"percept: jobs/{job_id} goes on; come back with: "
                              f"percept job watch {job_id}\n", result.err)
                self.assertEqual(self.job(job_id)["state"], "RUNNING")
                self.ok("job", "cancel", job_id)


class DamagedRecordTest(CliTest):
    def test_a_damaged_job_is_named_and_hides_no_other(self):
        whole, damaged = self.train(), self.train()
        self.server.stop()
        with contextlib.closing(sqlite3.connect(self.data / "percept.db")) as database:
            database.execute("UPDATE jobs SET seed = seed + 1 WHERE id = ?", (damaged,))
            database.commit()
        type(self).server = perceptd.start(self.data)
        listed = self.ok("job", "list", "--json", "--quiet")
        self.assertEqual([job["name"] for job in listed.objects], [f"jobs/{whole}"])
        self.assertEqual(listed.err, f"percept: jobs/{damaged} cannot be shown: "
                                     "its stored record is damaged\n")


class ReconnectTest(CliTest):
    # A second or two, with a snapshot every few milliseconds.
    TRAINING = ["train", "mlp", "--dataset", "xor", "--hidden", "64", "--batch-size", "5", "--epochs",
                "4000", "--report-frequency", "20000", "--json"]

    def follow_across(self, end):
        """Trains while the server ends and comes back; the snapshots and the job."""
        process = self.spawn(*self.TRAINING)
        lines = [self.read_line(process) for _ in range(3)]
        end()
        type(self).server = perceptd.start(self.data, "--grpc-address", self.server.address)
        result = self.finish(process)
        self.assertEqual(result.code, OK, result.err)
        self.assertRegex(result.err, rf"lost the server at {self.server.address}; .*snapshot \d+\n")
        self.assertIn("reconnected\n", result.err)
        *snapshots, job = [json.loads(line) for line in lines + result.out.splitlines()]
        self.assertEqual(job["state"], "SUCCEEDED")
        self.assertEqual(job["progress"]["snapshot_count"], len(snapshots))
        self.assertEqual(job["attempt"], 2)
        return [(s["index"], s["parameters_crc32c"]) for s in snapshots]

    def test_training_is_followed_across_the_servers_end_to_the_same_outcome(self):
        undisturbed = [(s["index"], s["parameters_crc32c"])
                       for s in self.ok(*self.TRAINING, "--quiet").objects[:-1]]
        self.assertEqual([index for index, _ in undisturbed], list(range(len(undisturbed))))
        for end in (lambda: self.server.kill(), lambda: self.server.stop()):
            self.assertEqual(self.follow_across(end), undisturbed)


if __name__ == "__main__":
    unittest.main()
