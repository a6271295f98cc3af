"""How much memory an index takes: what is resident of the process, the code aside."""

import ctypes
import gc
import os
import sys
from pathlib import Path


def resident():
    """Bytes of this process that lie in memory, anonymous and of mapped files, but for programs and shared libraries.

    What the allocator holds without need is given back first.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    program = os.path.realpath(sys.executable)
    total, counted = 0, True
    for line in Path("/proc/self/smaps").read_text().splitlines():
        words = line.split(maxsplit=5)
        if "-" in words[0]:  # the head of a mapping: its addresses, and its file
            file = words[5] if len(words) > 5 else ""
            counted = file != program and ".so" not in Path(file).name
        elif counted and words[0] == "Rss:":
            total += 1024 * int(words[1])
    return total
