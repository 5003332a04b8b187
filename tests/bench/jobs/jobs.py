#!/usr/bin/env python3
"""Measures whole jobs in a real perceptd, as a client sees them.

Where their time goes and the memory they need, jobs side by side, what waiting costs, and cost at
1, 10 and 100 times the size; then what clients wait for, beside the goals: submissions, stops of
running jobs, and starts and reads with 100,000 jobs stored. All on two cores. Needs perceptd,
percept, percept_workload, percept_job_client and percept_latencies in build/release/bin;
script/bench builds them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

from linear_cost import show_linear_cost
from processes import BIN, CORES, bare_loop, foreign_seconds, job_client, start_server
from runs import DATASETS
from side_by_side import show_side_by_side
from waiting import show_waiting
from whole_jobs import show_command_line, show_whole_jobs

from command_line import CommandLine

COSTS = ("whole", "side", "waiting", "linear")
LATENCIES = ("submit", "stop", "stored")  # Of percept_latencies: latencies.cc.


def make_datasets(folder):
    with start_server(folder) as server:
        command = CommandLine(server, folder)
        for name, how in DATASETS.items():
            command.run("dataset", "create", name, *how)


def measure_costs(sections, rounds, folder, others):
    """`folder` and `others` keep the data of two servers."""
    for each in (folder, others):
        make_datasets(each)
    with start_server(folder) as server, job_client(server) as client, bare_loop() as bare:
        if "whole" in sections:
            show_whole_jobs(others, server, client, bare, rounds)
            show_command_line(server, rounds)
        if "side" in sections:
            show_side_by_side(server, client, bare, rounds)
        if "waiting" in sections:
            show_waiting(others, lambda waiting: CommandLine(waiting, others))
        if "linear" in sections:
            show_linear_cost(server, client, bare, rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="repetitions, default 3")
    parser.add_argument("--only", nargs="+", choices=COSTS + LATENCIES,
                        default=COSTS + LATENCIES, help="sections to measure")
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES)
    start, foreign = time.monotonic(), foreign_seconds()
    if costs := [section for section in COSTS if section in options.only]:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as others:
            measure_costs(costs, options.rounds, folder, others)
    if latencies := [section for section in LATENCIES if section in options.only]:
        sys.stdout.flush()
        subprocess.run([BIN / "percept_latencies", *latencies], check=True)
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs kept {share:.2f} cores busy meanwhile; they slow what is measured.")


if __name__ == "__main__":
    main()
