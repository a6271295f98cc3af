"""A model as its manifest describes it, run as one would in Python: Pillow, numpy and ONNX Runtime."""

import numpy
import onnx
import onnxruntime
from PIL import Image


def cut(path, layers):
    """The bytes of a network with some of its inner tensors as its only outputs."""
    graph = onnx.load(path)
    del graph.graph.output[:]
    graph.graph.output.extend(onnx.helper.make_empty_tensor_value_info(layer) for layer in layers)
    return graph.SerializeToString()


class Model:
    """Some layers of a model, averaged. `manifest` has, besides its own members, the network's `path`."""

    def __init__(self, manifest, layers):
        self.name = manifest["name"]
        self.input = manifest["input"]
        self.layers = layers
        self.axes = {layer["name"]: layer.get("channelAxis", 0) for layer in manifest["layers"]}
        graph = cut(manifest["path"], layers)
        self.session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])

    def opened(self, path):
        """A picture as red, green and blue, on white where it is transparent."""
        image = Image.open(path)
        if image.mode in ("RGBA", "LA", "PA", "P"):
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image)
        return image.convert("RGB")

    def fitted(self, image):
        """The part of a picture that the network sees, at the network's size."""
        wanted = self.input
        size = (wanted["width"], wanted["height"])
        box = None
        if wanted["fit"] == "crop":
            scale = min(image.width / size[0], image.height / size[1]) * wanted.get("crop", 1)
            # A quotient times its divisor can be one rounding step above the side it came from.
            width, height = min(image.width, size[0] * scale), min(image.height, size[1] * scale)
            left, top = (image.width - width) / 2, (image.height - height) / 2
            box = (left, top, left + width, top + height)
        return image.resize(size, Image.Resampling[wanted["resize"].upper()], box=box)

    def tensor(self, image):
        """A fitted picture as the network's input."""
        wanted = self.input
        pixels = numpy.asarray(image, numpy.float32)
        if wanted["channels"] == "BGR":
            pixels = pixels[:, :, ::-1]
        low, high = wanted["range"]
        mean = numpy.asarray(wanted["mean"], numpy.float32)
        std = numpy.asarray(wanted["std"], numpy.float32)
        pixels = (pixels * ((high - low) / 255) + low - mean) / std
        return pixels if wanted["layout"] == "NHWC" else pixels.transpose(2, 0, 1)

    def prepare(self, path):
        return self.tensor(self.fitted(self.opened(path)))

    def features(self, batch):
        """For every layer, the average of every channel: images × channels."""
        maps = self.session.run(self.layers, {self.input["name"]: numpy.ascontiguousarray(batch)})
        result = []
        for name, values in zip(self.layers, maps, strict=True):
            channels = self.axes[name] + 1
            others = tuple(axis for axis in range(1, values.ndim) if axis != channels)
            result.append(values.mean(axis=others) if values.ndim > 2 else values)
        return result
