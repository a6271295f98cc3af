"""An ONNX graph under construction: what the converters of all networks share."""

import numpy
import onnx
from onnx import helper, numpy_helper

OPSET = 13
IR_VERSION = 8


class Network:
    """The graph of a square RGB or BGR image. `nodes[i].name` is also the name of the node's only output."""

    def __init__(self, state, size):
        self.state = state
        self.size = size
        self.nodes, self.initializers, self.layers = [], [], []
        self.unused = {name for name in state if not name.endswith("num_batches_tracked")}

    def finish(self):
        """Ends the construction: every weight must have found its place."""
        if self.unused:
            raise ValueError(f"weights without a place in the network: {sorted(self.unused)}")

    def model(self, name):
        """The finished and checked `ModelProto`."""
        last = self.layers[-1]
        graph = helper.make_graph(
            self.nodes,
            name,
            [_value("input", ["batch", 3, self.size, self.size])],
            [_value(last["name"], ["batch", *last["shape"]])],
            self.initializers,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        model.producer_name = "likeness"
        onnx.checker.check_model(model, full_check=True)
        return model

    def take(self, name):
        """A weight, which counts as used from now on."""
        self.unused.discard(name)
        return self.state[name]

    def shape(self, name):
        """The shape of a layer, or of the input, without the batch."""
        if name == "input":
            return [3, self.size, self.size]
        return next(layer["shape"] for layer in reversed(self.layers) if layer["name"] == name)

    def convolution(self, x, name, weight, bias, strides, pads, group=1):
        """A convolution; `weight` is output × input × height × width, `pads` is top, left, bottom, right."""
        channels, _, *kernel = weight.shape
        sides = [
            (side + before + after - length) // stride + 1
            for side, before, after, length, stride in zip(
                self.shape(x)[1:], pads[:2], pads[2:], kernel, strides, strict=True
            )
        ]
        self.store(f"{name}.weight", weight)
        self.store(f"{name}.bias", bias)
        return self.node(
            "Conv",
            [x, f"{name}.weight", f"{name}.bias"],
            name,
            [channels, *sides],
            kernel_shape=kernel,
            strides=strides,
            pads=pads,
            group=group,
        )

    def pooling(self, operator, x, name, kernel, stride, pad=0, **attributes):
        """A square pooling; what reaches over the edge is left out."""
        channels, *sides = self.shape(x)
        sides = [(side + 2 * pad - kernel) // stride + 1 for side in sides]
        return self.node(
            operator,
            [x],
            name,
            [channels, *sides],
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[pad] * 4,
            **attributes,
        )

    def relu(self, x, name):
        return self.node("Relu", [x], name, self.shape(x))

    def concatenation(self, parts, name):
        """The channels of several maps, one after the other."""
        shapes = [self.shape(part) for part in parts]
        channels = sum(shape[0] for shape in shapes)
        return self.node("Concat", parts, name, [channels, *shapes[0][1:]], axis=1)

    def global_average(self, x, map_name, name):
        """The mean of every channel, as a vector."""
        channels = self.shape(x)[0]
        x = self.node("GlobalAveragePool", [x], map_name, [channels, 1, 1])
        return self.node("Flatten", [x], name, [channels])

    def store(self, name, values):
        array = numpy.asarray(values, dtype=numpy.float32)
        self.initializers.append(numpy_helper.from_array(array, name))

    def node(self, operator, inputs, name, shape, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        self.layers.append({"name": name, "operator": operator, "shape": list(shape)})
        return name


def _value(name, shape):
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
