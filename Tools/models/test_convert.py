"""Checks the converted networks against a plain numpy forward pass of the unfolded networks.

Usage: python test_convert.py FOLDER WEIGHTS MODEL...; needs numpy and onnxruntime. FOLDER has the converted models.
"""

import os
import sys

import numpy
import onnxruntime

from convert import MODELS
from efficientnet_lite import EPSILON


def convolution(x, weight, stride, pads):
    """`weight` is output × input × height × width or, for one filter a channel, with 1 for input; pads as in ONNX."""
    top, left, bottom, right = pads
    x = numpy.pad(x, [(0, 0), (top, bottom), (left, right)])
    windows = numpy.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    if weight.shape[1] == 1:
        return numpy.einsum("chwij,cij->chw", windows, weight[:, 0], optimize=True)
    return numpy.tensordot(weight, windows, axes=([1, 2, 3], [0, 3, 4]))


def pooled(x, function, stride, pad=0, fill=0):
    x = numpy.pad(x, [(0, 0), (pad, pad), (pad, pad)], constant_values=fill)
    windows = numpy.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    return function(windows[:, ::stride, ::stride], axis=(3, 4))


def same_pads(side, kernel, stride):
    """TensorFlow's SAME."""
    pad = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return [pad // 2, pad // 2, pad - pad // 2, pad - pad // 2]


def softmax(logits):
    odds = numpy.exp(logits - logits.max())
    return odds / odds.sum()


def relu(x):
    return numpy.maximum(x, 0)


def relu6(x):
    return numpy.clip(x, 0, 6)


class Reference:
    """A network in float64 with its batch normalisations as they were trained."""

    def __init__(self, state):
        self.state = {
            name: values.astype(numpy.float64) if isinstance(values, numpy.ndarray) else values
            for name, values in state.items()
        }


class EfficientNetLite(Reference):
    # How often each stage repeats its block is read off the weights: a block adds its input unless its stride or its
    # channels forbid it, and a stage starts where the published strides say.
    STRIDES = {"lite0": {0: 1, 1: 2, 3: 2, 5: 2, 8: 1, 11: 2, 15: 1}}
    STRIDES["lite1"] = STRIDES["lite2"] = {0: 1, 1: 2, 4: 2, 7: 2, 11: 1, 15: 2, 20: 1}
    output = "predictions"

    def __init__(self, state, name):
        super().__init__(state)
        self.strides = self.STRIDES[name.split("-")[1]]

    def normalised(self, x, source, normalisation, stride=1):
        weight = self.state[f"{source}.weight"]
        x = convolution(x, weight, stride, same_pads(x.shape[1], weight.shape[2], stride))
        scale, shift, mean, variance = (
            self.state[f"{normalisation}.{part}"][:, None, None]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / numpy.sqrt(variance + EPSILON) * scale + shift

    def block(self, x, source, stride):
        start = x
        if f"{source}._expand_conv.weight" in self.state:
            x = relu6(self.normalised(x, f"{source}._expand_conv", f"{source}._bn0"))
        x = relu6(self.normalised(x, f"{source}._depthwise_conv", f"{source}._bn1", stride))
        x = self.normalised(x, f"{source}._project_conv", f"{source}._bn2")
        return x + start if stride == 1 and x.shape == start.shape else x

    def run(self, x):
        x = relu6(self.normalised(x, "_conv_stem", "_bn0", 2))
        index = 0
        while f"_blocks.{index}._project_conv.weight" in self.state:
            x = self.block(x, f"_blocks.{index}", self.strides.get(index, 1))
            index += 1
        x = relu6(self.normalised(x, "_conv_head", "_bn1"))
        return softmax(self.state["_fc.weight"] @ x.mean((1, 2)) + self.state["_fc.bias"])


class InceptionV3(Reference):
    output = "pool_3"

    def __init__(self, state, name):
        super().__init__(state)

    def chain(self, x, module, *names):
        for name in names:
            source = f"net.layers.{module}{name}"
            pad, stride = self.state[f"{source}.padding"], self.state[f"{source}.stride"]
            pads = [pad] * 4 if isinstance(pad, int) else [*pad, *pad]
            x = convolution(x, self.state[f"{source}.weight"], stride, pads)
            beta, mean, variance = (self.state[f"{source}.{part}"][:, None, None] for part in ("beta", "mean", "var"))
            x = relu((x - mean) / numpy.sqrt(variance + EPSILON) + beta)
        return x

    def mixed(self, x, index):
        """By what the archive's own program does with each of its modules."""
        name = f"mixed_{index}." if index else "mixed."

        def chain(tower, count, start=x):
            return self.chain(start, f"{name}{tower}.", *["conv", *(f"conv_{i}" for i in range(1, count))])

        def average():
            count = pooled(numpy.ones((1, *x.shape[1:])), numpy.sum, 1, pad=1)
            return pooled(x, numpy.sum, 1, pad=1) / count

        if index in (0, 1, 2):
            parts = [chain("tower", 2), chain("tower_1", 3), chain("tower_2", 1, average())]
        elif index == 3:
            parts = [chain("tower", 3), pooled(x, numpy.max, 2)]
        elif index in (4, 5, 6, 7):
            parts = [chain("tower", 3), chain("tower_1", 5), chain("tower_2", 1, average())]
        elif index == 8:
            return numpy.concatenate([chain("tower", 2), chain("tower_1", 4), pooled(x, numpy.max, 2)])
        else:
            a = self.chain(x, name, "tower_conv")
            b = self.chain(x, name, "tower_1_conv", "tower_1_conv_1")
            pool = average() if index == 9 else pooled(x, numpy.max, 1, pad=1, fill=-numpy.inf)
            parts = [
                self.chain(a, name, "tower_mixed_conv"),
                self.chain(a, name, "tower_mixed_conv_1"),
                self.chain(b, name, "tower_1_mixed_conv"),
                self.chain(b, name, "tower_1_mixed_conv_1"),
                self.chain(pool, name, "tower_2_conv"),
            ]
        return numpy.concatenate([self.chain(x, name, "conv"), *parts])

    def run(self, x):
        x = pooled(self.chain(x, "", "conv", "conv_1", "conv_2"), numpy.max, 2)
        x = pooled(self.chain(x, "", "conv_3", "conv_4"), numpy.max, 2)
        for index in range(11):
            x = self.mixed(x, index)
        return x.mean((1, 2))


class SqueezeNet(Reference):
    output = "predictions"

    def __init__(self, state, name):
        super().__init__(state)

    def one(self, x, name, stride=1):
        kernel = self.state[f"{name}/kernel"]
        pads = same_pads(x.shape[1], kernel.shape[0], stride)
        x = convolution(x, kernel.transpose(3, 2, 0, 1), stride, pads)
        return relu(x + self.state[f"{name}/bias"][:, None, None])

    def run(self, x):
        x = pooled(self.one(x, "conv1", 2), numpy.max, 2)
        for index in range(2, 10):
            squeezed = self.one(x, f"fire{index}/squeeze1x1")
            x = numpy.concatenate([self.one(squeezed, f"fire{index}/expand{k}x{k}") for k in (1, 3)])
            if index in (3, 5):
                x = pooled(x, numpy.max, 2)
        return softmax(self.one(x, "conv10").mean((1, 2)))


REFERENCES = {"efficientnet": EfficientNetLite, "inception": InceptionV3, "squeezenet": SqueezeNet}


def main(folder, weights, *names):
    generator = numpy.random.default_rng(20)
    for name in names:
        model = MODELS[name]
        reference = REFERENCES[name.split("-")[0]](model.read(weights), name)
        network = onnxruntime.InferenceSession(os.path.join(folder, f"{name}.onnx"))
        # Smooth blobs of colour rather than noise, so that the network has something to see.
        cells = -(-model.size // 16)
        coarse = numpy.kron(generator.uniform(0, 255, (3, cells, cells)), numpy.ones((16, 16)))
        pixels = coarse[:, : model.size, : model.size]
        x = (pixels - numpy.array(model.mean)[:, None, None]) / numpy.array(model.std)[:, None, None]
        batch = numpy.stack([x, x[:, ::-1]]).astype(numpy.float32)
        found = network.run([reference.output], {"input": batch})[0][0]
        expected = reference.run(x)
        worst = float(numpy.abs(found - expected).max() / expected.max())
        print(f"{name}: {reference.output} differs by {worst:.1e} of its largest, {expected.max():.3f}, at most")
        if worst > 1e-4 or found.argmax() != expected.argmax():
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
