"""What goes wrong. The message is always one sentence that says what is wrong and what to do.

Each class is also the one that Python itself would raise, so that `except ValueError` works as anywhere.
"""


class Error(Exception):
    """What all errors of this package are."""


class InvalidArgumentError(Error, ValueError):
    """An argument that is out of range, or that does not go with another."""


class InvalidDataError(Error, ValueError):
    """Data that cannot be used: vectors of another dimension, NaN, a damaged or foreign file."""


class InvalidTypeError(Error, TypeError):
    """An argument of a type that is not taken, such as vectors of int64."""


class NotFoundError(Error, LookupError):
    """A store, collection, point, vector field or index that does not exist, or an id that an index does not have."""


class MissingFileError(NotFoundError, FileNotFoundError):
    """A file or a store that is to be opened and does not exist."""


class UnsupportedError(Error, NotImplementedError):
    """The index's kind cannot do this."""


class UnavailableError(Error, RuntimeError):
    """Something that must be installed or freed first."""


class InputOutputError(Error, OSError):
    """The system refused to read, write or allocate."""


class BusyError(Error, BlockingIOError):
    """Another process or thread is in the way; the same call may succeed later."""


class ClosedError(Error, ValueError):
    """The index or the store has been closed."""
