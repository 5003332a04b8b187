#!/usr/bin/env python3
"""Measures streams to viewers of a real perceptd, beside the goals, all on two cores.

How old a snapshot is when viewers receive it, what they cost training, processor time and memory,
and how fast stored snapshots are replayed. Needs perceptd, percept, percept_viewers and
percept_bare_server in build/release/bin; script/bench builds them.
"""

import argparse
import datetime
import os
import re
import resource
import statistics
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
CROWDS = ((1, "library"), (100, "wire"), (100, "library"), (1000, "wire"), (1000, "library"))
TRAINING_GOAL = 0.95  # Share of the speed that the processor time left over allows.
SETTLING = 1  # Seconds until all viewers have come to the newest.
ROUNDS = 8  # In each: training alone, then beside viewers, since the machine's speed drifts.
MEMORY_GOAL = 32  # KiB a viewer.
REPLAY_GOAL = 200_000  # Snapshots a second.
SECTIONS = ("viewers", "memory", "replay")
WHOLE_WINDOW = 60  # Snapshots, with which all is there that a server keeps of a job's newest.
WHOLE_JOB = ["--hidden", "64", "--batch-size", "100", "--epochs", "100000", "--no-evaluate"]
LEGEND = f"""
Viewers of one job (784-64-10, MNIST, no evaluation, about {SNAPSHOTS_PER_SECOND} snapshots a second)
by:       gRPC's library, as the command line; or the wire: as little as a watch needs, so that the
          two cores serve a thousand viewers more than they are them
age:      of a snapshot when it is received, from when it was published and from when the trainer
          took it, of which storing it is most; milliseconds
training: its speed against that without viewers; left: the processor time that it had, against the
          same; of it: the one by the other
server:   processor time that sending took, of a core; viewers: receiving"""


def resident_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
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


def quantile(ages, share):
    """In milliseconds."""
    return ages[int(share * (len(ages) - 1))] * 1e3


def ages_of(messages, server, job):
    """Of all messages: from when they were published, and from when they were taken."""
    line = rf"^(\S+) debug +snapshots are published job={job.split('/')[1]} first=(\d+) last=(\d+)$"
    published = {}
    for time_text, first, last in re.findall(line, server.log(), re.M):
        moment = datetime.datetime.strptime(time_text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
        published.update(dict.fromkeys(range(int(first), int(last) + 1), moment))
    return [(received - published[index], received - taken)
            for index, taken, received in messages]


def show_viewers(server, viewers, command, seconds, counts):
    _, frequency = measure_speed(command, server, viewers, seconds)
    print(LEGEND)
    print(f"{'viewers':>8} {'by':8}{'snap./s':>8} {'published 50%':>14}{'99%':>8}{'goal':>6}{'':7}"
          f"{'taken 50%':>10}{'99%':>8}{'training':>10}{'left':>8}{'of it':>8}{'server':>8}"
          f"{'viewers':>9}")
    for count, by in (crowd for crowd in CROWDS if crowd[0] in counts):
        alone, beside, ages = compare(
            lambda *crowd: watch(command, server, viewers, crowd, seconds / ROUNDS),
            count, by, frequency)
        published, taken = map(sorted, zip(*ages))
        training = beside["instances"] / alone["instances"]
        left = beside["training"] / alone["training"]
        met = "met" if quantile(published, 0.99) < GOALS[count] else "missed"
        print(f"{count:8} {by:8}{beside['snapshots']:8.1f} {quantile(published, 0.5):14.2f}"
              f"{quantile(published, 0.99):8.2f}{GOALS[count]:6} {met:7}{quantile(taken, 0.5):10.2f}"
              f"{quantile(taken, 0.99):8.2f}{training:10.1%}{left:8.1%}{training / left:8.1%}"
              f"{beside['server'] - beside['training']:8.2f}{beside['viewers']:9.2f}", flush=True)
    print(f"Goal: training at least {TRAINING_GOAL:.0%} of what the processor time left to it allows.")


def compare(watch_crowd, count, by, frequency):
    """A second's worth of each, on average over some rounds, of a job alone and of one beside
    viewers; and the ages of what these received."""
    rounds, ages = [], []
    # Training is slower beside viewers: such jobs leave fewer steps between snapshots.
    slowed, _ = watch_crowd(count, by, frequency)
    between = frequency * min(1, slowed["snapshots"] / SNAPSHOTS_PER_SECOND)
    for _ in range(ROUNDS):
        alone, _ = watch_crowd(0, by, frequency)
        beside, received = watch_crowd(count, by, between)
        rounds.append((alone, beside))
        ages += received
    return *({key: statistics.mean(rates[key] for rates in kind) for key in kind[0]}
             for kind in zip(*rounds)), ages


def watch(command, server, viewers, crowd, seconds):
    """What a job and a crowd, so many viewers of a kind and steps between snapshots, do for a while:
    a second's worth of each, and the ages of what was received."""
    count, by, between = crowd
    job = start_job(command, max(100, round(between / 100) * 100))
    await_snapshots(viewers, job, 5)
    viewers.ask(watch=job, viewers=count, by=by, start_index=viewers.ask(job=job)["snapshots"])
    viewers.ask(take=SETTLING)
    window = Window(server, viewers, job)
    viewers.ask(take=SETTLING)  # Nobody has received anything while the window was opened.
    viewers.ask(take=seconds)
    if count == 0:
        time.sleep(SETTLING + seconds)
    rates = window.close()
    ages = ages_of(viewers.ask(messages=True)["messages"], server, job)
    viewers.ask(leave=True)
    command.run("job", "cancel", job)
    return rates, ages


def show_memory(server, viewers, command):
    """On a server that has had no viewers yet."""
    count = max(GOALS)
    job = start_job(command, 60_000)
    await_snapshots(viewers, job, WHOLE_WINDOW)
    memory = viewer_kib(server.process, viewers, count, job, viewers.ask(job=job)["snapshots"])
    command.run("job", "cancel", job)
    with Lines(BIN / "percept_bare_server") as bare, \
            Lines(BIN / "percept_viewers", bare.ask()["address"]) as bare_viewers:
        least = viewer_kib(bare.process, bare_viewers, count, "jobs/any", 0)
    print(f"\nMemory of the server for each of {count} viewers with connections of their own: "
          f"{memory:.1f} KiB; of a server of gRPC's\nwith the same methods that sends a message and "
          f"holds the stream: {least:.1f} KiB"
          f"\nGoal: {MEMORY_GOAL}; {'met' if memory <= MEMORY_GOAL else 'missed'}", flush=True)


def viewer_kib(process, viewers, count, job, start_index):
    """What a server's memory grows by for each of so many viewers."""
    before = resident_kib(process)
    viewers.ask(watch=job, viewers=count, by="wire", start_index=start_index)
    viewers.ask(take=5)
    memory = (resident_kib(process) - before) / count
    viewers.ask(leave=True)
    return memory


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
        viewers.ask(watch=job, viewers=1, start_index=0, by="library")
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
    parser.add_argument("--seconds", type=float, default=40,
                        help="of each measurement, in rounds together; default 40")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS,
                        help="sections to measure")
    parser.add_argument("--viewers", nargs="+", type=int, choices=sorted(GOALS),
                        default=sorted(GOALS), help="how many")
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    start, foreign = time.monotonic(), foreign_seconds()
    for section in options.only:
        # The log says when snapshots are published.
        with tempfile.TemporaryDirectory() as folder, \
                start_server(folder, arguments=("--log-level", "debug")) as server, \
                Lines(BIN / "percept_viewers", server.address) as viewers:
            command = CommandLine(server, folder)
            if section == "viewers":
                show_viewers(server, viewers, command, options.seconds, options.viewers)
            elif section == "memory":
                show_memory(server, viewers, command)
            else:
                show_replay(server, viewers, command, rounds=3)
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs kept {share:.2f} cores busy meanwhile; they slow what is measured.")


if __name__ == "__main__":
    main()
