"""What a server does while there is nothing to do."""

import contextlib
import time

from processes import job_client, start_server, thread_seconds
from runs import MNIST, run, spec_of

SECONDS = 2
WATCHERS = 5
_, LONG = run("", "mnist", "mlp", **{**MNIST, "epochs": 1000, "evaluate": False,
                                     "report_frequency": 10**9})
_, QUEUED = run("", "xor", "mlp", hidden=[3])


def beside_training(server):
    """Processor seconds of all threads but the workers, which end with the server."""
    return sum(seconds for name, seconds in thread_seconds(server)
               if not name.startswith("worker-"))


def used_meanwhile(server):
    before = beside_training(server)
    time.sleep(SECONDS)
    return beside_training(server) - before


def show_waiting(folder, command_line):
    """`folder` keeps the data of no running server; `command_line` makes a CommandLine of one."""
    print(f"\nProcessor time that a server uses in {SECONDS} s, milliseconds:")
    with start_server(folder, workers=1) as server, contextlib.ExitStack() as watchers:
        print(f"  {'idle':54}{used_meanwhile(server) * 1e3:6.1f}")
        client = watchers.enter_context(job_client(server))
        names = [client.ask(submit=spec_of(workload))["name"] for workload in (LONG, QUEUED)]
        for _ in range(WATCHERS):
            watchers.enter_context(job_client(server)).send(follow=names[1])
        time.sleep(0.2)  # For the watches to begin.
        title = f"beside training, {WATCHERS} watching a job that waits its turn"
        print(f"  {title:54}{used_meanwhile(server) * 1e3:6.1f}", flush=True)
        for name in reversed(names):
            command_line(server).run("job", "cancel", name)
