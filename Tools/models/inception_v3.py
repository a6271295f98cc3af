"""Inception-v3 as an ONNX graph, built from the module tree of a TorchScript archive.

The network is that of Szegedy et al., "Rethinking the Inception Architecture for Computer Vision" (2015), with the
weights that Google published that December, up to its last pooling; the archive has no classifier. Every batch
normalisation is folded into the convolution before it. Layers have the names of Google's graph: `conv` … `conv_4`,
`mixed` … `mixed_10`, and inside those `mixed_3/tower/conv_1`; what has `/relu` behind it is the same after its ReLU.
"""

import numpy

from network import Network

EPSILON = 1e-3
ROOT = "net.layers."

# The towers beside the first 1 × 1 convolution of the mixed layers, by kind: parts one after the other.
_THREE = ["conv", "conv_1", "conv_2"]
_FIVE = [*_THREE, "conv_3", "conv_4"]
_POOLED = ["pool", "conv"]
TOWERS = {
    "A": {"tower": ["conv", "conv_1"], "tower_1": _THREE, "tower_2": _POOLED},
    "B": {"tower": _THREE},
    "C": {"tower": _THREE, "tower_1": _FIVE, "tower_2": _POOLED},
    "D": {"tower": ["conv", "conv_1"], "tower_1": [*_THREE, "conv_3"]},
}
MIXED = ["A", "A", "A", "B", "C", "C", "C", "C", "D", "E", "E"]


class InceptionV3(Network):
    def __init__(self, state, size):
        super().__init__(state, size)
        self._build()
        self.finish()

    def _build(self):
        x = "input"
        for name in ["conv", "conv_1", "conv_2", "pool", "conv_3", "conv_4", "pool_1"]:
            x = self._halving(x, name) if name.startswith("pool") else self._convolution(x, name)
        for index, kind in enumerate(MIXED):
            name = f"mixed_{index}" if index else "mixed"
            # The last layer's pooling is by the maximum, the others' by the mean.
            pooling = "MaxPool" if index == len(MIXED) - 1 else "AveragePool"
            x = self._fan(x, name, pooling) if kind == "E" else self._mixed(x, name, kind, pooling)
        self.global_average(x, "pool_3_map", "pool_3")

    def _mixed(self, x, name, kind, pooling):
        """Several towers over the same input, their channels one after the other."""
        # Only the last of the reductions starts with a tower.
        parts = [] if kind == "D" else [self._convolution(x, f"{name}/conv")]
        for tower, steps in TOWERS[kind].items():
            y = x
            for step in steps:
                full = f"{name}/{tower}/{step}"
                y = self._mean(y, full, pooling) if step == "pool" else self._convolution(y, full)
            parts.append(y)
        if kind in "BD":
            parts.append(self._halving(x, f"{name}/pool"))
        return self.concatenation(parts, name)

    def _fan(self, x, name, pooling):
        """The widest mixed layers, whose towers fork at their ends."""
        parts = [self._convolution(x, f"{name}/conv")]
        y = self._convolution(x, f"{name}/tower/conv", "tower_conv")
        for step in ["mixed/conv", "mixed/conv_1"]:
            parts.append(self._convolution(y, f"{name}/tower/{step}", f"tower_{step}"))
        y = self._convolution(x, f"{name}/tower_1/conv", "tower_1_conv")
        y = self._convolution(y, f"{name}/tower_1/conv_1", "tower_1_conv_1")
        for step in ["mixed/conv", "mixed/conv_1"]:
            parts.append(self._convolution(y, f"{name}/tower_1/{step}", f"tower_1_{step}"))
        y = self._mean(x, f"{name}/tower_2/pool", pooling)
        parts.append(self._convolution(y, f"{name}/tower_2/conv", "tower_2_conv"))
        return self.concatenation(parts, name)

    def _halving(self, x, name):
        return self.pooling("MaxPool", x, name, kernel=3, stride=2)

    def _mean(self, x, name, operator):
        inside = {"count_include_pad": 0} if operator == "AveragePool" else {}
        return self.pooling(operator, x, name, kernel=3, stride=1, pad=1, **inside)

    def _convolution(self, x, name, member=None):
        """A convolution, its normalisation (which has no scale) and its ReLU."""
        source = name.replace("/", ".")
        if member:
            source = f"{source.split('.')[0]}.{member.replace('/', '_')}"
        source = ROOT + source
        weight, shift, mean, variance = (
            self.take(f"{source}.{part}").astype(numpy.float64)
            for part in ("weight", "beta", "mean", "var")
        )
        factor = 1 / numpy.sqrt(variance + EPSILON)
        stride, padding = self.take(f"{source}.stride"), self.take(f"{source}.padding")
        padding = [padding, padding] if isinstance(padding, int) else list(padding)
        x = self.convolution(
            x,
            name,
            weight * factor[:, None, None, None],
            shift - mean * factor,
            strides=[stride, stride],
            pads=padding * 2,
        )
        return self.relu(x, f"{name}/relu")
