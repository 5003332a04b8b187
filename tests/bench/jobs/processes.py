"""The programs that the benchmarks measure, and what the kernel says of them."""

import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import perceptd  # noqa: E402

BIN = perceptd.ROOT / "build/release/bin"
ASSETS = perceptd.ROOT / "build/assets"
CORES = sorted(os.sched_getaffinity(0))[:2]  # What jobs.py measures on, with all it starts.
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Lines:
    """A program that answers a line of JSON with a line of JSON."""

    def __init__(self, *command):
        self._process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    @property
    def process(self):
        return self._process

    def send(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def answer(self):
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def ask(self, **request):
        self.send(**request)
        return self.answer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()


def start_server(folder, workers=2, arguments=()):
    """A perceptd with MNIST that keeps its data in a folder."""
    return perceptd.start(Path(folder, "data"), "--workers", str(workers),
                          "--assets-dir", str(ASSETS), *arguments)


def job_client(server):
    """Submits and follows jobs on one connection: job_client.cc."""
    return Lines(BIN / "percept_job_client", server.address)


def bare_loop(core=None):
    """Trains without a server, bound to a core if one is named: workloads/main.cc."""
    bound = ["taskset", "-c", core] if core is not None else []
    return Lines(*bound, BIN / "percept_workload", f"--mnist={ASSETS}/mnist")


def phases(server, name):
    """Seconds of loading, training and storing of a job that has ended, as the log has them."""
    job = name.split("/")[1]
    line = rf"job ended job={job} .*loading=(\S+) training=(\S+) storing=(\S+)"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if (found := re.search(line, server.log())) is not None:
            return tuple(map(float, found.groups()))
        time.sleep(0.005)  # The client learns of the end before the log does.
    raise RuntimeError(f"the log does not show the end of {name}")


def peak_mib(server):
    """The most memory that a server has had so far."""
    text = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmHWM:\s+(\d+)", text, re.M).group(1)) / 1024


def processor_seconds(server):
    """What all threads of a server have used so far, to the hundredth of a second."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def thread_seconds(server):
    """Processor time of each live thread, as pairs of a name and seconds, to the nanosecond."""
    threads = Path(f"/proc/{server.process.pid}/task").iterdir()
    return [((thread / "comm").read_text().strip(),
             int((thread / "schedstat").read_text().split()[0]) / 1e9) for thread in threads]


def foreign_seconds():
    """Processor time that the machine has spent on others than this program and what it started
    and has ended since."""
    with open("/proc/stat", encoding="utf-8") as stat:
        user, nice, system, _, _, *interrupts_and_stolen = map(int, stat.readline().split()[1:9])
    busy = (user + nice + system + sum(interrupts_and_stolen)) / TICKS_PER_SECOND
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return busy - sum(used.ru_utime + used.ru_stime for used in own)
