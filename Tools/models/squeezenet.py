"""SqueezeNet 1.1 as an ONNX graph, built from a dictionary of kernels and biases.

The network is that of Iandola et al., "SqueezeNet" (2016), in its version 1.1. Layers have the names of the published
one: `conv1`, `fire2/squeeze1x1`, …, `conv10`; what has `/relu` behind it is the same after its ReLU, and `fire2/concat`
is a fire module's output.
"""

from network import Network

# After which fire modules a pooling halves the map.
HALVED_AFTER = {3, 5}


class SqueezeNet(Network):
    def __init__(self, state, size):
        super().__init__(state, size)
        self._build()
        self.finish()

    def _build(self):
        x = self._convolution("input", "conv1", stride=2)
        x = self.pooling("MaxPool", x, "maxpool1", kernel=3, stride=2)
        for index in range(2, 10):
            x = self._fire(x, f"fire{index}")
            if index in HALVED_AFTER:
                x = self.pooling("MaxPool", x, f"maxpool{index}", kernel=3, stride=2)
        self.global_average(x, "fire9_average", "avg_pool")
        x = self._convolution(x, "conv10")
        x = self.global_average(x, "conv10_average", "logits")
        self.node("Softmax", [x], "predictions", self.shape(x), axis=1)

    def _fire(self, x, name):
        """Few channels, then many of two kernel sizes side by side."""
        x = self._convolution(x, f"{name}/squeeze1x1")
        parts = [self._convolution(x, f"{name}/expand{kernel}x{kernel}") for kernel in (1, 3)]
        return self.concatenation(parts, f"{name}/concat")

    def _convolution(self, x, name, stride=1):
        # Kernels are height × width × input × output. The input is odd, so the same pad is on both sides.
        weight, bias = self.take(f"{name}/kernel"), self.take(f"{name}/bias")
        pad = weight.shape[0] // 2
        x = self.convolution(x, name, weight.transpose(3, 2, 0, 1), bias, [stride, stride], [pad] * 4)
        return self.relu(x, f"{name}/relu")
