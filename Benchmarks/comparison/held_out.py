"""The data sets with queries that are in no index: photographs, features and sentences that were kept apart."""

import sys
from pathlib import Path

from comparison import datasets
from comparison.failure import MISSING_INPUT, Failure

NAMES = ("fashion-mnist", *datasets.SHARED_SETS)


def here(names):
    """Those of the sets that this machine has; says on standard error which are left out."""
    program, found = Path(sys.argv[0]).name, []
    for name in names:
        if name not in datasets.NAMES or datasets.name_is_there(name):
            datasets.check_name(name)
            found.append(name)
        else:
            files = datasets.FASHION if name == "fashion-mnist" else datasets.SHARED
            print(f"{program}: {name} is skipped: its files are missing in {files}", file=sys.stderr)
    if not found:
        raise Failure(MISSING_INPUT, "this machine has none of these sets; run Tools/setup, or name `made` in --sets.")
    return found
