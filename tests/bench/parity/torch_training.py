"""Percept's multiperceptron and MLP as one would write and train them with PyTorch."""

import collections

import torch

ACTIVATIONS = {"tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid, "relu": torch.nn.ReLU,
               "gelu": torch.nn.GELU}


def network(settings, inputs, classes, state):
    """The model with these parameters, whose names and shapes must be exactly its own."""
    modules = collections.OrderedDict()
    widths = [inputs, *settings.hidden, classes]
    for layer, (width, following) in enumerate(zip(widths, widths[1:])):
        modules[f"linear{layer}"] = torch.nn.Linear(width, following)
        if layer < len(settings.hidden):
            modules[f"hidden{layer}"] = ACTIVATIONS[settings.activation]()
    if not settings.is_mlp:
        modules["tanh"] = torch.nn.Tanh()
    model = torch.nn.Sequential(modules)
    model.load_state_dict(state, strict=True)
    return model


def _optimizer(settings, parameters):
    options = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    if settings.optimizer == "adam":
        return torch.optim.Adam(parameters, **options)
    if settings.optimizer == "momentum":
        return torch.optim.SGD(parameters, momentum=settings.momentum, **options)
    return torch.optim.SGD(parameters, **options)


def train(settings, model, x, labels):
    """Trains in file order; x is [N, D], labels [N], both NumPy arrays."""
    x, labels = torch.from_numpy(x), torch.tensor(labels, dtype=torch.int64)
    optimizer = _optimizer(settings, model.parameters())
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: settings.rate(step) / settings.learning_rate)
    for _ in range(settings.epochs):
        for first in range(0, len(labels), settings.batch_size):
            batch = slice(first, first + settings.batch_size)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()


def probabilities(model, x):
    """[N, K], as a NumPy array."""
    with torch.no_grad():
        return torch.softmax(model(torch.from_numpy(x)), dim=1).numpy()
