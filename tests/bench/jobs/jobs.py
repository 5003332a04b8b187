#!/usr/bin/env python3
"""Measures whole jobs in a real perceptd: where their time goes, and jobs side by side.

Needs perceptd, percept, percept_workload and percept_job_client in build/release/bin.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/support"))
import perceptd  # noqa: E402
from command_line import CommandLine  # noqa: E402

BIN = ROOT / "build/release/bin"
SETS = ("two-normals", "two-class", "three-class", "xor", "bullseye")


class Lines:
    """A program that answers a line of JSON with a line of JSON."""

    def __init__(self, *command):
        self._process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def run(title, dataset, model, **training):
    """A run of the notebook, as the bare loop's workload."""
    return title, {"dataset": dataset, "model": model, **training}


MNIST = {"hidden": [64], "epochs": 5, "batch_size": 100, "learning_rate": 0.1}
XOR = {"hidden": [3], "optimizer": "adam", "learning_rate": 0.01, "epochs": 5, "batch_size": 5,
       "report_frequency": 10}
LINEAR = {"learning_rate": 0.05, "epochs": 5, "batch_size": 10, "report_frequency": 10}
RUNS = (
    run("perceptron two-normals", "two-normals", "perceptron", learning_rate=1, iterations=200),
    run("perceptron MNIST 1v0", "mnist-1v0", "perceptron", learning_rate=1, iterations=1000),
    run("multiperceptron three-class", "three-class", "multiperceptron", epochs=2, batch_size=10),
    run("multiperceptron two-class", "two-class", "multiperceptron", epochs=2, batch_size=10),
    run("multiperceptron MNIST", "mnist", "multiperceptron", epochs=2, batch_size=100),
    run("multiperceptron xor", "xor", "multiperceptron", **LINEAR),
    run("multiperceptron bullseye", "bullseye", "multiperceptron", **LINEAR),
    run("MLP 2-3-2 xor", "xor", "mlp", **XOR),
    run("MLP 2-3-2 bullseye", "bullseye", "mlp", **XOR),
    run("MLP 784-64-10 MNIST", "mnist", "mlp", **MNIST),
    run("  without evaluation", "mnist", "mlp", evaluate=False, **MNIST),
    run("  evaluated at each batch", "mnist", "mlp", evaluate_every=1, **MNIST),
)


def spec_of(workload):
    """The same run as percept.v1.JobSpec."""
    spec = {"dataset": "datasets/" + workload["dataset"]}
    if workload["model"] == "perceptron":
        spec["perceptron"] = {k: workload[k] for k in ("learning_rate", "iterations")}
        return spec
    mlp = workload["model"] == "mlp"
    spec[workload["model"]] = {"hidden_units": workload["hidden"]} if mlp else {}
    training = {k: v for k, v in workload.items()
                if k in ("learning_rate", "epochs", "batch_size", "report_frequency",
                         "evaluate_every")}
    if not workload.get("evaluate", True):
        training["no_evaluate"] = True
    if workload.get("optimizer") == "adam":
        training["adam"] = {}
    return {**spec, "training": training}


def status(server, field):
    """A figure of the server's process in KiB."""
    text = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(rf"^{field}:\s+(\d+)", text, re.M).group(1))


def phases(server, name):
    """Seconds of loading, training and storing, as the server's log has them."""
    job = name.split("/")[1]
    line = rf"job ended job={job} .*loading=(\S+) training=(\S+) storing=(\S+)"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if (found := re.search(line, server.log())) is not None:
            return tuple(map(float, found.groups()))
        time.sleep(0.005)  # The client learns of the end before the log does.
    raise RuntimeError(f"the log does not show the end of {name}")


def whole_job(server, client, workload):
    """Seconds from submission to end, and of its parts, which sum up to them."""
    sent = client.ask(submit=spec_of(workload))
    end = client.ask(follow=sent["name"])
    load, train, store = phases(server, sent["name"])
    return {"total": end["ended"] - sent["sent"],
            "request": end["create_time"] - sent["sent"],
            "queue": end["start_time"] - end["create_time"],
            "begin": end["run_time"] - load - train - store,
            "load": load, "train": train, "store": store,
            "end": end["ended"] - end["start_time"] - end["run_time"]}


PARTS = ("total", "request", "queue", "begin", "load", "train", "store", "end")


def show_whole_jobs(server, client, bare, rounds):
    first = {title: whole_job(server, client, workload)["total"] for title, workload in RUNS}
    seen = {title: [] for title, _ in RUNS}
    alone = {title: [] for title, _ in RUNS}
    for _ in range(rounds):
        for title, workload in RUNS:
            alone[title].append(bare.ask(**workload)["seconds"])
            seen[title].append(whole_job(server, client, workload))
    print("Whole jobs, milliseconds (medians; first: of the first of its kind)")
    print(f"{'':28}{'bare':>9}{'first':>9}" + "".join(f"{part:>9}" for part in PARTS))
    for title, _ in RUNS:
        row = [statistics.median(alone[title]), first[title]]
        row += [statistics.median(job[part] for job in seen[title]) for part in PARTS]
        print(f"{title:28}" + "".join(f"{seconds * 1e3:9.2f}" for seconds in row), flush=True)


def together(client, specs):
    """Seconds from the first submission to the end of the last of these jobs."""
    sent = [client.ask(submit=spec) for spec in specs]
    ends = [client.ask(follow=job["name"])["end_time"] for job in sent]
    return max(ends) - sent[0]["sent"]


def show_side_by_side(client, rounds):
    wide = {**MNIST, "hidden": [256], "epochs": 2}
    print("\nJobs side by side on two workers, seconds")
    print(f"{'':28}{'alone':>9}{'two':>9}{'speed-up':>9}{'eight':>9}{'loss':>9}")
    for title, workload in (
            run("784-64-10, no evaluation", "mnist", "mlp", evaluate=False, **MNIST),
            run("784-64-10, default", "mnist", "mlp", **MNIST),
            run("784-256-10, no evaluation", "mnist", "mlp", evaluate=False, **wide)):
        spec = spec_of(workload)
        alone, two, eight = (statistics.median(together(client, [spec] * jobs)
                                               for _ in range(rounds)) for jobs in (1, 2, 8))
        print(f"{title:28}{alone:9.3f}{two:9.3f}{2 * alone / two:9.2f}{eight:9.3f}"
              f"{eight / (4 * alone) - 1:9.1%}", flush=True)


def show_idle(server):
    def ticks():
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    before = ticks()
    time.sleep(2)
    print(f"\nIdle: {(ticks() - before) * 10} ms of processor time in 2 s; "
          f"peak memory so far {status(server, 'VmHWM') / 1024:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, default 5")
    rounds = parser.parse_args().rounds
    assets = ROOT / "build/assets"
    with tempfile.TemporaryDirectory() as folder, \
            perceptd.start(Path(folder, "data"), "--workers", "2",
                           "--assets-dir", str(assets)) as server:
        print(f"Memory of an idle server: {status(server, 'VmHWM') / 1024:.0f} MiB\n")
        command = CommandLine(server, folder)
        for name in SETS:
            command.run("dataset", "create", name, "--generator", name)
        command.run("dataset", "create", "mnist-1v0", "--binary", "mnist", "--positive", 1,
                    "--negative", 0)
        client = Lines(BIN / "percept_job_client", server.address)
        bare = Lines(BIN / "percept_workload", f"--mnist={assets}/mnist")
        show_whole_jobs(server, client, bare, rounds)
        show_side_by_side(client, rounds)
        show_idle(server)
        client.close()
        bare.close()


if __name__ == "__main__":
    main()
