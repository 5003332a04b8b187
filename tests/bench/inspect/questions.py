#!/usr/bin/env python3
"""Measures what questions about trained models cost, beside NumPy.

Each question is answered in percept_questions' own process, by a perceptd over loopback, which is
asked twice, and by NumPy, in turn; then one grid is asked for by many viewers at once, and a job
trains beside explorations and attacks. All on two cores. Needs perceptd, percept_questions and
percept_job_client in build/release/bin; script/bench builds them. Run it with a Python that has
NumPy.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # As ours, which take one thread.
import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "jobs"))
from numpy_questions import Questions  # noqa: E402
from processes import ASSETS, BIN, CORES, Lines, foreign_seconds  # noqa: E402
from runs import MNIST, run, spec_of  # noqa: E402

QUESTIONS = {
    "grid": "grid of 256 x 256 cells, 2-3-2",
    "explore": "explore from a point of xor, 2-3-2",
    "attack": "attack, a 4 to a 9, 784-64-10",
    "confusion": "confusion of 10,000 images, 784-64-10",
    "latent": "latent space of 1,000 images, 64 units",
    "weights": "64 weight images of 28 x 28",
}
GRID_GOAL = 2e-3  # Seconds, on the server.
VIEWERS = 200
CLIENTS = 8
_, TRAINING = run("", "mnist", "mlp",
                  **{**MNIST, "epochs": 40, "evaluate": False, "report_frequency": 10**9})
LEGEND = """
Questions about a trained network: milliseconds (medians of {rounds})
here:   answered by the server's code, alone, on one thread
first:  asked of a server over loopback, about a snapshot it was not asked about before
again:  the same asked once more, which the server keeps
ratio:  NumPy (one thread) / here; what both found is compared first
"""


def mnist_validation():
    images = np.fromfile(ASSETS / "mnist/t10k-images-idx3-ubyte", np.uint8)[16:]
    labels = np.fromfile(ASSETS / "mnist/t10k-labels-idx1-ubyte", np.uint8)[8:]
    return images.reshape(-1, 784), labels.astype(np.int64)


def seconds(what, *arguments):
    start = time.perf_counter()
    what(*arguments)
    return time.perf_counter() - start


def show_questions(ours, numpy_questions, rounds):
    print(LEGEND.format(rounds=rounds))
    print(f"{'':42}{'here':>9}{'first':>9}{'again':>9}{'NumPy':>9}{'ratio':>8}")
    for name, title in QUESTIONS.items():
        taken = {"here": [], "first": [], "again": [], "numpy": []}
        for number in range(rounds + 1):
            answer = ours.ask(question=name, rounds=1)
            if number == 0:  # Fills caches.
                if not numpy_questions.check(name, answer["found"]):
                    raise RuntimeError(f"{name}: NumPy finds something else")
                continue
            for key in ("here", "first", "again"):
                taken[key] += answer[key]
            taken["numpy"].append(seconds(getattr(numpy_questions, name), answer["found"]))
        here, first, again, numpy = (statistics.median(taken[key]) for key in taken)
        goal = ""
        if name == "grid":
            goal = f"   under {GRID_GOAL * 1e3:.0f}: {'met' if here < GRID_GOAL else 'MISSED'}"
        print(f"{title:42}{here * 1e3:9.3f}{first * 1e3:9.3f}{again * 1e3:9.3f}{numpy * 1e3:9.3f}"
              f"{numpy / here:8.1f}{goal}", flush=True)


def show_viewers(ours):
    cost = ours.ask(viewers=VIEWERS)
    one, together = cost["one"], cost["all"]
    print(f"""
A grid of 256 x 256 cells of 2-256-256-2: seconds until the last has it, and the server's processor time
  one viewer      {one['passed']:8.3f}{one['processor']:8.2f}
  {VIEWERS} at once     {together['passed']:8.3f}{together['processor']:8.2f}   \
if each were computed: {VIEWERS * one['processor']:.1f}""", flush=True)


def training_seconds(client):
    """From a job's start to its end."""
    job = client.ask(submit=spec_of(TRAINING))
    ended = client.ask(follow=job["name"])
    return ended["end_time"] - ended["start_time"]


def show_training(ours, address, rounds):
    alone, beside, paths = [], [], 0
    with Lines(BIN / "percept_job_client", address) as client:
        training_seconds(client)
        for _ in range(rounds):
            alone.append(training_seconds(client))
            ours.ask(load=CLIENTS)
            beside.append(training_seconds(client))
            paths += ours.ask(load=0)["paths"]
    alone, median = statistics.median(alone), statistics.median(beside)
    print(f"""
Training 784-64-10 for 40 epochs beside {CLIENTS} clients that explore and attack without pause, two cores:
  seconds alone {alone:.2f}, beside them {median:.2f}: {alone / median:.0%} of the speed, with \
{paths / sum(beside):.0f} paths of 1,000 steps a second""", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="repetitions, default 7")
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES)
    start, foreign = time.monotonic(), foreign_seconds()
    with tempfile.TemporaryDirectory() as folder, Lines(BIN / "percept_questions", folder) as ours:
        address = ours.answer()["address"]
        show_questions(ours, Questions(folder, *mnist_validation()), options.rounds)
        show_viewers(ours)
        show_training(ours, address, min(options.rounds, 3))
    share = max(0, foreign_seconds() - foreign) / (time.monotonic() - start)
    print(f"\nOther programs kept {share:.2f} cores busy meanwhile; they slow what is measured.")


if __name__ == "__main__":
    main()
