"""Expect an error by its class, by the key or the code that it carries, and by names and numbers in its message.

Never by a phrase: the wording of a message may improve without a test to change.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from phasefield.errors import DeckError, PhasefieldError

#: Two words of a sentence, one after the other; a value with its unit, a key or a name of a file is not.
PROSE = re.compile(r"(?<![\w./-])[a-z]{2,} [a-z]{3,}(?![\w./=-])")
#: What the operating system says of an error, which this repository cannot reword.
SYSTEM = {os.strerror(number) for number in errno.errorcode}


@contextmanager
def refused(error: type[PhasefieldError], about: str, *names: object) -> Iterator[pytest.ExceptionInfo]:
    """Expect an error.

    Parameters
    ----------
    error : type
        Its class.
    about : str
        Key of a problem of a `DeckError`; code of any other error.
    *names : object
        What the message must contain: values, numbers, keys, names of files or materials.
    """
    phrases = [name for name in names if PROSE.search(str(name)) and name not in SYSTEM]
    assert not phrases, f"wording may change; expect a key, a code, a name or a number instead of {phrases}"
    with pytest.raises(error) as caught:
        yield caught
    text = str(caught.value)
    if isinstance(caught.value, DeckError):
        problems = [problem for problem in caught.value.problems if problem.key == about]
        assert problems, f"no problem of {about!r} in: {text}"
        text = "\n".join(f"{caught.value.source}: {problem}" for problem in problems)
    else:
        assert caught.value.code == about, f"code {caught.value.code!r}: {text}"
    missing = [name for name in names if str(name) not in text]
    assert not missing, f"{missing} not in: {text}"
