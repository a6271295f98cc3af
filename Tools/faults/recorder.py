"""The preloaded recorder: builds it, runs the tool under it, and reads what it recorded."""
import pathlib
import shutil
import struct
import subprocess

from .tool import Failure

CREATE, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, LINK, MAPPED, SAID, UNKNOWN = range(1, 13)
NAMES = "- create write truncate sync rename unlink mkdir rmdir link mapped said unknown".split()
HEADER = struct.Struct("<IIQQIII4x")


class Record:
    """One call that changed something below the folder."""

    def __init__(self, operation, flag, inode, offset, path, other, data):
        self.operation, self.flag, self.inode, self.offset = operation, flag, inode, offset
        self.path, self.other, self.data = path, other, data

    def __str__(self):
        tail = f" at {self.offset}, {len(self.data)} bytes" if self.operation == WRITE else ""
        return f"{NAMES[self.operation]} {pathlib.Path(self.path).name}{tail}"

    @property
    def is_call(self):
        """Whether the recorder counted it when asked to end the process at the n-th call."""
        return self.operation not in (MAPPED, SAID)


class Recorder:
    """The library, built in a folder."""

    def __init__(self, folder):
        compiler = compiler_path()
        if compiler is None:
            raise Failure("no C compiler was found to build the recorder with; install gcc or clang")
        self.library = pathlib.Path(folder) / "recorder.so"
        source = pathlib.Path(__file__).with_name("recorder.c")
        command = [compiler, "-O1", "-shared", "-fPIC", "-o", self.library, source, "-ldl", "-lpthread"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"the recorder could not be built: {done.stderr.strip()[-400:]}")

    def environment(self, root, **options):
        wanted = {f"FAULTS_{name.upper()}": str(value) for name, value in options.items()}
        return {"LD_PRELOAD": str(self.library), "FAULTS_ROOT": str(root), **wanted}

    def record(self, tool, root, log, *words):
        """Runs a command to its end and returns what it did."""
        log.unlink(missing_ok=True)
        ended = tool.end(*words, environment=self.environment(root, log=log))
        ended.require_sentence()
        if not log.exists():
            raise Failure(f"the recorder was not loaded: {ended}")
        return ended, records(log)


def compiler_path():
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found:
        return found
    swift = shutil.which("swift")
    beside = pathlib.Path(swift).resolve().with_name("clang") if swift else None
    return str(beside) if beside and beside.exists() else None


def records(log):
    """Reads what was recorded."""
    data = log.read_bytes()
    found, at = [], 0
    while at + HEADER.size <= len(data):
        operation, flag, inode, offset, path, other, size = HEADER.unpack_from(data, at)
        at += HEADER.size
        parts = []
        for length in (path, other, size):
            parts.append(data[at : at + length])
            at += length
        found.append(Record(operation, flag, inode, offset, parts[0].decode(), parts[1].decode(), parts[2]))
    return found
