"""A disk that may lose power: what of the recorded changes is on it, and what may or may not be."""
import os
import pathlib
import shutil

from . import recorder as calls
from .tool import Failure

SECTOR = 512


class Node:
    """A file or folder: what is surely on the disk, and what has been changed since the last sync of it."""

    def __init__(self, is_folder, source=None):
        self.is_folder = is_folder
        # The path of an untouched file, until it is changed.
        self.source = source
        self.content = {} if is_folder else None if source else bytearray()
        self.pending = []

    def bytes(self):
        if self.content is None:
            self.content = bytearray(self.source.read_bytes())
        return self.content

    def add(self, change):
        if not self.is_folder:
            self.bytes()
            self.source = None
        self.pending.append(change)

    def sync(self):
        for change in self.pending:
            change.apply(self.content)
        self.pending.clear()


class Write:
    def __init__(self, offset, data, is_sure):
        self.offset, self.data, self.is_sure = offset, data, is_sure

    def apply(self, content, sectors=None):
        end = self.offset + len(self.data)
        if len(content) < end:
            content.extend(bytes(end - len(content)))
        if sectors is None:
            content[self.offset : end] = self.data
            return
        at = self.offset
        while at < end:
            next_ = min(end, at // SECTOR * SECTOR + SECTOR)
            if sectors():
                content[at:next_] = self.data[at - self.offset : next_ - self.offset]
            at = next_


class Truncate:
    is_sure = False

    def __init__(self, length):
        self.length = length

    def apply(self, content, _sectors=None):
        if len(content) > self.length:
            del content[self.length :]
        else:
            content.extend(bytes(self.length - len(content)))


class Entries:
    """A change of a folder: names that come to stand for files, or for none."""

    is_sure = False

    def __init__(self, names):
        self.names = names

    def apply(self, content, _sectors=None):
        for name, inode in self.names.items():
            if inode is None:
                content.pop(name, None)
            else:
                content[name] = inode


class Disk:
    """Files below a folder, as the recorded calls change them."""

    def __init__(self, root, kept):
        """`kept` is a copy of the folder as it was before the first call."""
        self.nodes = {}
        self.paths = {}
        self.inodes = {}
        self.generation = 0
        self.root = str(root)
        for folder, _, files in os.walk(root):
            self.remember(folder, Node(True), os.lstat(folder).st_ino)
            for name in files:
                path = pathlib.Path(folder) / name
                self.remember(str(path), Node(False, kept / path.relative_to(root)), path.lstat().st_ino)
        for path, key in self.paths.items():
            if path != self.root:
                self.parent(path).content[os.path.basename(path)] = key

    def copy(self):
        """The same disk, to be played on independently."""
        self, other = Disk.__new__(Disk), self
        self.root, self.generation = other.root, other.generation
        self.paths, self.inodes = dict(other.paths), dict(other.inodes)
        self.nodes = {}
        for key, node in other.nodes.items():
            self.nodes[key] = copy = Node(node.is_folder, node.source)
            copy.content = node.content if node.content is None else node.content.copy()
            copy.pending = list(node.pending)
        return self

    def remember(self, path, node, inode):
        """Gives a node a number of our own, for inodes are used again."""
        self.generation += 1
        self.nodes[self.generation] = node
        self.paths[path] = self.inodes[inode] = self.generation
        return self.generation

    def parent(self, path):
        return self.nodes[self.paths[os.path.dirname(path)]]

    def play(self, record):
        operation, path = record.operation, record.path
        if operation in (calls.CREATE, calls.MKDIR):
            key = self.remember(path, Node(operation == calls.MKDIR), record.inode)
            self.parent(path).add(Entries({os.path.basename(path): key}))
        elif operation == calls.WRITE:
            self.at(record).add(Write(record.offset, record.data, bool(record.flag)))
        elif operation == calls.TRUNCATE:
            self.at(record).add(Truncate(record.offset))
        elif operation == calls.SYNC:
            self.at(record).sync()
        elif operation in (calls.UNLINK, calls.RMDIR):
            self.parent(path).add(Entries({os.path.basename(path): None}))
            self.paths.pop(path, None)
        elif operation == calls.LINK:
            self.paths[record.other] = self.paths[path]
            self.parent(record.other).add(Entries({os.path.basename(record.other): self.paths[path]}))
        elif operation == calls.RENAME:
            self.rename(path, record.other)
        elif operation == calls.MAPPED:
            if os.path.basename(path) != "lock.mdb":
                raise Failure(f"{path} is written through a map, which is not recorded")
        elif operation == calls.UNKNOWN:
            raise Failure(f"a call on {path} that the replay does not know")

    def at(self, record):
        """The file that a call was made on, whatever it is called by now."""
        if record.inode not in self.inodes:
            raise Failure(f"{record}: the replay has no such file")
        return self.nodes[self.inodes[record.inode]]

    def rename(self, path, other):
        key = self.paths[path]
        names = {os.path.basename(path): None}
        if os.path.dirname(path) == os.path.dirname(other):
            self.parent(path).add(Entries({**names, os.path.basename(other): key}))
        else:
            # The new name may be on the disk without the old one being gone, and the other way round.
            self.parent(other).add(Entries({os.path.basename(other): key}))
            self.parent(path).add(Entries(names))
        for known in [known for known in self.paths if known == path or known.startswith(path + "/")]:
            self.paths[other + known[len(path) :]] = self.paths.pop(known)

    def image(self, place, choose, sectors=None, final=None):
        """Builds a folder of what is on the disk when the power is lost: `choose(change)` says which changes are."""
        if place.exists():
            shutil.rmtree(place)
        self.build(place, self.paths[self.root], choose, sectors)
        if final is not None and (place / "store/lock.mdb").exists():
            # What lies in a map reaches the disk whenever the system likes.
            shutil.copyfile(final, place / "store/lock.mdb")

    def build(self, place, key, choose, sectors):
        node = self.nodes[key]
        if not node.is_folder and node.content is None:
            shutil.copy2(node.source, place)
            return
        content = node.content.copy()
        for change in node.pending:
            if change.is_sure or choose(change):
                change.apply(content, None if change.is_sure else sectors)
        if node.is_folder:
            place.mkdir(mode=0o700)
            for name, inside in content.items():
                self.build(place / name, inside, choose, sectors)
        else:
            place.write_bytes(content)
            place.chmod(0o600)
