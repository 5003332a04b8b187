"""What the tests of the command line share: percept as a user runs it, against a real perceptd.

PERCEPT and PERCEPTD name the two programs; without them those of the build folder are taken.
"""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
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


# What sets colours on a terminal.
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def picture_size(path):
    """Width and height of a PNG. Raises AssertionError for another file."""
    content = Path(path).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n") and content.endswith(b"IEND\xaeB`\x82"), path
    return struct.unpack_from(">II", content, 16)


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

    def on_terminal(self, *words, columns=80, **variables):
        """What a command shows on a terminal of so many columns; it must end well."""
        main, side = pty.openpty()
        self.addCleanup(os.close, main)
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        env = environment(self.home, PERCEPT_SERVER=self.server.address,
                          **{"COLORTERM": "truecolor", **variables})
        process = subprocess.Popen(percept(*words), env=env, stdin=subprocess.DEVNULL, stdout=side,
                                   stderr=subprocess.DEVNULL)
        os.close(side)
        shown = b""
        try:
            while piece := os.read(main, 65536):
                shown += piece
        except OSError:  # Linux says so when the other side has been closed.
            pass
        self.assertEqual(process.wait(timeout=TIMEOUT), OK)
        return shown.decode().replace("\r\n", "\n")

    def shows(self, pattern, *words, coloured=True):
        """Checks that the text of a command fits its page, with colours only where they belong, and
        matches the pattern; returns it as it is in a file."""
        plain = self.ok(*words).out
        self.assertRegex(plain, pattern)
        self.assertNotIn("\x1b", plain)
        self.assertLessEqual(max(map(len, plain.splitlines())), 100)
        shown = self.on_terminal(*words)
        self.assertEqual("\x1b[" in shown, coloured)
        self.assertLessEqual(max(len(COLOUR.sub("", line)) for line in shown.splitlines()), 80)
        self.assertNotIn("\x1b", self.on_terminal(*words, NO_COLOR="1"))
        self.assertNotIn("\x1b", self.on_terminal(*words, TERM="dumb"))
        self.assertTrue(self.ok(*words, LANG="C").out.isascii())
        return plain

    def draws(self, *words):
        """Checks that a command draws a slide, and the same each time."""
        path = Path(self.folder, "picture.png")
        result = self.ok(*words, "-o", str(path))
        self.assertEqual(result.out, "")
        self.assertRegex(result.err.splitlines()[-1], rf"\Awrote {path}, [\d.]+ (B|KiB|MiB)\Z")
        self.assertEqual(picture_size(path), (1600, 900))
        first = path.read_bytes()
        both = self.ok(*words, "-o", str(path), "--json", "--quiet")
        self.assertEqual(both.err, "")
        self.assertGreater(len(both.objects), 0)
        self.assertEqual(path.read_bytes(), first)
        path.unlink()

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
