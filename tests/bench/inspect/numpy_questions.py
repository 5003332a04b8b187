"""The questions that percept_questions asks, in NumPy: as one would write them, without needless
copies. Networks are in float32, paths in float64, as ours are.
"""

import numpy as np

GRID_SIDE = 256
LATENT_EXAMPLES = 1000


class Network:
    """Layers of an MLP, from the input on, as exported."""

    def __init__(self, path, dtype):
        with np.load(path) as tensors:
            count = len(tensors.files) // 2
            self.layers = [(tensors[f"linear{layer}.weight"].astype(dtype),
                            tensors[f"linear{layer}.bias"].astype(dtype))
                           for layer in range(count)]

    def hidden(self, x):
        (weight, bias), _ = self.layers
        h = x @ weight.T
        h += bias
        return np.tanh(h, out=h)

    def probabilities(self, h):
        _, (weight, bias) = self.layers
        p = h @ weight.T
        p += bias
        p -= p.max(axis=-1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=-1, keepdims=True)
        return p

    def input_gradient(self, h, p, target):
        """Of -log p[target], for one example."""
        (first, _), (second, _) = self.layers
        delta = p.copy()
        delta[target] -= 1
        return (delta @ second * (1 - h * h)) @ first


class Questions:
    """`folder` holds what percept_questions left; `digits` are MNIST's validation images [N, 784]
    as bytes, and their labels."""

    def __init__(self, folder, digits, labels):
        self.toy, self.toy64 = (Network(f"{folder}/toy.npz", t) for t in (np.float32, np.float64))
        self.digits, self.digits64 = (
            Network(f"{folder}/digits.npz", t) for t in (np.float32, np.float64))
        with np.load(f"{folder}/points.npz") as points:
            self.point = points["x_validation"][0]
        self.images = digits.astype(np.float32) / np.float32(255)
        self.labels = labels

    def grid(self, found):
        """Class and probability at the middles of the cells of the window that was found."""
        ticks = (np.arange(GRID_SIDE, dtype=np.float32) + np.float32(0.5)) / GRID_SIDE
        x, y = (np.float32(low) + np.float32(high - low) * ticks
                for low, high in (found["x"], found["y"]))
        cells = np.empty((GRID_SIDE, GRID_SIDE, 2), np.float32)
        cells[..., 0], cells[..., 1] = x, y[:, np.newaxis]
        p = self.toy.probabilities(self.toy.hidden(cells.reshape(-1, 2)))
        classes = p.argmax(axis=1).astype(np.uint8)
        confidence = (p.max(axis=1) * 255).astype(np.uint8)
        return classes, confidence

    def explore(self, found):
        x, network, target = self.point.astype(np.float64), self.toy64, found["target"]
        path, flip = [], None
        for step in range(101):
            h = network.hidden(x)
            p = network.probabilities(h)
            path.append((x, p, h))
            if flip is None and p.argmax() == target:
                flip = step
            if flip is not None and step >= 2 * flip:
                break
            x = x - network.input_gradient(h, p, target)
        return path

    def attack(self, found):
        start, network, target = self.images[found["row"]].astype(np.float64), self.digits64, 9
        x, original, threshold, path = start, None, None, []
        for _ in range(1001):
            h = network.hidden(x)
            p = network.probabilities(h)
            if original is None:
                original = p.argmax()
                threshold = p[original]
            path.append((p[target], p[original]))
            if p[target] > threshold:
                break
            gradient = network.input_gradient(h, p, target) + 2 * 0.01 * (x - start)
            x = np.clip(x - 0.01 * gradient, 0, 1)
        return path

    def confusion(self, found):
        del found
        p = self.digits.probabilities(self.digits.hidden(self.images))
        predicted = p.argmax(axis=1)
        counts = np.bincount(10 * self.labels + predicted, minlength=100)
        wrong = np.flatnonzero(predicted != self.labels)
        surest = wrong[np.argsort(-p[wrong, predicted[wrong]], kind="stable")[:20]]
        loss = -np.log(p[np.arange(len(p)), self.labels]).mean()
        return counts, surest, loss

    def latent(self, found):
        del found
        return self.digits.hidden(self.images[:LATENT_EXAMPLES])

    def weights(self, found):
        del found
        weight, bias = self.digits.layers[0]
        images = weight.reshape(-1, 28, 28).copy()
        return images, bias, images.min(axis=(1, 2)), images.max(axis=(1, 2))

    def check(self, name, found):
        """Whether NumPy found what ours did."""
        answer = getattr(self, name)(found)
        if name == "grid":  # Cells on the boundary may fall to either side.
            return abs(int(answer[0].sum()) - found["ones"]) <= GRID_SIDE
        if name in ("explore", "attack"):
            return len(answer) - 1 == found["steps"]
        if name == "confusion":
            return np.abs(answer[0] - found["counts"]).sum() <= 4
        if name == "latent":
            return abs(float(answer.sum(dtype=np.float64)) - found["sum"]) < 1e-2
        return abs(float(answer[3].sum(dtype=np.float64)) - found["highest"]) < 1e-4
