"""EfficientNet-Lite as an ONNX graph, built from a state dictionary.

The network is that of Tan and Le, "EfficientNet" (2019), in its Lite form: no squeeze-and-excitation, ReLU6 in place
of swish. Every batch normalisation is folded into the convolution before it, so a convolution's output here is what
the published network has after its normalisation. Layers have the names that Keras gives them.
"""

import numpy
import onnx
from onnx import helper, numpy_helper

EPSILON = 1e-3
OPSET = 13
IR_VERSION = 8

# Of each stage: how many blocks, and the stride of the first. Channels and kernels are read off the weights.
LITE0_STAGES = [(1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1)]


class EfficientNetLite:
    """A graph under construction. `nodes[i].name` is also the name of the node's only output."""

    def __init__(self, state, stages, size):
        self.state = state
        self.size = size
        self.nodes, self.initializers, self.layers = [], [], []
        self.unused = {name for name in state if not name.endswith("num_batches_tracked")}
        self._build(stages)
        if self.unused:
            raise ValueError(f"weights without a place in the network: {sorted(self.unused)}")

    def model(self, name):
        """The finished and checked `ModelProto`."""
        classes = self.layers[-1]["shape"][0]
        graph = helper.make_graph(
            self.nodes,
            name,
            [_value("input", ["batch", 3, self.size, self.size])],
            [_value("predictions", ["batch", classes])],
            self.initializers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        model.producer_name = "likeness"
        onnx.checker.check_model(model, full_check=True)
        return model

    def _build(self, stages):
        x = self._convolution("input", "_conv_stem", "_bn0", "stem_conv", self.size, stride=2)
        x = self._activation(x, "stem_activation")
        index = 0
        for stage, (blocks, stride) in enumerate(stages, start=1):
            for block in range(blocks):
                name = f"block{stage}{chr(ord('a') + block)}"
                x = self._block(x, f"_blocks.{index}", name, stride if block == 0 else 1)
                index += 1
        x = self._convolution(x, "_conv_head", "_bn1", "top_conv", self._side())
        x = self._activation(x, "top_activation")
        channels = self.layers[-1]["shape"][0]
        x = self._node("GlobalAveragePool", [x], "global_average", [channels, 1, 1])
        x = self._node("Flatten", [x], "avg_pool", [channels])
        x = self._classifier(x)
        self._node("Softmax", [x], "predictions", self.layers[-1]["shape"], axis=1)

    def _block(self, x, source, name, stride):
        """An inverted bottleneck: widen, filter each channel by itself, narrow; added to its input if alike."""
        start, start_shape = x, self.layers[-1]["shape"]
        if f"{source}._expand_conv.weight" in self.state:
            x = self._convolution(
                x, f"{source}._expand_conv", f"{source}._bn0", f"{name}_expand_conv", self._side()
            )
            x = self._activation(x, f"{name}_expand_activation")
        x = self._convolution(
            x, f"{source}._depthwise_conv", f"{source}._bn1", f"{name}_dwconv", self._side(), stride
        )
        x = self._activation(x, f"{name}_activation")
        x = self._convolution(
            x, f"{source}._project_conv", f"{source}._bn2", f"{name}_project_conv", self._side()
        )
        if self.layers[-1]["shape"] == start_shape and stride == 1:
            x = self._node("Add", [x, start], f"{name}_add", start_shape)
        return x

    def _side(self):
        return self.layers[-1]["shape"][1]

    def _take(self, name):
        self.unused.discard(name)
        return self.state[name]

    def _convolution(self, x, source, normalisation, name, side, stride=1):
        weight = self._take(f"{source}.weight").astype(numpy.float64)
        scale, shift, mean, variance = (
            self._take(f"{normalisation}.{part}").astype(numpy.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = scale / numpy.sqrt(variance + EPSILON)
        channels, per_group, kernel, _ = weight.shape
        # TensorFlow's SAME: the output has ceil(side / stride) positions, an odd pad goes after.
        output_side = -(-side // stride)
        pad = max((output_side - 1) * stride + kernel - side, 0)
        before, after = pad // 2, pad - pad // 2
        self._store(f"{name}.weight", weight * factor[:, None, None, None])
        self._store(f"{name}.bias", shift - mean * factor)
        return self._node(
            "Conv",
            [x, f"{name}.weight", f"{name}.bias"],
            name,
            [channels, output_side, output_side],
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=1 if per_group > 1 or channels == 1 else channels,
        )

    def _activation(self, x, name):
        """ReLU6; its two bounds are shared by all of them."""
        if not any(tensor.name == "zero" for tensor in self.initializers):
            self._store("zero", numpy.float64(0))
            self._store("six", numpy.float64(6))
        return self._node("Clip", [x, "zero", "six"], name, self.layers[-1]["shape"])

    def _classifier(self, x):
        weight = self._take("_fc.weight")
        self._store("logits.weight", weight)
        self._store("logits.bias", self._take("_fc.bias"))
        inputs = [x, "logits.weight", "logits.bias"]
        return self._node("Gemm", inputs, "logits", [weight.shape[0]], transB=1)

    def _store(self, name, values):
        array = numpy.asarray(values, dtype=numpy.float32)
        self.initializers.append(numpy_helper.from_array(array, name))

    def _node(self, operator, inputs, name, shape, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        self.layers.append({"name": name, "operator": operator, "shape": list(shape)})
        return name


def _value(name, shape):
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
