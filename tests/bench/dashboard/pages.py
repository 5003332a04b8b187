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
        if state != "SUCCEEDED":
            raise RuntimeError(f"{job} ended as {state}")


def fill(command, client):
    """Runs to look at, and enough others that wait behind a long one."""
    command.run("dataset", "create", "xor", "--generator", "xor")
    shown = [train(command, "--dataset", "xor", *XOR), train(command, "--dataset", "mnist", *MNIST)]
    await_ends(client, shown)
    client.ask(submit={**WAITING, "training": {"epochs": 100_000}})
    for _ in range(JOBS - 3):
        client.ask(submit=WAITING)
    return [name.split("/")[1] for name in shown]


def show(measured):
    print(LEGEND)
    print(f"{'':26}{'50%':>8}{'99%':>8}{'most':>8}{'goal':>7}")
    for name, figures in measured.items():
        goal = PAINT_GOAL if name == "first paint" else FRAME_GOAL
        met = "met" if figures["p50"] <= goal * 1.01 else "missed"
        print(f"{name:26}{figures['p50']:8.1f}{figures['p99']:8.1f}{figures['most']:8.1f}"
              f"{goal:7.1f} {met}", flush=True)


def main():
    start, foreign = time.monotonic(), foreign_seconds()
    with tempfile.TemporaryDirectory() as folder, perceptd.start(
            Path(folder, "data"), "--workers", "1", "--assets-dir", str(ASSETS),
            "--max-queued-jobs", str(JOBS), "--max-queued-jobs-per-owner", str(JOBS)) as server, \
            job_client(server) as client:
        runs = fill(CommandLine(server, folder), client)
        address = (server.data_dir / "http-address").read_text(encoding="utf-8").strip()
        output = subprocess.run(["node", HERE / "pages.mjs", f"http://{address}", *runs, str(JOBS)],
                                stdout=subprocess.PIPE, check=True, text=True).stdout
        show(json.loads(output))
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs, the browser among them, kept {share:.2f} cores busy meanwhile.")


if __name__ == "__main__":
    main()
