#!/usr/bin/env python3
"""The command line against a real perceptd: what is printed where, and the exit codes.

PERCEPT and PERCEPTD name the two programs; without them those of the build folder are taken.
"""

import json
import os
import pty
import re
import select
import shutil
import signal
import socket
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

OK, USAGE, REFUSED, JOB_FAILED, JOB_CANCELLED, UNREACHABLE, INTERRUPTED = 0, 2, 3, 4, 5, 6, 130

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
        self.refused(USAGE, "--generator is required", "dataset", "create", "nothing")


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
        self.assertRegex(self.ok("job", "list").out, r"\AJOB +STATE +MODEL +DATA")

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

    def test_refusals(self):
        for command in ("get", "watch", "snapshots", "cancel"):
            self.refused(REFUSED, "jobs/nosuchjob0", "job", command, "nosuchjob0")
            self.refused(USAGE, "JOB: must be ID or jobs/ID, got 'datasets/xor'",
                         "job", command, "datasets/xor")
        job_id = self.train()
        self.refused(REFUSED, "SUCCEEDED", "job", "cancel", job_id)
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


class ServerTest(CliTest):
    def test_info(self):
        info = self.ok("server", "info", "--json").objects[0]
        self.assertEqual(info["grpc_addresses"], [self.server.address])
        self.assertRegex(self.ok("server", "info").out, rf"\Aperceptd at {self.server.address}\n")

    def test_health(self):
        self.assertEqual(self.ok("server", "health").out, "SERVING\n")
        self.assertEqual(self.ok("server", "health", "--json").objects, [{"status": "SERVING"}])

    def test_server_out_of_reach(self):
        for words in (["server", "health"], ["server", "info"], ["job", "list"], ["job", "watch", "x"],
                      ["train", "mlp", "--dataset", "xor"]):
            self.refused(UNREACHABLE, "cannot reach a server at 127.0.0.1:1: connection refused; "
                         "start one with perceptd", *words, server=UNREACHABLE_ADDRESS)

    def test_server_that_never_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = "127.0.0.1:%d" % silent.getsockname()[1]
            self.refused(UNREACHABLE, address, "server", "info", server=address)

    def test_where_the_address_comes_from(self):
        config = Path(self.folder, "config")
        (config / "percept").mkdir(parents=True)
        file = config / "percept" / "config"
        file.write_text(f"# lab\nserver = {self.server.address}\n", encoding="utf-8")
        env = environment(self.home, XDG_CONFIG_HOME=str(config))

        def code(*words, **variables):
            return subprocess.run(percept(*words, "server", "health"), env={**env, **variables},
                                  capture_output=True, timeout=TIMEOUT).returncode

        self.assertEqual(code(), OK)
        self.assertEqual(code(PERCEPT_SERVER=UNREACHABLE_ADDRESS), UNREACHABLE)
        self.assertEqual(code("--server", self.server.address, PERCEPT_SERVER=UNREACHABLE_ADDRESS), OK)
        file.write_text("sevrer = x\n", encoding="utf-8")
        self.assertEqual(code(), USAGE)


class CommandLineTest(unittest.TestCase):
    """What needs no server."""

    def run_cli(self, *words):
        done = subprocess.run(percept(*words), env=environment("/nonexistent"), capture_output=True,
                              text=True, timeout=TIMEOUT)
        return Result(done.returncode, done.stdout, done.stderr)

    def commands(self, *path):
        """All commands below a command, and itself."""
        result = self.run_cli(*path, "--help")
        self.assertEqual((result.code, result.err), (OK, ""))
        yield path, result.out
        listed = re.search(r"\nCommands:\n(.*?)\n\n", result.out, re.DOTALL)
        for name in re.findall(r"^  (\w+) ", listed[1], re.MULTILINE) if listed else []:
            yield from self.commands(*path, name)

    def test_help_of_every_command_has_an_example(self):
        seen = list(self.commands())
        self.assertGreater(len(seen), 15)
        for path, text in seen:
            command = " ".join(["percept", *path])
            self.assertRegex(text, rf"Example:\n  .*{command}")
            self.assertIn(f"Usage: {command}", text)

    def test_mistakes_on_the_command_line(self):
        for words in ([], ["fly"], ["job"], ["job", "get"], ["job", "list", "--colour"],
                      ["job", "get", "a", "b"], ["--server", "h:x", "job", "list"]):
            result = self.run_cli(*words)
            self.assertEqual(result.code, USAGE, words)
            self.assertEqual(result.out, "")
            self.assertRegex(result.err, r"\Apercept: [^\n]+\n\Z")

    def test_a_word_that_is_no_command_is_named(self):
        self.assertIn("no such command: jobs; see percept --help", self.run_cli("jobs").err)
        self.assertIn("no such command: lst; see percept job --help", self.run_cli("job", "lst").err)
        self.assertIn("no such option: --bar", self.run_cli("--bar").err)
        self.assertIn("a command is needed; see percept job --help", self.run_cli("job").err)

    def test_version(self):
        self.assertRegex(self.run_cli("--version").out, r"\Apercept \d+\.\d+\.\d+\n\Z")

    def test_completion_scripts_can_be_read_by_their_shells(self):
        for shell in ("bash", "zsh"):
            script = self.run_cli("completion", shell).out
            self.assertIn("'percept job watch'", script)
            if shutil.which(shell):
                checked = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True,
                                         timeout=TIMEOUT)
                self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = self.run_cli("completion", "bash").out + (
            '\nCOMP_WORDS=("$@") COMP_CWORD=$(($# - 1))\n_percept\nprintf "%s\\n" "${COMPREPLY[@]}"\n')
        done = subprocess.run(["bash", "-c", script, "bash", "percept", *words], capture_output=True,
                              text=True, timeout=TIMEOUT)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_commands_flags_and_values(self):
        self.assertEqual(self.complete("jo"), ["job"])
        self.assertEqual(self.complete("job", "s"), ["snapshots"])
        self.assertEqual(self.complete("train", "mlp", "--ac"), ["--activation"])
        self.assertEqual(self.complete("train", "mlp", "--activation", ""),
                         ["tanh", "sigmoid", "relu", "gelu"])
        self.assertEqual(self.complete("train", "mlp", "--activation", "=", "t"), ["tanh"])
        self.assertEqual(self.complete("job", "watch", "--json", "--start-index", ""), [])


if __name__ == "__main__":
    unittest.main()
