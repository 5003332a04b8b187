#!/usr/bin/env python3
"""Measures what access control costs viewers of a real perceptd: the same server with and without,
in turns, so that what else the machine does falls on both.

Needs perceptd, percept and percept_viewers in build/release/bin; script/bench builds them.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[1] / "jobs"), str(HERE.parents[2] / "support")]
from processes import BIN, CORES, Lines, foreign_seconds, processor_seconds, \
    start_server  # noqa: E402

from certificates import Authority  # noqa: E402
from command_line import CommandLine  # noqa: E402

GOAL = 0.95  # Of the throughput without.
JOB = ["--hidden", "3", "--optimizer", "adam", "--batch-size", "5", "--report-frequency", "5",
       "--no-evaluate", "--detach"]
STEPS_PER_EPOCH = 80  # Of the data set xor, and as many snapshots.


def new_user(users):
    """Makes a user who may do everything; the token."""
    return subprocess.run([BIN / "perceptd", "--auth-file", users, "user", "add", "ann", "--role",
                           "admin"], check=True, capture_output=True, text=True).stdout.strip()


class Way:
    """A server that is reached in one way, with a job that has ended, and its viewers."""

    def __init__(self, name, folder, snapshots, arguments=(), scheme="", ca=None, token=None):
        folder.mkdir()
        self.name, self.rates, self.costs = name, [], []
        self._server = start_server(folder, arguments=arguments)
        address = scheme + self._server.address
        self._viewers = Lines(BIN / "percept_viewers", address, *([ca] if ca else []),
                              *([token] if token else []))
        command = CommandLine(self._server, folder, PERCEPT_SERVER=address,
                              **({"PERCEPT_TLS_CA": str(ca)} if ca else {}),
                              **({"PERCEPT_TOKEN": token} if token else {}))
        command.run("dataset", "create", "xor", "--generator", "xor")
        self._job = command.run("train", "mlp", "--dataset", "xor", *JOB, "--epochs",
                                snapshots // STEPS_PER_EPOCH)[-1]["name"]
        command.run("job", "watch", self._job, "--latest")

    def replay(self, count):
        """Has all snapshots sent to each of the viewers."""
        before = processor_seconds(self._server)
        self._viewers.ask(watch=self._job, viewers=count, start_index=0)
        start = time.monotonic()
        seen = self._viewers.ask(take=120)
        self.rates.append(seen["snapshots"] / (time.monotonic() - start))
        total = count * self._viewers.ask(job=self._job)["snapshots"]
        self.costs.append((processor_seconds(self._server) - before) / total * 1e6)
        if seen["ended"] != count:
            raise RuntimeError(f"some viewers did not come to the end of {self._job}")
        self._viewers.ask(leave=True)

    def close(self):
        self._viewers.__exit__(None, None, None)
        self._server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=100, help="default 100")
    parser.add_argument("--snapshots", type=int, default=20_000, help="of the job; default 20000")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES)
    start, foreign = time.monotonic(), foreign_seconds()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority = Authority(folder / "authority")
        certificate, key = authority.issue("server")
        users = folder / "users"
        ways = [Way("plain", folder / "plain", options.snapshots),
                Way("TLS", folder / "tls", options.snapshots,
                    ("--tls-cert", str(certificate), "--tls-key", str(key)), "https://",
                    authority.certificate),
                Way("both", folder / "both", options.snapshots,
                    ("--tls-cert", str(certificate), "--tls-key", str(key), "--auth-file", str(users),
                     "--max-streams-per-caller", "0"), "https://", authority.certificate,
                    new_user(users))]
        print(f"{options.viewers} viewers to each of which {options.snapshots:,} stored snapshots' "
              f"metrics are sent, {options.rounds} rounds in turns, medians")
        for _ in range(options.rounds):
            for way in ways:
                way.replay(options.viewers)
        for way in ways:
            way.close()
    print(f"{'':8}{'snapshots/s':>14}{'of plain':>10}{'server s per million':>23}{'of plain':>10}")
    rate, cost = (statistics.median(part) for part in (ways[0].rates, ways[0].costs))
    for way in ways:
        way_rate, way_cost = statistics.median(way.rates), statistics.median(way.costs)
        print(f"{way.name:8}{way_rate:14,.0f}{way_rate / rate:10.1%}{way_cost:23.2f}"
              f"{way_cost / cost:10.1%}")
    ratio = statistics.median(ways[-1].rates) / rate
    print(f"Goal: at least {GOAL:.0%} of the throughput; {'met' if ratio >= GOAL else 'missed'}")
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs kept {share:.2f} cores busy meanwhile; they slow what is measured.")


if __name__ == "__main__":
    main()
