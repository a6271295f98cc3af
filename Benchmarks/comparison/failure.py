"""Why the command ends: one sentence, and one of the exit statuses of sysexits that `likeness` uses too."""

WRONG_USAGE = 64
WRONG_DATA = 65
MISSING_INPUT = 66
UNAVAILABLE = 69
INPUT_OUTPUT = 74
BUSY = 75


class Failure(Exception):
    """A sentence for the user, and the exit status that goes with it."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status
