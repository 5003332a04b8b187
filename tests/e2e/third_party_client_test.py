#!/usr/bin/env python3
"""A client that has never heard of Percept, buf curl, gets along with perceptd by reflection alone.

PERCEPTD and BUF name the two programs; without them those of the build folder are taken.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402
from buf_curl import TIMEOUT, BufCurl  # noqa: E402

# buf curl ends with the gRPC status code times eight.
INVALID_ARGUMENT = 3 * 8
NOT_FOUND = 5 * 8


class ThirdPartyClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        server = perceptd.start(Path(folder.name, "data"))
        cls.addClassCleanup(server.kill)
        cls.curl = BufCurl(server, folder.name)

    def answer(self, method, *flags):
        result = self.curl.run(method, *flags)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def refusal(self, method, request):
        result = self.curl.run(method, data=request)
        self.assertEqual(result.stdout, "")
        return result.returncode, json.loads(result.stderr)

    def test_services_are_listed(self):
        services = self.answer("", "--list-services").split()
        for service in ("grpc.health.v1.Health", "percept.v1.DatasetService",
                        "percept.v1.DemoService", "percept.v1.InspectService",
                        "percept.v1.JobService", "percept.v1.ServerService",
                        "percept.v1.SnapshotService"):
            self.assertIn(service, services)

    def test_methods_are_listed_with_those_of_health(self):
        # Listing methods needs the descriptor of every service that reflection names.
        methods = self.answer("", "--list-methods").split()
        for method in ("grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch",
                       "percept.v1.JobService/CreateJob", "percept.v1.JobService/ListJobs",
                       "percept.v1.SnapshotService/WatchSnapshots"):
            self.assertIn(method, methods)

    def test_health_check_says_serving(self):
        self.assertEqual(
            json.loads(self.answer("grpc.health.v1.Health/Check")), {"status": "SERVING"})

    def test_health_check_of_unknown_service_is_not_found(self):
        exit_code, error = self.refusal("grpc.health.v1.Health/Check", {"service": "no.such.Service"})
        self.assertEqual((exit_code, error["code"]), (NOT_FOUND, "not_found"))

    def test_health_watch_begins_with_the_state(self):
        with subprocess.Popen(
                self.curl.command("grpc.health.v1.Health/Watch"), env=self.curl.environment,
                cwd=self.curl.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL) as watch:
            try:
                self.assertEqual(first_message(watch.stdout), {"status": "SERVING"})
                self.assertIsNone(watch.poll(), "the watch ended after its first message")
            finally:
                watch.kill()

    def test_jobs_of_a_new_server_are_an_empty_list(self):
        self.assertEqual(json.loads(self.answer("percept.v1.JobService/ListJobs")), {})

    def test_negative_page_size_is_an_invalid_argument_that_names_the_field(self):
        exit_code, error = self.refusal("percept.v1.JobService/ListJobs", {"page_size": -1})
        self.assertEqual((exit_code, error["code"]), (INVALID_ARGUMENT, "invalid_argument"))
        self.assertIn("page_size", error["message"])
        self.assertIn("-1", error["message"])

    def test_unknown_job_is_not_found(self):
        exit_code, error = self.refusal("percept.v1.JobService/GetJob", {"name": "jobs/none"})
        self.assertEqual((exit_code, error["code"]), (NOT_FOUND, "not_found"))
        self.assertIn("jobs/none", error["message"])


def first_message(stream):
    """The first JSON document of a pipe that stays open behind it."""
    received = b""
    deadline = time.monotonic() + TIMEOUT
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([stream], [], [], left)[0]:
            break
        part = os.read(stream.fileno(), 4096)
        received += part
        try:
            return json.JSONDecoder().raw_decode(received.decode())[0]
        except json.JSONDecodeError:
            if not part:
                break
    raise AssertionError(f"no message came, only {received!r}")


if __name__ == "__main__":
    unittest.main()
