#!/usr/bin/env python3
"""Measures streams to viewers of a real perceptd, beside the goals, all on two cores.

How old a snapshot is when viewers receive it, what they cost training, processor time and memory,
and how fast stored snapshots are replayed. Needs perceptd, percept and percept_viewers in
build/release/bin; script/bench builds them.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "jobs"))
from processes import BIN, CORES, Lines, foreign_seconds, processor_seconds, start_server, \
    thread_seconds  # noqa: E402

from command_line import CommandLine  # noqa: E402

SNAPSHOTS_PER_SECOND = 20  # Of the job that is watched.
GOALS = {1: 2, 100: 10, 1000: 50}  # Viewers: most milliseconds until 99 % have a snapshot.
TRAINING_GOAL = 0.95  # Share of the speed that the processor time left over allows.
MEMORY_GOAL = 32  # KiB a viewer.
REPLAY_GOAL = 200_000  # Snapshots a second.
WHOLE_JOB = ["--hidden", "64", "--batch-size", "100", "--epochs", "100000", "--no-evaluate"]
LEGEND = f"""
Viewers of one job (784-64-10, MNIST, no evaluation, about {SNAPSHOTS_PER_SECOND} snapshots a second)
age:      of a snapshot when it is received, from when the trainer took it: on its way it is stored,
          encoded and sent; milliseconds
training: its speed against that without viewers; allowed: what the cores would let it have beside
          the processor time that sending (server) and receiving (viewers) took; of it: the share
memory:   of the server for each viewer, KiB; each has a connection of its own"""


def resident_kib(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def seconds_of(process):
    """Processor time of another process than the server."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def training_seconds(server):
    return sum(taken for name, taken in thread_seconds(server) if name.startswith("worker"))


class Window:
    """What happens between two moments."""

    def __init__(self, server, viewers, job):
        self._parts = (server, viewers, job)
        self._before = self._look()

    def _look(self):
        server, viewers, job = self._parts
        shown = viewers.ask(job=job)
        return {"time": shown["time"], "instances": shown["instances"],
                "snapshots": shown["snapshots"], "server": processor_seconds(server),
                "training": training_seconds(server), "viewers": seconds_of(viewers.process)}

    def close(self):
        """A second's worth of each."""
        after = self._look()
        time_passed = after["time"] - self._before["time"]
        return {key: (after[key] - self._before[key]) / time_passed
                for key in after if key != "time"}


def start_job(command, report_frequency):
    return command.run("train", "mlp", "--dataset", "mnist", *WHOLE_JOB, "--detach",
                       "--report-frequency", report_frequency)[-1]["name"]


def await_snapshots(viewers, job, count):
    deadline = time.monotonic() + 60
    while viewers.ask(job=job)["snapshots"] < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{job} makes no snapshots")
        time.sleep(0.01)


def measure_speed(command, server, viewers, seconds):
    """Instances a second of the job alone, with as many snapshots as it will have."""
    frequency = 60_000
    for _ in range(2):
        job = start_job(command, frequency)
        await_snapshots(viewers, job, 3)
        window = Window(server, viewers, job)
        time.sleep(seconds)
        speed = window.close()["instances"]
        command.run("job", "cancel", job)
        frequency = max(100, round(speed / SNAPSHOTS_PER_SECOND / 100) * 100)
    return speed, frequency


def show_viewers(server, viewers, command, seconds, counts):
    alone, frequency = measure_speed(command, server, viewers, seconds)
    print(LEGEND)
    print(f"{'viewers':>8}{'snap./s':>9}{'age 50%':>9}{'99%':>8}{'most':>8}{'goal':>6}{'':6}"
          f"{'training':>9}{'allowed':>9}{'of it':>8}{'server':>9}{'viewers':>9}{'memory':>8}")
    for count in counts:
        job = start_job(command, frequency)
        await_snapshots(viewers, job, 5)
        before = resident_kib(server)
        viewers.ask(watch=job, viewers=count, start_index=viewers.ask(job=job)["snapshots"])
        viewers.ask(take=1)  # All have come to the newest.
        window = Window(server, viewers, job)
        seen = viewers.ask(take=seconds)
        rates = window.close()
        memory = (resident_kib(server) - before) / count
        sending = rates["server"] - rates["training"]
        allowed = min(1, len(CORES) - sending - rates["viewers"])
        training = rates["instances"] / alone
        met = "met" if seen["p99"] * 1e3 < GOALS[count] else "missed"
        print(f"{count:8}{rates['snapshots']:9.1f}{seen['p50'] * 1e3:9.2f}{seen['p99'] * 1e3:8.2f}"
              f"{seen['most'] * 1e3:8.1f}{GOALS[count]:6} {met:7}{training:7.1%}{allowed:9.1%}"
              f"{training / allowed:8.1%}{sending:9.2f}{rates['viewers']:9.2f}{memory:8.1f}",
              flush=True)
        viewers.ask(leave=True)
        command.run("job", "cancel", job)
    print(f"Goals: training at least {TRAINING_GOAL:.0%} of what is allowed, memory at most "
          f"{MEMORY_GOAL} KiB. Alone it makes {alone:,.0f} instances a second.")


def show_replay(server, viewers, command, rounds):
    command.run("dataset", "create", "xor", "--generator", "xor")
    job = command.run("train", "mlp", "--dataset", "xor", "--hidden", "3", "--optimizer", "adam",
                      "--batch-size", "5", "--epochs", "12500", "--report-frequency", "5",
                      "--no-evaluate", "--detach")[-1]["name"]
    command.run("job", "watch", job, "--latest")
    count = viewers.ask(job=job)["snapshots"]
    print(f"\nReplay of {count:,} stored snapshots' metrics to one viewer")
    best = 0
    for _ in range(rounds):
        viewers.ask(watch=job, viewers=1, start_index=0)
        start = time.monotonic()
        seen = viewers.ask(take=120)
        taken = time.monotonic() - start
        if seen["ended"] != 1:
            raise RuntimeError(f"the replay did not come to the end of {job}")
        best = max(best, seen["snapshots"] / taken)
        print(f"{seen['snapshots'] / taken:12,.0f} snapshots/s", flush=True)
    viewers.ask(leave=True)
    print(f"Goal: {REPLAY_GOAL:,}; {'met' if best >= REPLAY_GOAL else 'missed'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement, default 10")
    parser.add_argument("--only", nargs="+", choices=("viewers", "replay"),
                        default=("viewers", "replay"), help="sections to measure")
    parser.add_argument("--viewers", nargs="+", type=int, choices=sorted(GOALS),
                        default=sorted(GOALS), help="how many")
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    start, foreign = time.monotonic(), foreign_seconds()
    with tempfile.TemporaryDirectory() as folder, start_server(folder) as server, \
            Lines(BIN / "percept_viewers", server.address) as viewers:
        command = CommandLine(server, folder)
        if "viewers" in options.only:
            show_viewers(server, viewers, command, options.seconds, options.viewers)
        if "replay" in options.only:
            show_replay(server, viewers, command, rounds=3)
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs kept {share:.2f} cores busy meanwhile; they slow what is measured.")


if __name__ == "__main__":
    main()
