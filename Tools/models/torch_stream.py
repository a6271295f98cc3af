"""Reads the tensors of a legacy `torch.save` stream without torch.

The stream is five pickles (magic number, protocol version, system information, the object, the list of storage
keys) and then, for each storage, its length as a 64-bit integer and its numbers. The unpickler knows only the few
names that a state dictionary needs, so a stream cannot run code.
"""

import collections
import pickle

import numpy

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
DATA_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class StreamError(Exception):
    """What is wrong with a stream, in one sentence."""


class StorageType:
    def __init__(self, name):
        self.name = name


class Tensor:
    """Where a tensor lies in its storage; the numbers come later in the stream."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self, storages):
        base = storages[self.storage]
        steps = [(length - 1) * stride for length, stride in zip(self.shape, self.strides)]
        outside = self.offset + sum(steps) >= base.size
        if outside or min([self.offset, *self.strides, *(n - 1 for n in self.shape)]) < 0:
            raise StreamError("a tensor reaches outside its storage")
        view = numpy.lib.stride_tricks.as_strided(
            base[self.offset :], self.shape, [stride * base.itemsize for stride in self.strides]
        )
        return numpy.ascontiguousarray(view).reshape(self.shape)


def _rebuild_tensor(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    """Builds dictionaries of `Tensor`, and nothing else."""

    storage_types = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in DATA_TYPES:
            return StorageType(name)
        raise StreamError(f"the stream asks for {module}.{name}, which no state dictionary needs")

    def persistent_load(self, saved):
        kind, storage_type, key, _device, _length, *_view = saved
        if kind != "storage" or not isinstance(storage_type, StorageType):
            raise StreamError("the stream refers to something that is not a storage")
        self.storage_types[key] = storage_type.name
        return key


def _load(file):
    unpickler = _Unpickler(file)
    unpickler.storage_types = {}
    return unpickler.load(), unpickler.storage_types


def read_state_dictionary(path):
    """Returns `{name: numpy array}` of the stream at `path`, in the stream's order."""
    with open(path, "rb") as file:
        if _load(file)[0] != MAGIC_NUMBER or _load(file)[0] != PROTOCOL_VERSION:
            raise StreamError(f"{path} is not a legacy torch.save stream")
        _load(file)  # system information
        state, storage_types = _load(file)
        keys, _ = _load(file)
        storages = {}
        for key in keys:
            length = int.from_bytes(file.read(8), "little")
            data_type = numpy.dtype(DATA_TYPES[storage_types[key]])
            data = file.read(length * data_type.itemsize)
            if len(data) != length * data_type.itemsize:
                raise StreamError(f"{path} ends in the middle of a tensor")
            storages[key] = numpy.frombuffer(data, data_type)
        if file.read(1):
            raise StreamError(f"{path} has bytes after its last tensor")
    return {name: tensor.array(storages) for name, tensor in state.items()}
