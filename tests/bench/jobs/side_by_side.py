"""Jobs that train at the same time on two workers, against one after the other."""

import statistics

from processes import CORES, bare_loop, processor_seconds
from runs import MNIST, run, spec_of

PLAIN = {**MNIST, "evaluate": False}
KINDS = (
    run("784-64-10, no evaluation", "mnist", "mlp", **{**PLAIN, "epochs": 20}),
    run("  nor snapshots", "mnist", "mlp",
        **{**PLAIN, "epochs": 20, "report_frequency": 10**9}),
    run("784-256-10, no evaluation", "mnist", "mlp", **{**PLAIN, "epochs": 5, "hidden": [256]}),
    run("784-64-10, default", "mnist", "mlp", **{**MNIST, "epochs": 10}),
)
LEGEND = """
Jobs side by side on two workers, two cores: seconds, and of the processor's (medians of {rounds})
speed-up: of two jobs, 2 x seconds of one alone / seconds of the two; should reach 1.8
machine:  the same of two bare loops, each bound to a core: what the machine itself allows
loss:     of eight jobs, 1 - (8 x processor seconds of one alone / 2 cores) / seconds of the eight;
          should stay under 5%
Where one job trains alone, the other core stores its snapshots; where two train, that comes on
top. By default a job uses both cores, training on one and evaluating on the other: the speed-up
can then reach 2 x seconds / processor seconds of one alone."""


def together(server, client, spec, jobs):
    """Seconds from the first submission to the end of the last of these jobs, and of all cores."""
    before = processor_seconds(server)
    sent = [client.ask(submit=spec) for _ in range(jobs)]
    end = max(client.ask(follow=job["name"])["end_time"] for job in sent)
    return end - sent[0]["sent"], processor_seconds(server) - before


def machine_speed_up(bare, bound, workload):
    """Two bare loops at once against one."""
    alone = bare.ask(**workload)["seconds"]
    for loop in bound:
        loop.send(**workload)
    return 2 * alone / max(loop.answer()["seconds"] for loop in bound)


def show_side_by_side(server, client, bare, rounds):
    print(LEGEND.format(rounds=rounds))
    print(f"{'':28}{'alone':>7}{'CPU':>7}{'two':>8}{'CPU':>7}{'speed-up':>10}{'machine':>8}"
          f"{'eight':>8}{'CPU':>7}{'loss':>7}")
    with bare_loop(CORES[0]) as one, bare_loop(CORES[-1]) as other:
        first = KINDS[0][1]  # All read MNIST.
        together(server, client, spec_of(first), 1)
        machine_speed_up(bare, (one, other), first)
        for title, workload in KINDS:
            measured = {jobs: [] for jobs in (1, 2, 8)}
            machine = []
            for _ in range(rounds):
                for jobs, taken in measured.items():
                    taken.append(together(server, client, spec_of(workload), jobs))
                machine.append(machine_speed_up(bare, (one, other), workload))
            median = {jobs: [statistics.median(figure) for figure in zip(*taken)]
                      for jobs, taken in measured.items()}
            (alone, alone_cpu), (two, two_cpu), (eight, eight_cpu) = median.values()
            print(f"{title:28}{alone:7.2f}{alone_cpu:7.2f}{two:8.2f}{two_cpu:7.2f}"
                  f"{2 * alone / two:10.2f}{statistics.median(machine):8.2f}{eight:8.2f}"
                  f"{eight_cpu:7.2f}{1 - 4 * alone_cpu / eight:7.1%}", flush=True)
