"""Builds the extension, and carries the library and the Swift runtime that it needs beside it.

The library is the checkout's `.build/release/libLikenessC.so`; it is built if it is missing or older than its sources. Where
LIKENESS_LIBRARY names another, that one is taken as it is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
CHOSEN = os.environ.get("LIKENESS_LIBRARY")
LIBRARY = Path(CHOSEN) if CHOSEN else CHECKOUT / ".build" / "release" / "libLikenessC.so"
HEADERS = CHECKOUT / "Sources" / "CLikeness" / "include"


def is_current():
    """Whether the library is there and no source is newer."""
    if not LIBRARY.exists():
        return False
    made = LIBRARY.stat().st_mtime
    files = [CHECKOUT / "Package.swift"]
    for folder in ("Sources", "Indexes"):
        files += (path for path in (CHECKOUT / folder).rglob("*") if path.suffix in {".swift", ".c", ".h"})
    return all(path.stat().st_mtime <= made for path in files)


def build_library():
    if not HEADERS.is_dir():
        sys.exit(f"{CHECKOUT} is no checkout of Likeness; run 'pip install ./Tools/python' in one.")
    if CHOSEN and not LIBRARY.exists():
        sys.exit(f"There is no library at {LIBRARY}, which LIKENESS_LIBRARY names.")
    if CHOSEN or is_current():
        return
    if not shutil.which("swift"):
        sys.exit(f"{LIBRARY} is missing or old, and there is no 'swift' on the PATH to build it; run Tools/setup.")
    command = ["swift", "build", "--configuration", "release", "--product", "LikenessC"]
    if subprocess.run(command, cwd=CHECKOUT).returncode != 0:
        sys.exit("the library could not be built; the compiler's lines above say why.")


def patchelf(*arguments):
    done = subprocess.run(["patchelf", *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def carried(library, folders=()):
    """The library and those that it needs from the folders of its own RPATH, which is where Swift's runtime lies.

    What is found nowhere there (libc, OpenBLAS, LMDB ...) is the system's.
    """
    folders = [*folders, *(Path(entry) for entry in patchelf("--print-rpath", library).split(":") if entry[:1] == "/")]
    found = {library.name: library}
    waiting = [library]
    while waiting:
        for name in patchelf("--print-needed", waiting.pop()).split():
            path = next((folder / name for folder in folders if (folder / name).exists()), None)
            if path and name not in found:
                found[name] = path
                waiting.append(path)
    return found


class BuildWithLibrary(build_ext):
    def run(self):
        build_library()
        super().run()
        extension = Path(self.get_ext_fullpath("likeness._native"))
        patchelf("--set-rpath", "$ORIGIN/lib", extension)  # and nothing that Python's own build adds
        folder = extension.parent / "lib"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, path in carried(LIBRARY).items():
            shutil.copyfile(path, folder / name)
            os.chmod(folder / name, 0o755)
            patchelf("--set-rpath", "$ORIGIN", folder / name)


setup(
    ext_modules=[
        Extension(
            "likeness._native",
            sources=[str(path.relative_to(HERE)) for path in sorted((HERE / "extension").glob("*.c"))],
            depends=["extension/native.h"],
            include_dirs=[str(HEADERS), numpy.get_include()],
            library_dirs=[str(LIBRARY.parent)],
            libraries=["LikenessC"],
            extra_compile_args=["-std=c11", "-Wall", "-Wextra", "-fvisibility=hidden"],
        )
    ],
    cmdclass={"build_ext": BuildWithLibrary},
)
