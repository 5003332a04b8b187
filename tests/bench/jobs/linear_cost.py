"""Throughput at 1, 10 and 100 times the data, the width, the jobs and the snapshots."""

import statistics

from processes import phases
from runs import XOR, spec_of

# A hundred times the work should take a hundred times as long, give or take caches: 60,000 images
# in random order come from further away than 600. Without evaluation, and with no snapshot but the
# first and the last.
UNSEEN = {"evaluate": False, "report_frequency": 10**9}
MNIST = {"dataset": "mnist", "model": "mlp", "batch_size": 100, "learning_rate": 0.1, **UNSEEN}
IMAGES = [(images, {**MNIST, "hidden": [64], "train_examples": images, "epochs": 300_000 // images})
          for images in (600, 6_000, 60_000)]
POINTS = [(points, {"dataset": "xor", "model": "mlp", **XOR, **UNSEEN, "train_examples": points,
                    "epochs": 4_000_000 // points}) for points in (400, 4_000, 40_000)]
HIDDEN = [(hidden, {**MNIST, "hidden": [hidden], "epochs": max(1, 320 // hidden)})
          for hidden in (16, 160, 1_600)]
SMALL = {"dataset": "xor", "model": "multiperceptron", "epochs": 1, "batch_size": 10}
SNAPSHOTS_PER_EPOCH = 40  # Of 400 points, with report frequency 10.


def instances_per_second(bare, workload):
    trained = bare.ask(**workload)
    return trained["instances"] / trained["seconds"]


def weights_per_second(bare, hidden, workload):
    weights = 785 * hidden + (hidden + 1) * 10
    return weights * instances_per_second(bare, workload)


def jobs_per_second(client, jobs):
    """From the first submission to the end of the last."""
    sent = [client.ask(submit=spec_of(SMALL)) for _ in range(jobs)]
    end = max(client.ask(follow=job["name"])["end_time"] for job in sent)
    return jobs / (end - sent[0]["sent"])


def snapshots_per_second(server, client, snapshots):
    """Trained and stored; and received by a client that watches meanwhile."""
    workload = {"dataset": "xor", "model": "mlp", **XOR, "epochs": snapshots // SNAPSHOTS_PER_EPOCH}
    sent = client.ask(submit=spec_of(workload))
    end = client.ask(follow=sent["name"])
    _, train, store = phases(server, sent["name"])
    return end["snapshots"] / (train + store), end["snapshots"] / (end["ended"] - sent["answered"])


def repetitions(rounds, size, sizes):
    """More of what takes a few milliseconds, in which a single write to the disk shows."""
    return range(rounds * min(10, max(sizes) // size))


def show(title, sizes, figures):
    """A line of what was measured at three sizes, as medians."""
    medians = [statistics.median(taken) for taken in figures]
    print(f"{title:52}" + "".join(f"{size:>9,} {figure:10.3g}{figure / medians[0]:6.2f}"
                                  for size, figure in zip(sizes, medians)), flush=True)


def show_linear_cost(server, client, bare, rounds):
    print("\nThroughput at 1, 10 and 100 times the size: size, throughput, ratio to the first")
    for title, cases in (("images of MNIST: instances/s of 784-64-10", IMAGES),
                         ("points of xor: instances/s of 2-3-2", POINTS)):
        show(title, [size for size, _ in cases],
             [[instances_per_second(bare, workload) for _ in range(rounds)]
              for _, workload in cases])
    show("hidden units on MNIST: weights/s", [hidden for hidden, _ in HIDDEN],
         [[weights_per_second(bare, *case) for _ in range(rounds)] for case in HIDDEN])
    sizes = (1, 10, 100)
    show("queued jobs: jobs/s", sizes,
         [[jobs_per_second(client, jobs) for _ in repetitions(rounds, jobs, sizes)]
          for jobs in sizes])
    sizes = (1_000, 10_000, 100_000)
    taken = [list(zip(*(snapshots_per_second(server, client, snapshots)
                        for _ in repetitions(rounds, snapshots, sizes)))) for snapshots in sizes]
    show("snapshots of 2-3-2: stored/s", sizes, [stored for stored, _ in taken])
    show("snapshots of 2-3-2: received/s while stored", sizes, [received for _, received in taken])
