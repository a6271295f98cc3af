"""EfficientNet-Lite as an ONNX graph, built from a state dictionary.

The network is that of Tan and Le, "EfficientNet" (2019), in its Lite form: no squeeze-and-excitation, ReLU6 in place
of swish, first and last stage never deepened. Every batch normalisation is folded into the convolution before it, so a
convolution's output here is what the published network has after its normalisation. Layers have the names that Keras
gives them.
"""

import numpy

from network import Network

EPSILON = 1e-3

# Of each stage: how many blocks, and the stride of the first. Channels and kernels are read off the weights.
LITE0_STAGES = [(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)]
# Lite1 is 1.1 and Lite2 1.2 times as deep, rounded up, which comes to the same; Lite2 is wider too.
LITE1_STAGES = LITE2_STAGES = [(1, 1), (3, 2), (3, 2), (4, 2), (4, 1), (5, 2), (1, 1)]


class EfficientNetLite(Network):
    def __init__(self, state, stages, size):
        super().__init__(state, size)
        self._build(stages)
        self.finish()

    def _build(self, stages):
        x = self._convolution("input", "_conv_stem", "_bn0", "stem_conv", stride=2)
        x = self._activation(x, "stem_activation")
        index = 0
        for stage, (blocks, stride) in enumerate(stages, start=1):
            for block in range(blocks):
                name = f"block{stage}{chr(ord('a') + block)}"
                x = self._block(x, f"_blocks.{index}", name, stride if block == 0 else 1)
                index += 1
        x = self._convolution(x, "_conv_head", "_bn1", "top_conv")
        x = self._activation(x, "top_activation")
        x = self.global_average(x, "global_average", "avg_pool")
        x = self._classifier(x)
        self.node("Softmax", [x], "predictions", self.shape(x), axis=1)

    def _block(self, x, source, name, stride):
        """An inverted bottleneck: widen, filter each channel by itself, narrow; added to its input if alike."""
        start = x
        if f"{source}._expand_conv.weight" in self.state:
            x = self._convolution(x, f"{source}._expand_conv", f"{source}._bn0", f"{name}_expand_conv")
            x = self._activation(x, f"{name}_expand_activation")
        x = self._convolution(x, f"{source}._depthwise_conv", f"{source}._bn1", f"{name}_dwconv", stride)
        x = self._activation(x, f"{name}_activation")
        x = self._convolution(x, f"{source}._project_conv", f"{source}._bn2", f"{name}_project_conv")
        if self.shape(x) == self.shape(start) and stride == 1:
            x = self.node("Add", [x, start], f"{name}_add", self.shape(x))
        return x

    def _convolution(self, x, source, normalisation, name, stride=1):
        weight = self.take(f"{source}.weight").astype(numpy.float64)
        scale, shift, mean, variance = (
            self.take(f"{normalisation}.{part}").astype(numpy.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = scale / numpy.sqrt(variance + EPSILON)
        channels, per_group, kernel, _ = weight.shape
        # TensorFlow's SAME: the output has ceil(side / stride) positions, an odd pad goes after.
        side = self.shape(x)[1]
        pad = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        before, after = pad // 2, pad - pad // 2
        return self.convolution(
            x,
            name,
            weight * factor[:, None, None, None],
            shift - mean * factor,
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=1 if per_group > 1 or channels == 1 else channels,
        )

    def _activation(self, x, name):
        """ReLU6; its two bounds are shared by all of them."""
        if not any(tensor.name == "zero" for tensor in self.initializers):
            self.store("zero", numpy.float64(0))
            self.store("six", numpy.float64(6))
        return self.node("Clip", [x, "zero", "six"], name, self.shape(x))

    def _classifier(self, x):
        weight = self.take("_fc.weight")
        self.store("logits.weight", weight)
        self.store("logits.bias", self.take("_fc.bias"))
        inputs = [x, "logits.weight", "logits.bias"]
        return self.node("Gemm", inputs, "logits", [weight.shape[0]], transB=1)
