"""Reads the members of a TorchScript archive without torch.

The archive is a zip file: a pickle of the module tree, and the numbers of each storage in a file of its own. The
unpickler makes empty objects of the module's classes and knows only the few other names that a tree of tensors needs,
so an archive cannot run code; the program in it is left unread.
"""

import collections
import pickle
import zipfile

import numpy

from torch_stream import DATA_TYPES, StorageType, StreamError, Tensor


class _Module:
    """A module, known by its members alone."""


def _rebuild_tensor(storage, offset, shape, strides, *_):
    return Tensor(storage, offset, shape, strides)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file)
        self.storage_types = {}

    def find_class(self, module, name):
        if module.startswith("__torch__."):
            return _Module
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("torch.jit._pickle", "build_intlist"):
            return list
        if module == "torch" and name in DATA_TYPES:
            return StorageType(name)
        raise StreamError(f"the archive asks for {module}.{name}, which no tree of tensors needs")

    def persistent_load(self, saved):
        kind, storage_type, key, *_ = saved
        if kind != "storage" or not isinstance(storage_type, StorageType):
            raise StreamError("the archive refers to something that is not a storage")
        self.storage_types[key] = storage_type.name
        return key


def _members(module, prefix=""):
    """The tensors, integers and lists of a tree, by their paths; what only torch needs is left out."""
    for name, value in vars(module).items():
        if isinstance(value, _Module):
            yield from _members(value, f"{prefix}{name}.")
        elif isinstance(value, (Tensor, list)) or type(value) is int:
            yield f"{prefix}{name}", value


def read_module(path):
    """Returns `{path of a member: numpy array, integer or list}` of the archive at `path`."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        root = names[0].split("/")[0]
        with archive.open(f"{root}/data.pkl") as file:
            unpickler = _Unpickler(file)
            members = dict(_members(unpickler.load()))
        storages = {}
        for key, storage_type in unpickler.storage_types.items():
            data = archive.read(f"{root}/data/{key}")  # zipfile checks the CRC
            storages[key] = numpy.frombuffer(data, DATA_TYPES[storage_type])
    return {
        name: value.array(storages) if isinstance(value, Tensor) else value
        for name, value in members.items()
    }
