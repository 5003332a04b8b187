#!/usr/bin/env python3
"""One peer in a process of its own. Answers each line of standard input with a line of JSON.

Usage: worker.py numpy|sklearn|torch THREADS

`run WORKLOAD` trains it; `floor WORKLOAD` times the bare matrix products of it.
"""

import dataclasses
import importlib
import json
import sys

import floors
import workloads


def main():
    peer_name, threads = sys.argv[1:]
    peer = importlib.import_module(f"{peer_name}_peer")
    if peer_name == "torch":
        peer.torch.set_num_threads(int(threads))
    by_name = {workload.name: workload for workload in workloads.WORKLOADS}
    print(json.dumps({"version": peer.VERSION, "models": sorted(peer.IS_SUPPORTED)}), flush=True)
    for line in sys.stdin:
        verb, name = line.split()
        workload = by_name[name]
        if verb == "run":
            answer = dataclasses.asdict(peer.run(workload))
        else:
            multiply = getattr(peer, "multiply", None)
            answer = {"seconds_per_instance": multiply and floors.seconds_per_instance(
                workload, multiply, peer.as_array)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
