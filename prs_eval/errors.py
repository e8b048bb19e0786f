"""The errors a user can meet; each carries the exit code of the command line (see README)."""

from __future__ import annotations


class PrsEvalError(Exception):
    """Something the user can act on; shown as one message, never as a traceback."""

    exit_code = 1


class UsageError(PrsEvalError):
    """A command, option or parameter that does not exist or is out of range."""

    exit_code = 2


class DataError(PrsEvalError):
    """Data that were read and refused."""

    exit_code = 3


class ReportError(PrsEvalError):
    """Some reports failed; the others are published."""

    exit_code = 4


class DisclosureError(PrsEvalError):
    """The disclosure audit failed; nothing was published."""

    exit_code = 5
