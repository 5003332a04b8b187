#!/usr/bin/env python3
"""What whoever runs a server sees of it: metrics, logs with request ids, who did what."""

import json
import re
import stat
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import cli
from cli import ENDLESS, LOCAL, NOT_ALLOWED, OK, REFUSED, TIMEOUT, CliTest, environment, perceptd

from buf_curl import BufCurl  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

SAMPLE = re.compile(r'(?P<name>[a-z_]+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)\Z')
LABEL = re.compile(r'([a-z_]+)="([^"]*)"(?:,|\Z)')

# What a metric without one of these endings counts is none of seconds and bytes.
UNITS = ("_seconds", "_bytes", "_total", "_info")
COUNTED = {"percept_jobs", "percept_workers", "percept_datasets", "percept_viewers",
           "percept_rpcs_in_flight", "percept_http_connections", "process_open_fds",
           "process_max_fds", "process_threads"}


class Page:
    """A page of metrics."""

    def __init__(self, text):
        self.types, self.helps, self.samples = {}, {}, {}
        for line in text.splitlines():
            word, _, rest = line.partition(" ")
            if word == "#":
                kind, name, value = rest.split(" ", 2)
                {"TYPE": self.types, "HELP": self.helps}[kind][name] = value
                continue
            sample = SAMPLE.match(line)
            assert sample, line
            labels = tuple(sorted(LABEL.findall(sample["labels"] or "")))
            key = sample["name"], labels
            assert key not in self.samples, line
            self.samples[key] = float(sample["value"])

    def family(self, name):
        """The metric that a sample belongs to."""
        stem = re.sub(r"_(bucket|sum|count)\Z", "", name)
        return stem if self.types.get(stem) == "histogram" else name

    def labels(self):
        """By metric: the values that each of its labels has."""
        found = {name: {} for name in self.types}
        for (name, labels), _ in self.samples.items():
            for key, value in labels:
                if key != "le":
                    found[self.family(name)].setdefault(key, set()).add(value)
        return found

    def __call__(self, name, **labels):
        return self.samples[name, tuple(sorted(labels.items()))]


def documented():
    """The table in METRICS.md: by name, the type and the text about its labels."""
    text = (ROOT / "server/docs/METRICS.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+) \|([^|]*)\| [^|]+ \|$", text, re.MULTILINE)
    return {name: (kind, labels) for name, kind, labels in rows}


class OperationsTest(CliTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.home = str(Path(cls.folder, "home"))
        cls.users = str(Path(cls.folder, "users"))
        cls.audit_log = Path(cls.folder, "audit.log")
        cls.tokens = {name: cls.add_user(name, role) for name, role in (
            ("vera", "viewer"), ("stu", "student"), ("ina", "instructor"), ("ada", "admin"))}
        cls.server = perceptd.start(
            Path(cls.folder, "data"), "--auth-file", cls.users, "--workers", "1",
            "--log-format", "json", "--audit-log", str(cls.audit_log))
        cls.addClassCleanup(lambda: cls.server.kill())
        cls.http = cls.http_address(cls.server)
        created = cls.as_user("stu", "dataset", "create", "points", "--generator", "xor")
        assert created.code == OK, created.err

    @classmethod
    def add_user(cls, name, role):
        done = subprocess.run(
            [perceptd.program("PERCEPTD", "build/release/bin/perceptd"), "--auth-file", cls.users,
             "--log-format", "json", "--audit-log", str(cls.audit_log), "user", "add", name, "--role", role],
            capture_output=True, text=True, timeout=TIMEOUT, env=environment(cls.home), check=True)
        return done.stdout.strip()

    @classmethod
    def as_user(cls, name, *words):
        return cls.run_cli(*words, PERCEPT_TOKEN=cls.tokens[name])

    @staticmethod
    def http_address(server):
        return Path(server.data_dir, "http-address").read_text(encoding="utf-8").strip()

    @staticmethod
    def get(address, path, token=None, data=None, **headers):
        """Code, headers and body."""
        request = urllib.request.Request(f"http://{address}{path}", data=data)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        if token is not None:
            request.add_header("authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.headers, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def ask(self, method, user, **headers):
        """The headers of the answer to a gRPC-Web call with an empty request."""
        code, answer, _ = self.get(self.http, f"/percept.v1.{method}", self.tokens[user], bytes(5),
                                   content_type="application/grpc-web+proto", **headers)
        self.assertEqual(code, 200)
        return answer

    def scrape(self):
        code, headers, body = self.get(self.http, "/metrics", self.tokens["ina"])
        self.assertEqual(code, 200, body)
        self.assertRegex(headers["content-type"], r"\Atext/plain; version=0\.0\.4")
        return Page(body)

    def await_true(self, condition):
        """Waits until a condition holds; it is not once it takes far longer than it ever should."""
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            self.assertLess(time.monotonic(), deadline, "waited in vain")

    def audited(self, **fields):
        lines = [json.loads(line) for line in
                 self.audit_log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if fields.items() <= line.items()]

    def logged(self, **fields):
        lines = [json.loads(line) for line in self.server.log().splitlines() if line[:1] == "{"]
        return [line for line in lines if fields.items() <= line.items()]

    def test_metrics_are_those_that_are_documented(self):
        page, table = self.scrape(), documented()
        self.assertEqual({name: kind for name, (kind, _) in table.items()}, page.types)
        self.assertEqual(set(page.helps), set(page.types))
        self.assertEqual({page.family(name) for name, _ in page.samples}, set(page.types))
        for name, labels in page.labels().items():
            described = table[name][1]
            stated = [re.findall(r"`([^`]+)`", part) for part in described.split(";")]
            self.assertEqual(set(labels), {key for part in stated for key in
                                           (part if ":" not in described else part[:1])}, name)
            for part in stated:
                if ":" in described and "such as" not in described:
                    self.assertEqual(labels[part[0]], set(part[1:]), name)
            if name not in COUNTED:
                self.assertTrue(name.endswith(UNITS), name)
            self.assertEqual(page.types[name] == "counter", name.endswith("_total"), name)

    def test_histograms_add_up(self):
        page = self.scrape()
        buckets = {}
        for (name, labels), value in page.samples.items():
            if name.endswith("_bucket"):
                bound = float(dict(labels)["le"])
                rest = tuple(label for label in labels if label[0] != "le")
                buckets.setdefault((name.removesuffix("_bucket"), rest), []).append((bound, value))
        self.assertGreater(len(buckets), 3)
        for (name, labels), counts in buckets.items():
            self.assertEqual(counts, sorted(counts))
            self.assertEqual([count for _, count in counts], sorted(count for _, count in counts))
            self.assertEqual(counts[-1], (float("inf"), page(name + "_count", **dict(labels))))

    def test_metrics_are_for_instructors(self):
        code, headers, body = self.get(self.http, "/metrics")
        self.assertEqual((code, headers["www-authenticate"]), (401, "Bearer"))
        self.assertNotIn("percept_", body)
        self.assertEqual(self.get(self.http, "/metrics", "percept_nonsense")[0], 401)
        code, _, body = self.get(self.http, "/metrics", self.tokens["stu"])
        self.assertEqual((code, body), (403, "role: /metrics needs at least instructor, stu is student\n"))
        self.assertEqual(self.get(self.http, "/metrics", self.tokens["ada"])[0], 200)
        self.assertEqual(self.get(self.http, "/metrics", self.tokens["ada"], b"x")[0], 400)
        self.assertEqual(self.get(self.http, "/metrics", self.tokens["ada"], host="evil.example")[0], 421)

    def test_metrics_are_public_where_that_is_asked_for(self):
        data = Path(self.folder, "public")
        with perceptd.start(data, "--auth-file", self.users, "--public-metrics") as server:
            code, _, body = self.get(self.http_address(server), "/metrics")
            self.assertEqual(code, 200, body)
            self.assertEqual(Page(body)("percept_jobs", state="running"), 0)
            self.assertEqual(self.get(self.http_address(server), "/readyz")[::2], (200, "ready\n"))

    def test_a_job_is_in_the_figures(self):
        before = self.scrape()
        trained = self.as_user("stu", "train", "mlp", "--dataset", "points", "--epochs", "20",
                               "--batch-size", "5", "--json", "--quiet")
        self.assertEqual(trained.code, OK, trained.err)
        job = trained.objects[-1]
        progress = job["progress"]
        self.await_true(lambda: self.scrape()("percept_jobs", state="running") == 0)
        after = self.scrape()

        def rise(name, **labels):
            return after(name, **labels) - before(name, **labels)

        self.assertEqual(rise("percept_jobs", state="succeeded"), 1)
        self.assertEqual(rise("percept_training_steps_total"), progress["step"])
        self.assertEqual(rise("percept_training_instances_total"), progress["instances"])
        self.assertEqual(rise("percept_snapshots_published_total"), progress["snapshot_count"])
        self.assertEqual(rise("percept_job_queue_wait_seconds_count"), 1)
        self.assertEqual(rise("percept_rpcs_total", method="JobService/CreateJob", code="OK"), 1)
        self.assertEqual(rise("percept_rpc_duration_seconds_count", method="JobService/CreateJob"), 1)
        for durability in ("crash", "power_failure"):
            self.assertGreater(rise("percept_store_commit_seconds_count", durability=durability), 0)
        self.assertGreater(rise("percept_http_requests_total", kind="metrics", code="2xx"), 0)
        self.assertGreater(after("process_cpu_seconds_total"), before("process_cpu_seconds_total"))

        info = self.as_user("stu", "server", "info", "--json").objects[0]
        self.assertEqual(after("percept_workers"), info["workers"])
        self.assertEqual(after("percept_datasets"), info["datasets"])
        self.assertEqual(after("percept_build_info", version=info["version"],
                               instruction_set=info["instruction_set"],
                               engine_revision=str(info["engine_revision"])), 1)
        self.assertGreater(after("percept_store_bytes"), 0)
        self.assertGreater(after("percept_disk_free_bytes"), 0)
        self.assertGreater(info["cpu_time"], 0)
        self.assertGreater(info["processors"], 0)
        self.assertRegex(self.as_user("stu", "server", "info").out, r"(?m)^ *load +[\d.]+ of \d+ processor")
        named = " ".join(value for labels in after.labels().values() for values in labels.values()
                         for value in values)
        for secret in ("stu", "points", job["name"].removeprefix("jobs/"), *self.tokens.values()):
            self.assertNotIn(secret, named.split())

    def test_viewers_are_in_the_figures(self):
        def left():
            page = self.scrape()
            key = ("percept_rpcs_total", (("code", "CANCELLED"),
                                          ("method", "SnapshotService/WatchSnapshots")))
            return page.samples.get(key, 0)

        before = left()
        submitted = self.as_user("stu", "train", "mlp", "--dataset", "points", "--detach", *ENDLESS)
        self.assertEqual(submitted.code, OK, submitted.err)
        job = submitted.out.strip()
        watch = subprocess.Popen(
            cli.percept("job", "watch", job, "--json"), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=environment(self.home, PERCEPT_SERVER=self.server.address,
                            PERCEPT_TOKEN=self.tokens["stu"]))
        try:
            self.await_true(lambda: self.scrape()("percept_viewers", kind="watch") == 1)
            self.assertEqual(self.as_user("stu", "server", "info", "--json").objects[0]["open_streams"], 1)
            seen = self.scrape()("percept_fan_out_seconds_count")
            self.await_true(lambda: self.scrape()("percept_fan_out_seconds_count") > seen)
            self.assertEqual(self.scrape()("percept_jobs", state="running"), 1)
        finally:
            watch.kill()
            watch.wait()
        self.await_true(lambda: self.scrape()("percept_viewers", kind="watch") == 0)
        self.assertEqual(self.as_user("stu", "job", "cancel", job).code, OK)
        self.await_true(lambda: self.scrape()("percept_jobs", state="running") == 0)
        self.assertEqual(left(), before + 1)
        self.await_true(lambda: self.scrape()("percept_rpcs_in_flight") == 0)

    def test_a_call_has_the_id_that_its_caller_gave(self):
        answer = self.ask("ServerService/GetServerInfo", "stu", x_request_id="lab-7.a_B")
        self.assertEqual(answer["x-request-id"], "lab-7.a_B")
        for unsafe in ("a b", 'a"b', "a" * 65):
            answer = self.ask("ServerService/GetServerInfo", "stu", x_request_id=unsafe)
            self.assertRegex(answer["x-request-id"], r"\A[0-9a-z]{10}\Z")
        first, second = (self.ask("ServerService/GetServerInfo", "stu")["x-request-id"] for _ in range(2))
        self.assertNotEqual(first, second)

    def test_grpc_tells_the_id_in_its_first_metadata(self):
        header = f"authorization: Bearer {self.tokens['stu']}"
        called = BufCurl(self.server, self.folder).run(
            "percept.v1.ServerService/GetServerInfo", "--verbose", "--reflect-header", header,
            "--header", header, "--header", "x-request-id: lab-8", data={})
        self.assertEqual(called.returncode, 0, called.stderr)
        self.assertRegex(called.stderr, r"(?mi)^buf: < .#\d+. x-request-id: lab-8$")

    def test_log_lines_name_the_call_they_are_about(self):
        self.assertEqual(self.as_user("ada", "server", "log-level", "debug").code, OK)
        self.addCleanup(lambda: self.as_user("ada", "server", "log-level", "info"))
        self.ask("JobService/CreateJob", "stu", x_request_id="no-spec")
        self.await_true(lambda: self.logged(message="call ended", request_id="no-spec"))
        line, = self.logged(message="call ended", request_id="no-spec")
        self.assertEqual(
            {key: line[key] for key in ("level", "user", "role", "method", "code", "peer")},
            {"level": "debug", "user": "stu", "role": "student", "method": "JobService/CreateJob",
             "code": "INVALID_ARGUMENT", "peer": "127.0.0.1"})
        self.ask("AccessService/OpenClassLink", "ina", x_request_id="open-1")
        line, = self.logged(message="the class link was opened", request_id="open-1")
        self.assertEqual(line["by"], "ina")
        self.ask("AccessService/CloseClassLink", "ina")

    def test_log_level(self):
        shown = self.as_user("stu", "server", "log-level")
        self.assertEqual((shown.code, shown.out), (OK, "info\n"))
        for name in ("stu", "ina"):
            refused = self.as_user(name, "server", "log-level", "debug")
            self.assertEqual(refused.code, NOT_ALLOWED)
            self.assertIn("SetLogLevel needs at least admin", refused.err)
        wrong = self.as_user("ada", "server", "log-level", "loud")
        self.assertEqual(wrong.code, REFUSED)
        self.assertIn('level: must be one of trace, debug, info, warn, error, off, got "loud"', wrong.err)
        changed = self.as_user("ada", "--json", "server", "log-level", "warn")
        self.assertEqual(changed.objects, [{"level": "warn", "previous_level": "info"}])
        self.assertEqual(self.as_user("stu", "server", "info", "--json").objects[0]["log_level"], "warn")
        self.assertEqual(self.as_user("ada", "server", "log-level", "info").code, OK)

    def test_who_did_what_is_on_record(self):
        submitted = self.as_user("stu", "train", "mlp", "--dataset", "points", "--epochs", "1", "--detach")
        self.assertEqual(submitted.code, OK, submitted.err)
        job = submitted.out.strip()
        line, = self.audited(resource=job)
        self.assertEqual(set(line), {"time", "level", "message", "user", "role", "method", "resource",
                                     "code", "request_id", "peer"})
        self.assertLess({"level": "audit", "user": "stu", "role": "student",
                         "method": "JobService/CreateJob", "code": "OK"}.items(), line.items())
        self.assertRegex(line["peer"], r"\Aipv4:127\.0\.0\.1\Z")
        self.assertEqual(self.as_user("vera", "job", "get", job).code, OK)
        self.assertEqual(self.as_user("vera", "job", "delete", job).code, NOT_ALLOWED)
        self.assertEqual(self.as_user("ina", "job", "share", job, "public").code, OK)
        self.assertEqual([(line["user"], line["method"], line["code"])
                          for line in self.audited(resource=job)[1:]],
                         [("vera", "JobService/DeleteJob", "PERMISSION_DENIED"),
                          ("ina", "JobService/ShareJob", "OK")])
        self.assertEqual(len(self.audited(message="user command", method="add", code="OK")), 4)
        self.assertEqual(self.audited(resource="users/ada")[0]["message"], "user command")
        self.assertEqual(len(self.audited(method="DatasetService/CreateDataset",
                                          resource="datasets/points")), 1)

    def test_the_record_is_whole_and_holds_no_token(self):
        self.run_cli("job", "delete", "x", PERCEPT_TOKEN="percept_nonsense")
        text = self.audit_log.read_text(encoding="utf-8")
        self.assertNotIn("percept_", text)
        self.assertEqual(self.audited(user=""), [])
        self.assertEqual(stat.S_IMODE(self.audit_log.stat().st_mode), 0o600)
        self.assertEqual(self.logged(level="audit"), [])
        with self.assertRaises(perceptd.StartFailed) as failed:
            perceptd.start(Path(self.folder, "other"), "--audit-log", str(Path(self.folder, "no", "log")))
        self.assertEqual(failed.exception.exit_code, LOCAL)
        self.assertIn("--audit-log: cannot write to", failed.exception.log)


if __name__ == "__main__":
    unittest.main()
