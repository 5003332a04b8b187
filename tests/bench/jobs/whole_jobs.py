"""Where the time of each of the notebook's runs goes, and how much memory it needs."""

import statistics
import subprocess
import time

from processes import BIN, job_client, peak_mib, phases, start_server
from runs import NOTEBOOK, spec_of

LEGEND = """Whole jobs, milliseconds: medians of {rounds}
bare:   the training loop without a server
total:  from submission to the client's knowledge of the end; the parts after it sum up to it
first:  total of the first job of a fresh server, of a client that has yet to connect
cold:   of that, request and load, which read data that the system has cached
peak:   the most memory that server needed, MiB; {idle:.0f} without a job"""
PARTS = ("total", "request", "queue", "begin", "load", "train", "store", "end")


def whole_job(server, client, workload):
    """Seconds from submission to end, and of its parts, which sum up to them."""
    sent = client.ask(submit=spec_of(workload))
    end = client.ask(follow=sent["name"])
    load, train, store = phases(server, sent["name"])
    return {"total": end["ended"] - sent["sent"],
            "request": end["create_time"] - sent["sent"],
            "queue": end["start_time"] - end["create_time"],
            "begin": end["run_time"] - load - train - store,
            "load": load, "train": train, "store": store,
            "end": end["ended"] - end["start_time"] - end["run_time"]}


def first_jobs(folder):
    """Each run as the first job of a fresh server: its parts, and the server's peak in MiB."""
    jobs = {}
    for title, workload in NOTEBOOK:
        with start_server(folder) as server, job_client(server) as client:
            idle = peak_mib(server)
            jobs[title] = {**whole_job(server, client, workload), "peak": peak_mib(server)}
    return jobs, idle


def show_whole_jobs(folder, server, client, bare, rounds):
    """`folder` keeps the data of no running server, with the notebook's data sets."""
    first, idle = first_jobs(folder)
    alone = {title: [] for title, _ in NOTEBOOK}
    seen = {title: [] for title, _ in NOTEBOOK}
    for _ in range(1 + rounds):  # The first reads data and is left out.
        for title, workload in NOTEBOOK:
            alone[title].append(bare.ask(**workload)["seconds"])
            seen[title].append(whole_job(server, client, workload))
    print(LEGEND.format(rounds=rounds, idle=idle))
    print(f"{'':28}{'bare':>8}" + "".join(f"{part:>8}" for part in PARTS) +
          f"{'first':>8}{'cold':>7}{'peak':>6}")
    for title, _ in NOTEBOOK:
        row = [statistics.median(alone[title][1:])]
        row += [statistics.median(job[part] for job in seen[title][1:]) for part in PARTS]
        cold = first[title]["request"] + first[title]["load"]
        print(f"{title:28}" + "".join(f"{seconds * 1e3:8.2f}" for seconds in row) +
              f"{first[title]['total'] * 1e3:8.1f}{cold * 1e3:7.1f}{first[title]['peak']:6.0f}",
              flush=True)


def show_command_line(server, rounds):
    def seconds(*words):
        start = time.monotonic()
        subprocess.run([BIN / "percept", *words], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - start
    print("\nThe command line, milliseconds from start to end:")
    for words in (("--help",), ("server", "health", "--server", server.address)):
        taken = statistics.median(seconds(*words) for _ in range(5 * rounds))
        print(f"  percept {' '.join(words[:2]):16}{taken * 1e3:6.1f}", flush=True)
