"""Compiled kernels, kept on disk from one run to the next."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from phasefield.errors import RunError
from phasefield.parallel import on_root


def directory() -> Path:
    """Where kernels are kept: ``$PHASEFIELD_CACHE``, or ``phasefield`` in the user's cache."""
    own = os.environ.get("PHASEFIELD_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "phasefield"


def shared(source: str, comm) -> ModuleType:
    """The module of a generated text on every rank. Collective.

    Rank 0 writes it and compiles what takes long, the assembly; the others find that done.

    Raises
    ------
    RunError
        The directory cannot be written; on every rank.
    """

    def first() -> None:
        load(source)

    on_root(first, comm)
    return load(source)


def load(source: str) -> ModuleType:
    """The module of a generated text, compiled now or in an earlier run.

    The file's name is the text's hash, and it appears all at once, so any number of processes may want it at the same
    time. Numba keeps the machine code beside it.

    Raises
    ------
    RunError
        The directory cannot be written.
    """
    name = f"kernel_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    if name in sys.modules:
        return sys.modules[name]
    path = directory() / f"{name}.py"
    if not path.exists():
        try:
            _write(path, source)
        except OSError as error:
            raise RunError(
                f"compiled kernels cannot be stored in {path.parent} ({error}); set PHASEFIELD_CACHE",
                code="unwritable",
            ) from error
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
