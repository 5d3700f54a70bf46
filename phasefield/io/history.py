"""The table of a run: its columns, and the record of what they were when the run ended."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from phasefield.errors import RunError
from phasefield.io import safe


class History(dict[str, np.ndarray]):
    """Table of a run, one row per accepted step: arrays of float by column head with its unit (``"Tip height [m]"``).

    Parameters
    ----------
    columns : mapping of str to array of float
        Values by column head, all of the same length.
    source : Path
        File it was read from, for error messages.
    """

    def __init__(self, columns: Mapping[str, np.ndarray], source: Path):
        super().__init__(columns)
        self._source = source

    @property
    def columns(self) -> tuple[str, ...]:
        """Column heads, in the order of the file."""
        return tuple(self)

    @property
    def rows(self) -> int:
        """Number of accepted steps."""
        return len(next(iter(self.values()), ()))

    def __missing__(self, head: str) -> np.ndarray:
        near = get_close_matches(head, self, n=1, cutoff=0.4)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise RunError(f"{self._source}: has no column '{head}'{hint}", code="unknown-name")

    def __repr__(self) -> str:
        return f"History({self.rows} rows: {', '.join(self)})"


def file_note(content: bytes) -> dict[str, Any]:
    """Size and SHA-256 of the beginning of a file, as JSON."""
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read_history(path: Path, noted: Mapping[str, Any] | None) -> History:
    """Read the table of a run.

    Parameters
    ----------
    path : Path
    noted : mapping, optional
        `file_note` of the file when the run ended.

    Raises
    ------
    RunError
        It is missing, damaged, or not a table of numbers.
    """
    try:
        content = safe.read(path)
        if noted is not None and file_note(content[: int(noted["size"])]) != noted:
            raise RunError(f"{path}: is damaged: it is not what the run had written when it ended", code="damaged")
        text = content.decode("utf-8")
    except FileNotFoundError:
        raise RunError(f"{path}: is missing; the run has not written it yet") from None
    except UnicodeDecodeError as error:
        raise RunError(f"{path}: is not a text in UTF-8 ({error})", code="unreadable") from None
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror or error})", code="unreadable") from None
    except (TypeError, ValueError):
        message = f"{path.with_name('status.json')}: 'files' is not what a run writes"
        raise RunError(message, code="unreadable") from None
    # A run in progress may have written only part of its last line.
    whole, _, _ = text.rpartition("\n")
    heads: list[str] = []
    try:
        heads, *rows = list(csv.reader(whole.splitlines())) or [[]]
        table = np.array([[float(value) for value in row] for row in rows]).reshape(len(rows), len(heads))
    except (ValueError, csv.Error) as error:
        raise RunError(
            f"{path}: is not a table of numbers with {len(heads)} columns ({error})", code="unreadable"
        ) from error
    if len(set(heads)) < len(heads):
        raise RunError(f"{path}: two columns have the same head", code="unreadable")
    return History(dict(zip(heads, table.T, strict=True)), path)
