#!/usr/bin/env python3
"""Measures what browsers wait for and cost, beside the goals, all on two cores.

Browsers are connections that speak the dashboard's protocol, without its pages. Needs perceptd,
percept and percept_viewers in build/release/bin; script/bench builds them.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "streams"), str(HERE.parent / "jobs")]
from processes import BIN, CORES, Lines, foreign_seconds, start_server  # noqa: E402
from streams import Window, await_snapshots, measure_speed, resident_kib, start_job  # noqa: E402

from command_line import CommandLine  # noqa: E402

LOADS = ((200, 20), (1000, 5))  # Browsers, and snapshots a second of the job they watch.
GOAL_MILLIS = 100  # Until 99 % of the browsers have a snapshot.
GOAL_KIB = 64  # Of the server for each browser.
LEGEND = """
Browsers of one job (784-64-10, MNIST, no evaluation), each a subscription over gRPC-Web of its own
age:      of a snapshot when it is received, from when the trainer took it; milliseconds
training: its speed against that without browsers
server:   cores that sending took, HTTP and gRPC together; browsers: cores that receiving took
memory:   of the server for each browser, KiB"""


class Browsers:
    """The crowd of browsers.py, in a process of its own."""

    def __init__(self, address, job, count, start_index, seconds):
        self.process = subprocess.Popen(
            [sys.executable, HERE / "browsers.py", address, job, str(count), str(start_index),
             str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError("the browsers did not come to the newest snapshot")

    def measure(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the browsers were sent away")
        return json.loads(line)

    def leave(self):
        self.process.stdin.close()
        self.process.wait()


class BrowserWindow(Window):
    """As the other, with the browsers' processor time in place of the viewers'."""

    def __init__(self, server, viewers, browsers, job):
        self._browsers = browsers
        super().__init__(server, viewers, job)

    def _look(self):
        look = super()._look()
        stat = Path(f"/proc/{self._browsers.process.pid}/stat").read_text(encoding="utf-8")
        taken = stat.rsplit(")", 1)[1].split()
        look["viewers"] = (int(taken[11]) + int(taken[12])) / os.sysconf("SC_CLK_TCK")
        return look


def address_of(server):
    return (server.data_dir / "http-address").read_text(encoding="utf-8").strip()


def show(server, viewers, command, seconds):
    alone, frequency = measure_speed(command, server, viewers, seconds)
    print(LEGEND)
    print(f"{'browsers':>9}{'snap./s':>9}{'age 50%':>9}{'99%':>8}{'most':>8}{'goal':>6}{'':8}"
          f"{'training':>9}{'server':>8}{'browsers':>10}{'memory':>8}{'goal':>6}")
    for count, per_second in LOADS:
        # Training is slower beside browsers: the second job leaves fewer steps between snapshots. Its
        # browsers find memory that those of the first have left.
        between = frequency * 20 / per_second
        rates, _, memory = watch(command, server, viewers, (count, between), seconds / 2)
        between *= min(1, rates["snapshots"] / per_second)
        rates, seen, _ = watch(command, server, viewers, (count, between), seconds)
        met = "met" if seen["p99"] * 1e3 < GOAL_MILLIS else "missed"
        print(f"{count:9}{rates['snapshots']:9.1f}{seen['p50'] * 1e3:9.2f}{seen['p99'] * 1e3:8.2f}"
              f"{seen['most'] * 1e3:8.1f}{GOAL_MILLIS:6} {met:7}{rates['instances'] / alone:9.1%}"
              f"{rates['server'] - rates['training']:8.2f}{rates['viewers']:10.2f}{memory:8.1f}"
              f"{GOAL_KIB:6}", flush=True)


def watch(command, server, viewers, load, seconds):
    """What a job and `load`, so many browsers and steps between its snapshots, do for a while."""
    count, between = load
    job = start_job(command, max(100, round(between / 100) * 100))
    await_snapshots(viewers, job, 3)
    before = resident_kib(server)
    newest = viewers.ask(job=job)["snapshots"]
    browsers = Browsers(address_of(server), job, count, newest, seconds)
    window = BrowserWindow(server, viewers, browsers, job)
    seen = browsers.measure()
    rates = window.close()
    memory = (resident_kib(server) - before) / count
    browsers.leave()
    command.run("job", "cancel", job)
    return rates, seen, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement, default 10")
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    start, foreign = time.monotonic(), foreign_seconds()
    with tempfile.TemporaryDirectory() as folder, start_server(folder) as server, \
            Lines(BIN / "percept_viewers", server.address) as viewers:
        show(server, viewers, CommandLine(server, folder), options.seconds)
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs kept {share:.2f} cores busy meanwhile; they slow what is measured.")


if __name__ == "__main__":
    main()
