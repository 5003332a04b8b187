#!/usr/bin/env python3
"""Measures the dashboard's pages in Chromium: first paint, frames while scrubbing and scrolling.

Needs perceptd, percept and percept_job_client in build/release/bin, the built dashboard, Node and
Chromium; script/bench brings them. Where the browser has no graphics card, as here, it draws on the
processor, and the 3-D view above all is slower than on a lecturer's machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "jobs"))
from processes import ASSETS, foreign_seconds, job_client, perceptd  # noqa: E402

from command_line import CommandLine  # noqa: E402

JOBS = 10_000
PAINT_GOAL = 1000  # Milliseconds.
FRAME_GOAL = 1000 / 60
XOR = ["--hidden", "3", "--activation", "tanh", "--optimizer", "adam", "--learning-rate", "0.01",
       "--batch-size", "5", "--epochs", "5", "--report-frequency", "10"]
MNIST = ["--hidden", "64", "--batch-size", "100", "--epochs", "5", "--report-frequency", "1000"]
WAITING = {"dataset": "datasets/mnist", "multiperceptron": {}, "training": {"epochs": 1}}
LEGEND = """
One browser, on a page of 1440 x 900; milliseconds
first paint: until something is to be seen, with nothing cached; the others: between two frames"""


def train(command, *arguments):
    return command.run("train", "mlp", *arguments, "--detach")[-1]["name"]


def await_ends(client, jobs):
    for job in jobs:
        state = client.ask(follow=job)["state"]
        if state != "JOB_STATE_SUCCEEDED":
            raise RuntimeError(f"{job} ended as {state}")


def runs_to_look_at(command, client):
    command.run("dataset", "create", "xor", "--generator", "xor")
    runs = [train(command, "--dataset", "xor", *XOR), train(command, "--dataset", "mnist", *MNIST)]
    await_ends(client, runs)
    return [name.split("/")[1] for name in runs]


def fill_table(client):
    """Jobs that wait, behind one that has the only worker."""
    client.ask(submit={**WAITING, "training": {"epochs": 100_000}})
    for _ in range(JOBS - 3):
        client.ask(submit=WAITING)


def show(name, p50, p99, most):
    goal = PAINT_GOAL if name == "first paint" else FRAME_GOAL
    met = "met" if p50 <= goal * 1.01 else "missed"
    print(f"{name:26}{p50:8.1f}{p99:8.1f}{most:8.1f}{goal:7.1f} {met}", flush=True)


def measure(address, *arguments):
    with subprocess.Popen(["node", HERE / "pages.mjs", f"http://{address}", *arguments],
                          stdout=subprocess.PIPE, text=True) as measured:
        for line in measured.stdout:
            show(**json.loads(line))
    if measured.returncode != 0:
        raise RuntimeError("the pages could not be measured")


def main():
    start, foreign = time.monotonic(), foreign_seconds()
    with tempfile.TemporaryDirectory() as folder, perceptd.start(
            Path(folder, "data"), "--workers", "1", "--assets-dir", str(ASSETS),
            "--max-queued-jobs", str(JOBS), "--max-queued-jobs-per-owner", str(JOBS)) as server, \
            job_client(server) as client:
        address = (server.data_dir / "http-address").read_text(encoding="utf-8").strip()
        runs = runs_to_look_at(CommandLine(server, folder), client)
        print(LEGEND)
        print(f"{'':26}{'50%':>8}{'99%':>8}{'most':>8}{'goal':>7}", flush=True)
        measure(address, "runs", *runs)
        fill_table(client)
        measure(address, "table", str(JOBS))
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs, the browser among them, kept {share:.2f} cores busy meanwhile.")


if __name__ == "__main__":
    main()
