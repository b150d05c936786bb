"""Names of what is kept: models, feature sets, studies."""

from __future__ import annotations

import re

from models_ml.errors import UsageError

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def is_name(text: str) -> bool:
    """Whether a text can name something: it is no path, and needs no quotes anywhere."""
    return bool(_NAME.fullmatch(text)) and ".." not in text


def check_name(text: str, *, of: str, hint: str) -> None:
    """Refuse what cannot be a name.

    Parameters
    ----------
    of
        What is named, e.g. ``a study``.
    hint
        What to do about a bad one.

    Raises
    ------
    UsageError
        It has other characters than lower-case letters, digits and ``.-_``, or over 64.
    """
    if not is_name(text):
        raise UsageError(
            f"{text!r} is no name of {of}: up to 64 lower-case letters, digits, '.', '-' and '_'",
            hint=hint,
        )
