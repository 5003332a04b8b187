"""The runs of the notebook, and how a server is asked for them.

A workload is what percept_workload reads: tests/bench/workloads/workload.h.
"""

# As `percept dataset create` is told to make them.
DATASETS = {name: ("--generator", name)
            for name in ("two-normals", "two-class", "three-class", "xor", "bullseye")}
DATASETS["mnist-1v0"] = ("--binary", "mnist", "--positive", 1, "--negative", 0)


def run(title, dataset, model, **training):
    return title, {"dataset": dataset, "model": model, **training}


MNIST = {"hidden": [64], "epochs": 5, "batch_size": 100, "learning_rate": 0.1}
XOR = {"hidden": [3], "optimizer": "adam", "learning_rate": 0.01, "epochs": 5, "batch_size": 5,
       "report_frequency": 10}
LINEAR = {"learning_rate": 0.05, "epochs": 5, "batch_size": 10, "report_frequency": 10}
NOTEBOOK = (
    run("perceptron two-normals", "two-normals", "perceptron", learning_rate=1, iterations=200),
    run("perceptron MNIST 1v0", "mnist-1v0", "perceptron", learning_rate=1, iterations=1000),
    run("multiperceptron three-class", "three-class", "multiperceptron", epochs=2, batch_size=10),
    run("multiperceptron two-class", "two-class", "multiperceptron", epochs=2, batch_size=10),
    run("multiperceptron MNIST", "mnist", "multiperceptron", epochs=2, batch_size=100),
    run("multiperceptron xor", "xor", "multiperceptron", **LINEAR),
    run("multiperceptron bullseye", "bullseye", "multiperceptron", **LINEAR),
    run("MLP 2-3-2 xor", "xor", "mlp", **XOR),
    run("MLP 2-3-2 bullseye", "bullseye", "mlp", **XOR),
    run("MLP 784-64-10 MNIST", "mnist", "mlp", **MNIST),
    run("  without evaluation", "mnist", "mlp", evaluate=False, **MNIST),
    run("  each batch, one epoch", "mnist", "mlp", **{**MNIST, "evaluate_every": 1, "epochs": 1}),
)


def spec_of(workload):
    """The same run as percept.v1.JobSpec."""
    spec = {"dataset": "datasets/" + workload["dataset"]}
    if workload["model"] == "perceptron":
        spec["perceptron"] = {k: workload[k] for k in ("learning_rate", "iterations")}
        return spec
    mlp = workload["model"] == "mlp"
    spec[workload["model"]] = {"hidden_units": workload["hidden"]} if mlp else {}
    training = {k: v for k, v in workload.items()
                if k in ("learning_rate", "epochs", "batch_size", "report_frequency",
                         "evaluate_every")}
    if not workload.get("evaluate", True):
        training["no_evaluate"] = True
    if workload.get("optimizer") == "adam":
        training["adam"] = {}
    return {**spec, "training": training}
