#!/usr/bin/env python3
"""docker/setup.sh, prometheus.yml and the Grafana dashboard before a real Prometheus and perceptd.

Prometheus scrapes by TLS, with the token that setup.sh has made; whatever Grafana's panels ask it has
an answer. Skipped where there is no Prometheus (Debian's package, script/bootstrap --images).
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402

DOCKER = perceptd.ROOT / "docker"
TIMEOUT = 90
# Of a rate; two scrapes must fall into it.
RATE = "20s"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def expressions():
    """Panel and expression of all that the dashboard asks, its variables filled in."""
    dashboard = json.loads((DOCKER / "grafana/percept.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$__rate_interval", RATE).replace(
                "$instance", ".*")


@unittest.skipIf(shutil.which("prometheus") is None, "script/bootstrap --images installs Prometheus")
class PrometheusTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.etc = self.folder / "etc"
        for name in ("tls", "scrape"):
            (self.etc / name).mkdir(parents=True)

    def here(self, name, **replaced):
        """A copy of a file of docker/ with this test's paths in place of the image's."""
        text = (DOCKER / name).read_text(encoding="utf-8").replace("/etc/percept", str(self.etc))
        for old, new in replaced.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def ask(self, kind, **words):
        url = f"http://127.0.0.1:{self.port}/api/v1/{kind}?{urllib.parse.urlencode(words)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def await_scrape(self):
        """Waits until Prometheus has scraped, and fails with what it says of the target."""
        deadline = time.monotonic() + TIMEOUT
        target = None
        while time.monotonic() < deadline:
            try:
                target = self.ask("targets")["activeTargets"][0]
            except (OSError, IndexError):  # It is not there yet, or has not read the targets.
                time.sleep(0.1)
                continue
            if target["health"] == "up":
                return
            self.assertNotEqual(target["health"], "down", target["lastError"])
            time.sleep(0.1)
        self.fail(f"Prometheus has not scraped: {target}")

    def test_each_panel_has_an_answer(self):
        http = free_port()
        data = self.folder / "data"
        variables = {"PERCEPTD_AUTH_FILE": str(self.folder / "users"), "PERCEPT_HOST": "localhost"}
        percept = perceptd.program("PERCEPT", "build/release/bin/percept")
        programs = Path(perceptd.program("PERCEPTD", "build/release/bin/perceptd")).parent
        said = subprocess.run(
            ["sh", self.here("setup.sh", **{"7880": str(http)})], check=True, capture_output=True,
            text=True, env={**variables, "PATH": f"{programs}:{os.environ['PATH']}"}).stdout
        token = said.split("instructor: ")[1].strip()
        variables |= {"PERCEPTD_HTTP_ADDRESS": f"127.0.0.1:{http}",
                      "PERCEPTD_TLS_CERT": str(self.etc / "tls/cert.pem"),
                      "PERCEPTD_TLS_KEY": str(self.etc / "tls/key.pem")}
        config = self.here("prometheus.yml", **{"scrape_interval: 10s": "scrape_interval: 2s"})
        self.port = free_port()
        with perceptd.start(data, environment=variables) as server, \
                open(self.folder / "prometheus.log", "wb") as log:
            prometheus = subprocess.Popen(
                ["prometheus", f"--config.file={config}",
                 f"--storage.tsdb.path={self.folder / 'tsdb'}",
                 f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log)
            self.addCleanup(prometheus.wait)
            self.addCleanup(prometheus.terminate)
            self.await_scrape()
            subprocess.run(
                [percept, "--server", f"https://localhost:{server.address.rsplit(':', 1)[1]}",
                 "--tls-ca", self.etc / "tls/ca.pem", "--token", token, "train", "mlp", "--dataset",
                 "mnist", "--epochs", "1"],
                check=True, capture_output=True, env={"HOME": str(self.folder)})
            unanswered = list(expressions())
            self.assertGreater(len(unanswered), 20)
            deadline = time.monotonic() + TIMEOUT
            while unanswered and time.monotonic() < deadline:
                unanswered = [each for each in unanswered
                              if not self.ask("query", query=each[1])["result"]]
                time.sleep(0.5)
            self.assertEqual(unanswered, [])


if __name__ == "__main__":
    unittest.main()
