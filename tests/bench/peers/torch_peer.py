"""The workloads in PyTorch, eager, as one would write them, with its fused optimisers."""

import time

import torch

import workloads
from workloads import Result, Schedule

VERSION = f"torch {torch.__version__}"
IS_SUPPORTED = {"multiperceptron", "mlp"}


as_array = torch.from_numpy


def multiply(a, b, out):
    torch.mm(a, b, out=out)


def _network(workload, widths):
    modules = []
    for layer, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        linear = torch.nn.Linear(inputs, outputs)
        if workload.model == "multiperceptron":
            torch.nn.init.zeros_(linear.weight)
            torch.nn.init.zeros_(linear.bias)
        modules.append(linear)
        if layer < len(workload.hidden):
            modules.append(torch.nn.Tanh() if workload.activation == "tanh" else torch.nn.ReLU())
    if workload.model == "multiperceptron":
        modules.append(torch.nn.Tanh())
    return torch.nn.Sequential(*modules)


def _optimizer(workload, parameters):
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload.optimizer]
    try:
        return kind(parameters, lr=workload.learning_rate, fused=True)
    except (TypeError, RuntimeError):  # Versions before 2.4.
        return kind(parameters, lr=workload.learning_rate)


@torch.inference_mode()
def _evaluate(network, x, labels):
    scores = network(x)
    loss = torch.nn.functional.cross_entropy(scores, labels)
    return (scores.argmax(1) == labels).sum().item() / len(labels), loss.item()


def run(workload):
    data = workloads.load(workload.dataset)
    x, labels = torch.from_numpy(data.x), torch.from_numpy(data.labels)
    validation = torch.from_numpy(data.x_validation), torch.from_numpy(data.labels_validation)
    torch.manual_seed(1)
    network = _network(workload, workloads.widths(workload, data))
    optimizer = _optimizer(workload, network.parameters())
    schedule = Schedule(workload, len(data.x))
    history, instances = [], 0
    start = time.perf_counter()
    for is_due, rows in schedule.batches(torch.randperm):
        if is_due:
            snapshot = ([p.detach().clone() for p in network.parameters()]
                        if workload.keeps_snapshots else None)
            history.append((_evaluate(network, *validation), snapshot))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(x[rows]), labels[rows]).backward()
        optimizer.step()
        instances += len(rows)
    seconds = time.perf_counter() - start
    return Result(seconds, instances, _evaluate(network, *validation)[0])
