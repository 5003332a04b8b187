#!/usr/bin/env python3
"""percept over connections that break and servers that come back: each snapshot once, in order,
without a gap, and the job's true outcome."""

import signal
import sys
import unittest
from pathlib import Path

import cli
from cli import INTERRUPTED, JOB_CANCELLED, OK

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402
from cutting_proxy import CuttingProxy  # noqa: E402

# 4,000 steps with a snapshot each: some hundred kilobytes on the way.
JOB = ["--hidden", "3", "--epochs", "50", "--report-frequency", "5"]
BATCHES = ["--batch-size", "5"]  # Which `train` asks for by itself.
SNAPSHOTS = 4001
MOST_BYTES = 200_000  # Between two cuts.


class ConnectionTest(cli.CliTest):
    def check_whole(self, objects, start=0):
        """The snapshots from `start` on and the job, as a watch prints them; returns the job."""
        *snapshots, job = objects
        self.assertEqual([snapshot["index"] for snapshot in snapshots],
                         list(range(start, SNAPSHOTS)))
        self.assertEqual(job["progress"]["snapshot_count"], SNAPSHOTS)
        return job

    def test_a_watch_through_a_proxy_that_cuts_is_whole(self):
        job = self.train(*JOB)
        expected = self.ok("job", "watch", job, "--json").objects
        for seed in range(4):
            with CuttingProxy(self.server.address, seed, MOST_BYTES) as proxy:
                watched = self.ok("job", "watch", job, "--json", server=proxy.address)
            self.assertGreater(proxy.cuts, 0)
            self.assertRegex(watched.err, "lost the server at .*go on from snapshot [0-9]")
            self.assertEqual(watched.objects, expected)

    def test_training_through_a_proxy_that_cuts_ends_with_the_outcome(self):
        with CuttingProxy(self.server.address, seed=5, most_bytes=MOST_BYTES) as proxy:
            trained = self.ok("train", "mlp", "--dataset", "xor", "--json", *JOB, *BATCHES,
                              server=proxy.address)
        self.assertGreater(proxy.cuts, 0)
        self.assertEqual(self.check_whole(trained.objects)["state"], "SUCCEEDED")

    def test_the_newest_alone_through_a_proxy_that_cuts_comes_to_the_end(self):
        job = self.train(*JOB)
        with CuttingProxy(self.server.address, seed=6, most_bytes=2000) as proxy:
            watched = self.ok("job", "watch", job, "--latest", "--json", server=proxy.address)
        indices = [snapshot["index"] for snapshot in watched.objects[:-1]]
        self.assertEqual(indices, sorted(set(indices)))
        self.assertEqual(indices[-1], SNAPSHOTS - 1)

    def test_a_watch_goes_on_with_a_server_that_was_killed_and_started_again(self):
        folder = Path(self.folder, "killed")
        server = perceptd.start(folder)
        self.addCleanup(lambda: server.kill())
        self.ok("dataset", "create", "xor", "--generator", "xor", server=server.address)
        words = ["train", "mlp", "--dataset", "xor", "--json", *JOB, *BATCHES]
        with CuttingProxy(server.address, seed=7, most_bytes=10**9) as proxy:
            follower = self.spawn(*words, "--server", proxy.address)
            self.read_line(follower)
            server.kill()
            server = perceptd.start(folder)
            proxy.target = server.address
            out, err = follower.communicate(timeout=cli.TIMEOUT)
        self.assertEqual(follower.returncode, OK, err)
        self.assertRegex(err, "lost the server")
        rest = cli.Result(OK, out, err).objects
        job = self.check_whole([{"index": 0}, *rest])
        self.assertEqual(job["state"], "SUCCEEDED")

    def test_the_outcome_is_true_when_the_job_ended_while_nobody_listened(self):
        job = self.endless()
        with CuttingProxy(self.server.address, seed=8, most_bytes=10**9) as proxy:
            follower = self.spawn("job", "watch", job, "--json", "--server", proxy.address)
            self.read_line(follower)
            target, proxy.target = proxy.target, "127.0.0.1:1"
            self.ok("job", "cancel", job)
            proxy.target = target
            _, err = follower.communicate(timeout=cli.TIMEOUT)
        self.assertEqual(follower.returncode, JOB_CANCELLED, err)

    def test_an_interrupt_while_the_server_is_away_leaves_at_once(self):
        job = self.endless()
        with CuttingProxy(self.server.address, seed=9, most_bytes=3000) as proxy:
            follower = self.spawn("job", "watch", job, "--json", "--server", proxy.address)
            self.read_line(follower)
            proxy.target = "127.0.0.1:1"
            while "lost the server" not in follower.stderr.readline():
                self.assertIsNone(follower.poll())
            follower.send_signal(signal.SIGINT)
            follower.communicate(timeout=cli.TIMEOUT)
        self.assertEqual(follower.returncode, INTERRUPTED)


if __name__ == "__main__":
    unittest.main()
