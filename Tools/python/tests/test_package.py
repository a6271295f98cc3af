"""What is installed: it carries what it needs, says its version, and has types."""

import importlib.metadata
import os
import re
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import numpy
import pytest

import likeness

PACKAGE = Path(likeness.__file__).parent
HERE = Path(__file__).parent


def test_the_version_is_the_librarys():
    assert importlib.metadata.version("likeness") == likeness.__version__


def test_nothing_is_loaded_from_a_toolchain():
    program = """if True:
        import likeness, numpy
        likeness.Index.build(numpy.eye(8, dtype="f4")).search(numpy.ones(8, "f4"), threads=2, k=3)
        print(open("/proc/self/maps").read())"""
    environment = {name: value for name, value in os.environ.items() if name not in ("PATH", "LD_LIBRARY_PATH")}
    command = [sys.executable, "-c", program]
    maps = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    loaded = {Path(path) for path in re.findall(r" (/\S+\.so\S*)", maps)}
    ours = {path for path in loaded if re.match(r"lib(swift|_?Foundation|dispatch|Blocks|LikenessC)", path.name)}
    assert {"libLikenessC.so", "libswiftCore.so"} <= {path.name for path in ours}
    assert {path.parent for path in ours} == {PACKAGE / "lib"}
    places = ("/usr/lib", "/lib", sys.prefix, sys.base_prefix)
    assert all(str(path).startswith(places) for path in loaded), loaded


def test_what_is_carried_looks_beside_itself_only():
    libraries = sorted((PACKAGE / "lib").iterdir())
    assert libraries
    names = {library.name for library in libraries}
    for library in [*libraries, *PACKAGE.glob("_native.*.so")]:
        shown = subprocess.run(["readelf", "-d", library], check=True, stdout=subprocess.PIPE, text=True).stdout
        expected = "$ORIGIN/lib" if library.parent == PACKAGE else "$ORIGIN"
        assert re.findall(r"R(?:UN)?PATH.*\[(.*)\]", shown) == [expected], library
        needed = re.findall(r"NEEDED.*\[(.*)\]", shown)
        assert all(name in names for name in needed if re.match(r"lib(swift|_?Foundation|dispatch|LikenessC)", name))


def test_types(tmp_path):
    def mypy(*arguments):
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", *arguments]
        return subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)

    right = mypy(HERE / "typed_use.py")
    assert right.returncode == 0, right.stdout
    package = mypy("--package", "likeness")
    assert package.returncode == 0, package.stdout
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import likeness\nlikeness.Index.build([[1.0]], kind=3)\nlikeness.Index.open('a').search([1.0], filtr='a')\n"
    )
    assert mypy(wrong).stdout.count("error:") == 2


def test_everything_public_is_documented():
    for name in likeness.__all__:
        if name in ("PointID", "__version__", "kinds"):
            continue
        thing = getattr(likeness, name)
        assert thing.__doc__, name
        for part, value in vars(thing).items():
            if not part.startswith("_") and (callable(value) or isinstance(value, property | classmethod)):
                assert value.__doc__, f"{name}.{part}"


@pytest.mark.parametrize("name", ["InvalidDataError", "NotFoundError", "InputOutputError", "BusyError", "ClosedError"])
def test_errors_are_pythons_too(name):
    error = getattr(likeness, name)("it went wrong.")
    assert str(error) == "it went wrong." and isinstance(error, likeness.Error)
    assert type(error).__mro__[2] is not Exception


def test_types_of_results_are_what_the_hints_say():
    index = likeness.Index.build(numpy.eye(4, dtype="f4"), kind="flat")
    ids, distances = index.search(numpy.ones((2, 4)))
    assert (ids.dtype, distances.dtype, index.ids.dtype) == (numpy.uint64, numpy.float32, numpy.uint64)
    nothing = type(None)
    assert [type(value) for value in astuple(index.stats)] == [
        int, int, int, str, str, nothing, nothing, bool, dict
    ]
    assert type(likeness.Index.build(numpy.eye(4)).stats.codes) is str
