#!/usr/bin/env python3
"""The files in docker/ fit each other, perceptd and the page on its metrics."""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
METRICS = ROOT / "server/docs/METRICS.md"

# What follows a metric's name in an expression: its labels, as in x{a="b"}.
USE = re.compile(r"\b((?:percept|process)_[a-z_]+)(?:\{([^}]*)\})?")


def read(path):
    with open(DOCKER / path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def documented_metrics():
    """Name: (type, labels with the values that are listed for them)."""
    metrics = {}
    row = re.compile(r"^\| `([a-z_]+)` \| (\w+) \| (.*?) \|", re.MULTILINE)
    for name, kind, labels in row.findall(METRICS.read_text(encoding="utf-8")):
        metrics[name] = (kind, dict(re.findall(r"`([a-z_]+)`(?:: ([^;]*))?", labels)))
    return metrics


class DockerFilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.compose = read("compose.yaml")
        cls.server = cls.compose["services"]["perceptd"]
        cls.help = subprocess.run([perceptd.program("PERCEPTD", "build/release/bin/perceptd"),
                                   "--help"], capture_output=True, text=True, check=True).stdout

    def test_volumes_and_files_that_are_named_are_there(self):
        for name, service in self.compose["services"].items():
            for mount in service.get("volumes", []):
                source = re.sub(r"^\$\{\w+:-([^}]*)\}", r"\1", mount).split(":")[0]
                if source.startswith("."):
                    self.assertTrue((DOCKER / source).exists(), f"{name}: {mount}")
                else:
                    self.assertIn(source, self.compose["volumes"], f"{name}: {mount}")

    def test_variables_are_options_of_perceptd(self):
        dockerfile = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
        named = set(self.server["environment"]) | set(re.findall(r"\bPERCEPTD_\w+", dockerfile))
        self.assertIn("PERCEPTD_TLS_CERT", named)
        for name in named:
            if name.startswith("PERCEPTD_"):
                option = "--" + name.removeprefix("PERCEPTD_").lower().replace("_", "-")
                self.assertRegex(self.help, rf"(?m)^ +{option} ")

    def test_the_server_is_locked_up_and_has_time_to_end(self):
        for name in ("setup", "perceptd"):
            service = self.compose["services"][name]
            self.assertTrue(service["read_only"])
            self.assertEqual(service["cap_drop"], ["ALL"])
        grace = self.server["stop_grace_period"]
        own = self.server["environment"]["PERCEPTD_EXIT_TIMEOUT"]
        self.assertGreater(int(grace.removesuffix("s")), int(own.removesuffix("s")))

    def test_only_percept_is_open_to_others(self):
        for name, service in self.compose["services"].items():
            for port in service.get("ports", []):
                self.assertTrue(name == "perceptd" or port.startswith("127.0.0.1:"), port)

    def test_prometheus_and_grafana_find_what_they_read(self):
        setup = (DOCKER / "setup.sh").read_text(encoding="utf-8")
        (scraped,) = read("prometheus.yml")["scrape_configs"]
        self.assertEqual(scraped["scheme"], "https")
        for path in (scraped["authorization"]["credentials_file"], scraped["tls_config"]["ca_file"],
                     *scraped["file_sd_configs"][0]["files"]):
            folder, name = path.rsplit("/", 1)
            self.assertIn(f"scrape={folder}\n", setup)
            self.assertIn(f"$scrape/{name}", setup)
        (provider,) = read("grafana/provisioning/dashboards/percept.yml")["providers"]
        board = self.board()
        mounts = self.compose["services"]["grafana"]["volumes"]
        self.assertIn(f"./grafana/percept.json:{provider['options']['path']}/percept.json:ro", mounts)
        self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))

    def test_panels_do_not_overlap(self):
        taken = set()
        for panel in self.board()["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                     for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24)
            taken |= cells

    @unittest.skipUnless(METRICS.exists(), "there is no server/docs/METRICS.md")
    def test_metrics_and_labels_that_are_shown_are_served(self):
        metrics = documented_metrics()
        shown = set()
        for panel in self.board()["panels"]:
            for target in panel["targets"]:
                labels = set(re.findall(r"(\w+)", " ".join(
                    re.findall(r"by \(([^)]*)\)", target["expr"])))) - {"le"}
                known = set()
                for use, selected in USE.findall(target["expr"]):
                    name = use.removesuffix("_bucket")
                    self.assertIn(name, metrics, panel["title"])
                    kind, described = metrics[name]
                    self.assertEqual(kind == "histogram", use != name, panel["title"])
                    self.assertEqual(kind == "counter", use.endswith("_total"), panel["title"])
                    known |= set(described)
                    shown.add(name)
                    for label, values in re.findall(r'(\w+)=~?"([^"]*)"', selected):
                        if label != "instance":
                            self.assertIn(label, described, panel["title"])
                            for value in values.split("|"):
                                self.assertIn(f"`{value}`", described[label], panel["title"])
                self.assertLessEqual(labels, known, panel["title"])
        self.assertGreater(len(shown), 10)

    def board(self):
        return json.loads((DOCKER / "grafana/percept.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
