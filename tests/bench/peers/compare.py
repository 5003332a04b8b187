#!/usr/bin/env python3
"""Percept's training against NumPy, scikit-learn and PyTorch, workload by workload, in one table.

Usage: compare.py [--cores 1,2] [--rounds N] [--only NAME,...]

After each peer's figure stands how many times as fast we are; TO REACH is what we want against the
best of them. GEMMS is what the bare, dense matrix products alone would allow, by the quickest of
the peers; FLOOR is our share of that, above 1 where skipping zeros does less work. All parties are
pinned to the same cores and given as many threads. In each round they take turns; a figure is the
median of the rounds. Peers run in worker.py, ours in percept_workload, both of which load their
data and libraries beforehand; the small network is a job of a real perceptd. script/bench runs it.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import workloads
from workloads import WORKLOADS

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import command_line  # noqa: E402
import perceptd  # noqa: E402

PEERS = ["numpy", "sklearn", "torch"]
HERE = Path(__file__).resolve().parent
MNIST = perceptd.ROOT / "build/assets/mnist"


class Worker:
    """A process that answers each line with a line of JSON."""

    def __init__(self, command, cores):
        threads = str(len(cores))
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads,
                       "OPENBLAS_NUM_THREADS": threads}
        self._process = subprocess.Popen(
            ["taskset", "-c", ",".join(map(str, cores)), *map(str, command)], text=True,
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended with {self._process.wait()}")
        return json.loads(line)

    def ask(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self.read()
        if "error" in answer:
            raise RuntimeError(f"{line}: {answer['error']}")
        return answer

    def close(self):
        self._process.stdin.close()
        self._process.wait()


class Peer:
    def __init__(self, name, cores):
        self.worker = Worker([sys.executable, HERE / "worker.py", name, len(cores)], cores)
        greeting = self.worker.read()
        self.version, self.models = greeting["version"], greeting["models"]

    def run(self, workload):
        """Instances per second; None for what the peer has not."""
        if workload.model not in self.models:
            return None
        answer = self.worker.ask(f"run {workload.name}")
        return answer["instances"] / answer["seconds"], answer["accuracy"]

    def floor(self, workload):
        """Instances per second of the bare products; None for a peer without products."""
        seconds = self.worker.ask(f"floor {workload.name}")["seconds_per_instance"]
        return None if seconds is None else 1 / seconds

    def close(self):
        self.worker.close()


class Loop:
    """The training loop of perceptd in a process of its own, which keeps no snapshot."""

    def __init__(self, cores):
        program = perceptd.program("PERCEPT_WORKLOAD", "build/release/bin/percept_workload")
        self.worker = Worker([program, f"--mnist={MNIST}"], cores)

    def run(self, workload):
        answer = self.worker.ask(json.dumps(_settings(workload)))
        measured = "training" if workload.model == "perceptron" else "validation"
        return answer["instances"] / answer["seconds"], answer[f"{measured}_accuracy"]

    def close(self):
        self.worker.close()


class Server:
    """Jobs of a real perceptd, which stores every snapshot."""

    def __init__(self, cores):
        self._folder = tempfile.TemporaryDirectory()
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores)  # The server inherits it.
        try:
            self._server = perceptd.start(Path(self._folder.name) / "data", "--workers", "1")
        finally:
            os.sched_setaffinity(0, allowed)
        self._cli = command_line.CommandLine(self._server, self._folder.name)
        self._cli.run("dataset", "create", "xor", "--generator", "xor", "--train", 200,
                      "--validation", 100, "--seed", 1)

    def run(self, workload):
        [job] = self._cli.run("train", *_flags(_settings(workload)), "--detach")
        deadline = time.monotonic() + command_line.TIMEOUT
        while not job["end_time"] and time.monotonic() < deadline:
            time.sleep(0.05)
            [job] = self._cli.run("job", "get", job["name"])
        progress = job["progress"]
        reports = progress["total_instances"] // (workload.batch_size * workload.evaluate_every)
        if job["state"] != "SUCCEEDED" or progress["snapshot_count"] != reports + 1:
            raise RuntimeError(f"{job['name']} ended {job['state']}: {progress}")
        return progress["instances"] / job["run_time"], progress["latest"]["validation_accuracy"]

    def close(self):
        self._server.stop()
        self._folder.cleanup()


def _settings(workload):
    """Of a run, under the names of the specs."""
    settings = {"model": workload.model, "dataset": workload.dataset,
                "learning_rate": workload.learning_rate}
    if workload.model == "perceptron":
        return settings | {"iterations": workload.iterations}
    settings |= {"epochs": workload.epochs, "batch_size": workload.batch_size}
    if workload.model == "mlp":
        settings |= {"hidden": workload.hidden, "activation": workload.activation,
                     "optimizer": workload.optimizer}
    if workload.evaluate_every == 0:
        settings["evaluate"] = False
    elif workload.evaluate_every == 1:
        settings["evaluate_every"] = 1
    else:
        settings["report_frequency"] = workload.evaluate_every * workload.batch_size
    return settings


def _flags(settings):
    """The words after `percept train` that ask for them."""
    flags = [settings["model"]]
    for name, value in settings.items():
        if name == "hidden":
            value = ",".join(map(str, value))
        if name != "model":
            flags += [f"--{name.replace('_', '-')}", value]
    return flags


_LINE = "{:76} {:>9} {:>16} {:>16} {:>16} {:>16} {:>9} {:>7}"


def _figure(rate):
    return f"{rate / 1000:,.1f}"


def _peer_figure(rate, ours):
    """What a peer reached, and how many times that we do."""
    return "-" if rate is None else f"{_figure(rate)} {f'({ours / rate:.1f}x)':>8}"


def _wanted(workload):
    wanted = f"{workload.reach:g}x" if workload.reach else ""
    return wanted + (f", torch {workload.reach_torch:g}x" if workload.reach_torch else "")


class Comparison:
    """All parties on the same cores."""

    def __init__(self, cores):
        self.peers = {name: Peer(name, cores) for name in PEERS}
        self.loop, self.server = Loop(cores), Server(cores)
        self._short = []  # Workloads that did not reach what we want.

    def close(self):
        for party in (*self.peers.values(), self.loop, self.server):
            party.close()

    def row(self, workload, rounds):
        """Prints the medians of some rounds. Returns what each party's accuracy was."""
        ours = self.server if workload.keeps_snapshots else self.loop
        parties = {"percept": ours, **self.peers}
        rates, accuracies = {}, {}
        for _ in range(rounds):
            for name, party in parties.items():
                if (run := party.run(workload)) is not None:
                    rates.setdefault(name, []).append(run[0])
                    accuracies[name] = run[1]
        medians = {name: statistics.median(rates[name]) for name in rates}
        floor = max(floor for peer in self.peers.values()
                    if (floor := peer.floor(workload)) is not None)
        percept = medians["percept"]
        print(_LINE.format(
            workload.title, _figure(percept),
            *(_peer_figure(medians.get(name), percept) for name in PEERS), _wanted(workload),
            _figure(floor), f"{percept / floor:.1f}x"), flush=True)
        ratios = {name: percept / rate for name, rate in medians.items() if name != "percept"}
        if min(ratios.values()) < workload.reach or ratios.get("torch", 1e9) < workload.reach_torch:
            self._short.append(workload)
        return accuracies

    def print(self, chosen, rounds):
        print(_LINE.format("THOUSAND INSTANCES PER SECOND", "PERCEPT", *map(str.upper, PEERS),
                           "TO REACH", "GEMMS", "FLOOR"), flush=True)
        accuracies = {workload.title: self.row(workload, rounds) for workload in chosen}
        for workload in self._short:
            print(f"\nShort of {_wanted(workload)}: {workload.name}")
            print(textwrap.fill(workload.bound, width=100, initial_indent="  ",
                                subsequent_indent="  "))
        print("\nAccuracy at the end (peers stop earlier where only a part was timed)")
        for title, by_party in accuracies.items():
            print(f"{title:76} " + "  ".join(
                f"{name} {'not asked' if accuracy is None else format(accuracy, '.4f')}"
                for name, accuracy in by_party.items()))


def _processor():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _names(text):
    names = text.split(",")
    if unknown := set(names) - {workload.name for workload in WORKLOADS}:
        raise argparse.ArgumentTypeError(f"no such workload: {', '.join(sorted(unknown))}")
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", default="1,2", help="numbers of cores, one table each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", type=_names, help="names of workloads: "
                        + ", ".join(workload.name for workload in WORKLOADS))
    options = parser.parse_args()
    chosen = [workload for workload in WORKLOADS if not options.only
              or workload.name in options.only]
    available = sorted(os.sched_getaffinity(0))
    for number in map(int, options.cores.split(",")):
        if number > len(available):
            print(f"\nskipped: {number} cores, of which this machine has {len(available)}")
            continue
        comparison = Comparison(available[:number])
        try:
            versions = ", ".join(peer.version for peer in comparison.peers.values())
            print(f"\n{number} core(s) and thread(s) each of {_processor()}; {versions};\n"
                  f"medians of {options.rounds} rounds\n")
            comparison.print(chosen, options.rounds)
        finally:
            comparison.close()


if __name__ == "__main__":
    main()
