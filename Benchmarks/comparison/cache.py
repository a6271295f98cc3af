"""Vectors and exact answers as files, which the processes of all libraries read; computed once and kept."""

import hashlib

import numpy

from comparison import truth


class Cache:
    """The files of one data set, in a folder whose name has the digest of the vectors."""

    def __init__(self, folder, data):
        digest = hashlib.sha256(data.metric.encode())
        for part in (data.base, data.queries):
            digest.update(str(part.shape).encode())
            digest.update(part)
        self.digest = digest.hexdigest()[:16]
        self.data = data
        self.folder = folder / "cache" / self.digest
        self.folder.mkdir(parents=True, exist_ok=True)

    def files(self, k, rows):
        """The paths of the vectors, the queries, and the right answers among the first rows."""
        return (
            self.file("base.npy", lambda: self.data.base),
            self.file("queries.npy", lambda: self.data.queries),
            self.file(f"right-{k}-of-{rows}.npy", lambda: self.answers(k, rows)),
        )

    def answers(self, k, rows):
        return truth.right_answers(self.data.base[:rows], self.data.queries, k, self.data.metric)

    def file(self, name, make):
        """A file that appears when it is complete."""
        path = self.folder / name
        if not path.exists():
            aside = self.folder / f"new.{name}"
            numpy.save(aside, make())
            aside.replace(path)
        return path
