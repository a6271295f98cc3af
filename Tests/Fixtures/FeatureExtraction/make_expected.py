"""Writes the features that Python computes, for FeatureExtractionTests to compare with.

python make_expected.py SHARED MODELS   (needs numpy, pillow, onnx and onnxruntime)

SHARED is the folder with data/ and models/, MODELS is what Tools/setup and `likeness models add` make. Files are
float32, little-endian, one vector after the other.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image

HERE = pathlib.Path(__file__).parent
PHOTOS = 8
PATTERNS = 4
# The models of MODELS, with a layer where it is not the default one; those of the second list are only averaged.
INSTALLED = {"efficientnet-lite0": "top_conv", "efficientnet-lite0-288": None}
AVERAGED = {"efficientnet-lite1": None, "efficientnet-lite2": None, "inception-v3": None, "squeezenet-1.1": None}
MOBILENET = dict(width=224, channels="RGB", mean=[128], std=[128], resize="bilinear", fit="crop", crop=0.875)
SQUEEZENET = dict(width=227, channels="BGR", mean=[104, 117, 123], std=[1], resize="bilinear", fit="squash")
SHARED_MODELS = [
    ("mobilenet_v1", "mobilenet_v1_1.0_224.onnx", MOBILENET),
    ("mobilenet_v2", "mobilenet_v2_1.0_224.onnx", MOBILENET),
    ("squeezenet1_1", "squeezenet1_1.onnx", SQUEEZENET),
]


def session(path, layer):
    model = onnx.load(path)
    if layer not in [output.name for output in model.graph.output]:
        model.graph.output.append(onnx.ValueInfoProto(name=layer))
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"])


def pattern(number, size):
    """A square RGB picture made by integer arithmetic alone."""
    y, x, c = np.mgrid[0:size, 0:size, 0:3]
    waves = (x * (number + 1) + y * (2 * number + 1) + c * 40 + x * y // (16 * (number + 1)))
    return (waves % 256).astype(np.uint8)


def photo(path, wanted):
    """The whole picture squashed, or the centre square scaled."""
    image = Image.open(path).convert("RGB")
    resample, size = Image.Resampling[wanted["resize"].upper()], wanted["width"]
    if wanted["fit"] == "squash":
        return np.asarray(image.resize((size, size), resample))
    side = min(image.size) * wanted["crop"]
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((size, size), resample, box=box))


def tensor(pixels, wanted):
    """Normalised by means and deviations of the values 0...255."""
    if wanted["channels"] == "BGR":
        pixels = pixels[:, :, ::-1]
    mean, std = np.float32(wanted["mean"]), np.float32(wanted["std"])
    return np.ascontiguousarray(((pixels.astype(np.float32) - mean) / std).transpose(2, 0, 1)[None])


def run(network, layer, pixels, wanted):
    found = network.run([layer], {"input": tensor(pixels, wanted)})[0][0]
    return found.reshape(found.shape[0], -1)


def cases(shared, models):
    for names, poolings in [(INSTALLED, ["avg", "max"]), (AVERAGED, ["avg"])]:
        for name, layer in names.items():
            manifest = json.loads((models / f"{name}.json").read_text())
            assert manifest["input"]["range"] == [0, 255]
            yield name, models / f"{name}.onnx", layer or manifest["defaultLayer"], manifest["input"], poolings
    for name, file, wanted in SHARED_MODELS:
        yield name, shared / "models" / file, "avg_pool", wanted, ["avg", "max"] if name == "mobilenet_v2" else ["avg"]


def main(shared, models):
    shared, models = pathlib.Path(shared), pathlib.Path(models)
    photos = sorted((shared / "data/iconic200").rglob("*.jpg"))
    photos = photos[:: len(photos) // PHOTOS][:PHOTOS]
    (HERE / "photos.txt").write_text(
        "".join(f"{path.relative_to(shared).as_posix()}\n" for path in photos))
    for name, path, layer, wanted, poolings in cases(shared, models):
        network = session(path, layer)
        maps = [run(network, layer, pattern(i, wanted["width"]), wanted) for i in range(PATTERNS)]
        for pooling in poolings:
            pooled = [m.mean(axis=1) if pooling == "avg" else m.max(axis=1) for m in maps]
            np.array(pooled, "<f4").tofile(HERE / f"{name}.patterns.{pooling}.f32")
        maps = [run(network, layer, photo(p, wanted), wanted) for p in photos]
        np.array([m.mean(axis=1) for m in maps], "<f4").tofile(HERE / f"{name}.photos.avg.f32")


main(*sys.argv[1:])
