"""Checks the converted networks against a plain numpy forward pass of the unfolded network.

Usage: python test_convert.py WEIGHTS.pth FOLDER; needs numpy and onnxruntime.
"""

import os
import sys

import numpy
import onnxruntime

from convert import MODELS
from efficientnet_lite import EPSILON, LITE0_STAGES
from torch_stream import read_state_dictionary


def same_padded(x, kernel, stride):
    """Pads height and width as TensorFlow's SAME does."""
    widths = []
    for side in x.shape[1:]:
        pad = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        widths.append((pad // 2, pad - pad // 2))
    return numpy.pad(x, [(0, 0), *widths])


def convolution(x, weight, stride):
    kernel = weight.shape[2]
    x = same_padded(x, kernel, stride)
    windows = numpy.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    if weight.shape[1] == 1:
        return numpy.einsum("chwij,cij->chw", windows, weight[:, 0], optimize=True)
    return numpy.einsum("chwij,ocij->ohw", windows, weight, optimize=True)


class Reference:
    """The network in float64 with its batch normalisations as they were trained."""

    def __init__(self, state):
        self.state = {name: values.astype(numpy.float64) for name, values in state.items()}

    def normalised(self, x, source, normalisation, stride=1):
        x = convolution(x, self.state[f"{source}.weight"], stride)
        scale, shift, mean, variance = (
            self.state[f"{normalisation}.{part}"][:, None, None]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / numpy.sqrt(variance + EPSILON) * scale + shift

    def features(self, x):
        """The output of the last convolution, after its ReLU6."""
        x = relu6(self.normalised(x, "_conv_stem", "_bn0", 2))
        index = 0
        for blocks, stride in LITE0_STAGES:
            for block in range(blocks):
                x = self.block(x, f"_blocks.{index}", stride if block == 0 else 1)
                index += 1
        return relu6(self.normalised(x, "_conv_head", "_bn1"))

    def block(self, x, source, stride):
        start = x
        if f"{source}._expand_conv.weight" in self.state:
            x = relu6(self.normalised(x, f"{source}._expand_conv", f"{source}._bn0"))
        x = relu6(self.normalised(x, f"{source}._depthwise_conv", f"{source}._bn1", stride))
        x = self.normalised(x, f"{source}._project_conv", f"{source}._bn2")
        return x + start if stride == 1 and x.shape == start.shape else x

    def predictions(self, x):
        logits = self.state["_fc.weight"] @ self.features(x).mean((1, 2)) + self.state["_fc.bias"]
        odds = numpy.exp(logits - logits.max())
        return odds / odds.sum()


def relu6(x):
    return numpy.clip(x, 0, 6)


def main(weights, folder):
    reference = Reference(read_state_dictionary(weights))
    generator = numpy.random.default_rng(20)
    for name, (_, size, _) in MODELS.items():
        network = onnxruntime.InferenceSession(os.path.join(folder, f"{name}.onnx"))
        # Smooth blobs of colour rather than noise, so that the network has something to see.
        coarse = generator.uniform(-1, 1, (3, size // 16, size // 16))
        x = numpy.kron(coarse, numpy.ones((16, 16)))
        batch = numpy.stack([x, x[:, ::-1]]).astype(numpy.float32)
        found = network.run(["predictions"], {"input": batch})[0][0]
        expected = reference.predictions(x)
        worst = float(numpy.abs(found - expected).max())
        print(f"{name}: predictions differ by {worst:.1e} at most, the largest is {expected.max():.3f}")
        if worst > 1e-6 or found.argmax() != expected.argmax():
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
