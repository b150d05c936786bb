"""Errors that a user can act on: the fact, its cause, and the next command to type."""

from __future__ import annotations


class MlxError(Exception):
    """A command ran and could not do its work.

    Parameters
    ----------
    message
        The fact and its cause, in one line.
    hint
        The next command to type, or what to change.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotBuiltError(MlxError):
    """The database has no such schema, table or column: dbt has not built it yet."""


class UsageError(MlxError):
    """The command was called, or the project is configured, in a way that cannot work."""

    exit_code = 2
