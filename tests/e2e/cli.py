"""What the tests of the command line share: percept as a user runs it, against a real perceptd.

PERCEPT and PERCEPTD name the two programs; without them those of the build folder are taken.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402

# Seconds. Nothing waits longer than it has to.
TIMEOUT = 60

OK, LOCAL, USAGE, REFUSED, JOB_FAILED, JOB_CANCELLED, UNREACHABLE, NOT_ALLOWED, INTERRUPTED = (
    0, 1, 2, 3, 4, 5, 6, 7, 130)

# A job that ends only when it is told to, with a snapshot every few milliseconds.
ENDLESS = ["--hidden", "512", "--batch-size", "5", "--epochs", "1000000",
           "--report-frequency", "100000", "--no-evaluate"]

UNREACHABLE_ADDRESS = "127.0.0.1:1"


def environment(home, **more):
    """The environment of a user who has set nothing, at home in an empty folder."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH")}
    return {**kept, "HOME": home, "USER": "ann", "TERM": "xterm", "LANG": "C.UTF-8", **more}


def percept(*words):
    return [perceptd.program("PERCEPT", "build/release/bin/percept"), *words]


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]


class CliTest(unittest.TestCase):
    """Tests with a server of their own class and a data set `xor`."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.home = str(Path(cls.folder, "home"))
        cls.data = Path(cls.folder, "data")
        cls.server = perceptd.start(cls.data)
        cls.addClassCleanup(lambda: cls.server.kill())
        created = cls.run_cli("dataset", "create", "xor", "--generator", "xor")
        assert created.code == OK, created.err

    @classmethod
    def run_cli(cls, *words, server=None, **variables):
        env = environment(cls.home, PERCEPT_SERVER=server or cls.server.address, **variables)
        done = subprocess.run(percept(*words), env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TIMEOUT)
        return Result(done.returncode, done.stdout, done.stderr)

    @classmethod
    def spawn(cls, *words, **streams):
        env = environment(cls.home, PERCEPT_SERVER=cls.server.address)
        return subprocess.Popen(percept(*words), env=env, stdin=subprocess.DEVNULL, text=True,
                                **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams})

    def ok(self, *words, **options):
        result = self.run_cli(*words, **options)
        self.assertEqual(result.code, OK, result.err)
        return result

    def refused(self, code, message, *words, **options):
        """Checks the exit code, and that stderr is the one line with this message."""
        result = self.run_cli(*words, **options)
        self.assertEqual(result.code, code, result.err)
        self.assertEqual(result.out, "")
        self.assertRegex(result.err, rf"\Apercept: [^\n]*{message}[^\n]*\n\Z")
        self.assertNotRegex(result.err, "RPC|StatusCode|INVALID_ARGUMENT|status:")
        return result

    def submit(self, *flags):
        """The id of a job that was just submitted."""
        name = self.ok("train", "mlp", "--dataset", "xor", "--detach", *flags).out.strip()
        self.assertRegex(name, r"\Ajobs/\w+\Z")
        return name.removeprefix("jobs/")

    def train(self, *flags):
        """The id of a job that has ended well."""
        result = self.ok("train", "mlp", "--dataset", "xor", "--batch-size", "5", "--json",
                         "--quiet", *flags)
        return result.objects[-1]["name"].removeprefix("jobs/")

    def dataset(self, name):
        return self.ok("dataset", "get", name, "--json").objects[0]

    def job(self, job_id):
        return self.ok("job", "get", job_id, "--json").objects[0]

    def wait_for_job(self, job_id, what, holds):
        deadline = time.monotonic() + TIMEOUT
        while not holds(job := self.job(job_id)):
            self.assertLess(time.monotonic(), deadline, f"not {what}: {job}")
        return job

    def endless(self):
        """The id of a job that runs; it is cancelled after the test."""
        job_id = self.submit(*ENDLESS)
        self.addCleanup(self.run_cli, "job", "cancel", job_id)
        self.wait_for_job(job_id, "running",
                          lambda job: job["progress"]["snapshot_count"] > 1)
        return job_id

    def read_line(self, process):
        """The next line of its stdout, and nothing beyond it: `finish` reads past Python's buffer."""
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(process.stdout.fileno(), 1)
            self.assertNotEqual(byte, b"", "stdout ended")
            line += byte
        return line.decode()

    def finish(self, process):
        """What a spawned process said, once it has ended."""
        try:
            out, err = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"did not end; it said:\n{out}\n{err}")
        return Result(process.returncode, out, err)
