"""How the benchmarks in Python read their command lines."""

import argparse
import sys

WRONG_USAGE = 64


class Parser(argparse.ArgumentParser):
    """Shows a docstring as it is written, and ends wrong usage with the status that all our programs have for it."""

    def __init__(self, description):
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message):
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}; --help says more.", file=sys.stderr)
        sys.exit(WRONG_USAGE)
