"""Writes the small ONNX networks that ModelFolderTests adds.

python make_networks.py   (needs numpy and onnx)

All of those that look at a picture begin with the same convolution, so their maps can be compared.
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
GENERATOR = np.random.default_rng(7)
KERNEL = numpy_helper.from_array(GENERATOR.normal(size=(4, 3, 3, 3)).astype(np.float32), "kernel")
SIDE = 16
CONV = dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
POSITIONS = (SIDE // 2) ** 2


def integers(name, values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs.split(), output.split(), **attributes)


def write(name, nodes, shape, outputs="result", constants=(), kind=TensorProto.FLOAT, opset=13, more=(), result=TensorProto.FLOAT):
    """One network; `shape` is the input's."""
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("image", kind, shape), *more],
        [helper.make_tensor_value_info(output, result, None) for output in outputs.split()],
        [KERNEL, *constants],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def start(x="image"):
    return [node("Conv", f"{x} kernel", "conv", **CONV), node("Relu", "conv", "map")]


OPEN, ONE = ["batch", 3, SIDE, SIDE], [1, 3, SIDE, SIDE]
POOL = [node("GlobalAveragePool", "map", "pool"), node("Flatten", "pool", "result")]
write("plain", start() + POOL, OPEN)
write("fixed-batch", start() + POOL, ONE)
write("open-size", start() + POOL, ["batch", 3, "height", "width"])
write("all-open", start() + POOL, ["batch", "a", "b", "c"])
one_by_one = [node("Reshape", "map sizes", "flat"), node("Relu", "flat", "result")]
write("one-by-one", start() + one_by_one, ONE, constants=[integers("sizes", [1, 4 * POSITIONS])])
write("by-fours", start() + one_by_one, [4, *ONE[1:]], constants=[integers("sizes", [4, 4 * POSITIONS])])
write(
    "channels-last",
    [node("Transpose", "image", "turned", perm=[0, 3, 1, 2]), *start("turned")]
    + [node("Transpose", "map", "map_last", perm=[0, 2, 3, 1]), node("Relu", "map_last", "result")],
    ["batch", SIDE, SIDE, 3],
)
weight = numpy_helper.from_array(GENERATOR.normal(size=(4, 5)).astype(np.float32), "weight")
write(
    "tokens",
    start()
    + [node("Reshape", "map sizes", "rows"), node("Transpose", "rows", "tokens", perm=[0, 2, 1])]
    + [node("MatMul", "tokens weight", "result")],
    OPEN,
    constants=[integers("sizes", [0, 4, POSITIONS]), weight],
)
write(
    "mixed",
    start()
    + [node("Shape", "map", "shape"), node("ReduceMean", "map", "average_image", axes=[0], keepdims=1)]
    + [node("Sub", "map average_image", "centred"), node("ArgMax", "map", "largest", axis=1)]
    + [node("Mul", "kernel kernel", "weights_only"), node("ReduceMax", "map", "number", keepdims=0)]
    + [node("SequenceConstruct", "map conv", "both"), node("SequenceAt", "both zero", "result")],
    OPEN,
    constants=[integers("zero", 0)],
)
write("constant", [node("Identity", "kernel", "weights"), node("Shape", "image", "result")], OPEN, result=TensorProto.INT64)
two = helper.make_tensor_value_info("mask", TensorProto.FLOAT, OPEN)
write("two-inputs", [node("Add", "image mask", "both"), *start("both"), *POOL], OPEN, more=[two])
write("bytes", [node("Cast", "image", "numbers", to=1), *start("numbers"), *POOL], OPEN, kind=TensorProto.UINT8)
write("grey", [node("Relu", "image", "result")], ["batch", 1, SIDE, SIDE])
write("vector", [node("Relu", "image", "result")], ["batch", 48])
write("future", start() + POOL, OPEN, opset=99)
write("unknown-operator", [*start(), node("Frobnicate", "map", "result")], OPEN)
model = onnx.load(HERE / "plain.onnx")
kernel = model.graph.initializer[0]
kernel.ClearField("raw_data")
kernel.data_location = TensorProto.EXTERNAL
kernel.external_data.add(key="location", value="weights.bin")
(HERE / "external.onnx").write_bytes(model.SerializeToString(deterministic=True))
