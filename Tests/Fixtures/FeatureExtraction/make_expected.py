"""Writes the features that Python computes, for FeatureExtractionTests to compare with.

python make_expected.py SHARED MODELS   (needs numpy, pillow, onnx and onnxruntime)

SHARED is the folder with data/ and models/, MODELS is what Tools/setup makes. Files are float32,
little-endian, one vector after the other.
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image

HERE = pathlib.Path(__file__).parent
PHOTOS = 8
PATTERNS = 4


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


def photo(path, resample, size, is_squashed):
    """The whole picture squashed, or the centre square of 224/256 of the short side scaled."""
    image = Image.open(path).convert("RGB")
    if is_squashed:
        return np.asarray(image.resize((size, size), resample))
    side = min(image.size) * 0.875
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.resize((size, size), resample, box=box))


def tensor(pixels, mean, deviation):
    return ((pixels.astype(np.float32) - mean) / deviation).transpose(2, 0, 1)[None]


def run(network, layer, pixels, mean, deviation):
    return network.run([layer], {"input": tensor(pixels, mean, deviation)})[0][0]


def main(shared, models):
    shared, models = pathlib.Path(shared), pathlib.Path(models)
    photos = sorted((shared / "data/iconic200").rglob("*.jpg"))
    photos = photos[:: len(photos) // PHOTOS][:PHOTOS]
    (HERE / "photos.txt").write_text(
        "".join(f"{path.relative_to(shared).as_posix()}\n" for path in photos))
    cases = [
        ("mobilenet_v2", shared / "models/mobilenet_v2_1.0_224.onnx", "avg_pool", 128,
         Image.Resampling.BILINEAR, 224, False),
        ("efficientnet-lite0", models / "efficientnet-lite0.onnx", "top_conv", 127,
         Image.Resampling.BICUBIC, 224, False),
        ("efficientnet-lite0-288", models / "efficientnet-lite0-288.onnx", "top_activation", 127,
         Image.Resampling.BICUBIC, 288, True),
    ]
    for name, path, layer, mean, resample, size, is_squashed in cases:
        network = session(path, layer)
        maps = [run(network, layer, pattern(i, size), mean, 128) for i in range(PATTERNS)]
        maps = [m.reshape(m.shape[0], -1) for m in maps]
        np.array([m.mean(axis=1) for m in maps], "<f4").tofile(HERE / f"{name}.patterns.avg.f32")
        np.array([m.max(axis=1) for m in maps], "<f4").tofile(HERE / f"{name}.patterns.max.f32")
        maps = [run(network, layer, photo(p, resample, size, is_squashed), mean, 128) for p in photos]
        maps = [m.reshape(m.shape[0], -1) for m in maps]
        np.array([m.mean(axis=1) for m in maps], "<f4").tofile(HERE / f"{name}.photos.avg.f32")


main(*sys.argv[1:])
