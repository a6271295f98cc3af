"""The libraries that are compared, by name. To add one, write its class in a file here and name it in `PEERS`."""

from comparison.libraries.faiss import Faiss
from comparison.libraries.hannoy import Hannoy
from comparison.libraries.hnswlib import Hnswlib
from comparison.libraries.likeness import Likeness
from comparison.libraries.ngt import NGT
from comparison.libraries.rabitqlib import RaBitQ
from comparison.libraries.scann import ScaNN
from comparison.libraries.svs import SVS
from comparison.libraries.usearch import USearch
from comparison.libraries.voyager import Voyager
from comparison.libraries.vsag import VSAG

OURS = Likeness()
PEERS = [Hnswlib(), Faiss(), USearch(), Voyager(), ScaNN(), NGT(), SVS(), RaBitQ(), VSAG(), Hannoy()]


def named(name):
    """The library of a name, which must be one."""
    return next(library for library in [OURS, *PEERS] if library.name == name)
