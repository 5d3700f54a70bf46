"""Compiled kernels: their texts run from memory, their machine code is kept on disk from one run to the next.

Machine code is code: whoever wrote it runs as whoever loads it. So it is loaded only from regular files that belong to
this user (or root), that nobody else can write, in a directory of which the same holds; and only with the checksum that
it was written with, so that what an accident left is compiled anew. What cannot be kept or trusted costs the time to
compile, and a line in the log, never the run. A directory shared by a group is a choice: ``PHASEFIELD_CACHE_SHARED``.
"""

from __future__ import annotations

import functools
import hashlib
import linecache
import logging
import os
import pickle
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import numba
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.serialize import dumps

from phasefield.engines.compiled.inner import InnerCompiler
from phasefield.parallel import is_root, on_root

cpu_target.target_context.refresh()  # imports the rest of Numba now, not when the first function is compiled

log = logging.getLogger("phasefield")

#: The only value of ``PHASEFIELD_CACHE_SHARED``: whoever is in the directory's group may write there, and is trusted.
GROUP = "group"
_DIGEST = hashlib.sha256().digest_size


class _Distrusted(Exception):
    """Why a file or a directory is not used."""


def directory() -> Path:
    """Where kernels are kept: ``$PHASEFIELD_CACHE``, or ``phasefield`` in the user's cache."""
    own = os.environ.get("PHASEFIELD_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "phasefield"


def shared(source: str, comm) -> ModuleType:
    """The module of a generated text on every rank. Collective.

    Rank 0 compiles what takes long, the assembly; the others find that done.
    """

    def first() -> None:
        load(source)

    on_root(first, comm)
    return load(source)


def load(source: str) -> ModuleType:
    """The module of a generated text, its functions compiled now or in an earlier run.

    The text runs as it is given. Files have the text's hash in their names, and appear all at once, so any number of
    processes may want them at the same time.
    """
    name = f"kernel_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    if name in sys.modules:
        return sys.modules[name]
    module, file = ModuleType(name), f"<{name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for tracebacks
    sys.modules[name] = module
    try:
        exec(compile(source, file, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def njit(*signatures, cache: bool = False, inner: bool = False, **options) -> Callable:
    """Numba's decorator for the functions of texts that :func:`load` runs.

    Parameters
    ----------
    *signatures : str, optional
        Of machine code that is made, or loaded, at once.
    cache : bool
        Keep it in :func:`directory`.
    inner : bool
        Only compiled functions call it: its machine code is theirs.
    **options
        Numba's own.
    """

    def decorated(function):
        if inner:
            options.update(pipeline_class=InnerCompiler, no_cfunc_wrapper=True, no_cpython_wrapper=True)
        made = numba.njit(**options)(function)
        if not hasattr(made, "compile"):  # NUMBA_DISABLE_JIT
            return made
        if cache:
            made._cache = _MachineCode(function)
        for signature in signatures:
            made.compile(signature)
        if signatures:
            made.disable_compile()
        return made

    return decorated


class _MachineCode(_Cache):
    """Machine code of one function of a text, a file for each kind of arguments and of processor. Numba asks for it."""

    def __init__(self, function):
        self._function, self._enabled = function, True

    @property
    def cache_path(self) -> str:
        return str(directory())

    def enable(self) -> None:
        self._enabled = True

    def disable(self) -> None:
        self._enabled = False

    def flush(self) -> None:
        """Files are whole or not there."""

    def _identity(self, signature, codegen) -> str:
        """All that machine code depends on."""
        versions = numba.__version__, sys.version, sys.implementation.cache_tag
        function = self._function
        return repr((function.__module__, function.__qualname__, signature, codegen.magic_tuple(), versions))

    def load_overload(self, sig, target_context):
        target_context.refresh()
        kept = _kept(self._function, self._identity(sig, target_context.codegen())) if self._enabled else None
        return None if kept is None else CompileResult._rebuild(target_context, *kept)

    def save_overload(self, sig, data) -> None:
        if self._enabled and not data.library.has_dynamic_globals and all(part.can_cache for part in data.lifted):
            _keep(self._function, self._identity(sig, data.codegen), dumps(data._reduce()))


# -- files -----------------------------------------------------------------------------------------------


def _kept(function, identity: str):
    """What was kept of a function, or None."""
    name = _file_name(function, identity)
    try:
        with _opened() as folder:
            found = _read(name, folder)
            if len(found) < _DIGEST or _digest(identity, found[_DIGEST:]) != found[:_DIGEST]:
                raise _Distrusted(f"{name} is damaged")
            return pickle.loads(found[_DIGEST:])  # noqa: S301 — written by one who is trusted, and whole
    except FileNotFoundError:
        return None
    except _Distrusted as fault:
        _say(str(fault))
    except OSError as fault:
        _say(f"{name} cannot be read ({fault.strerror})")
    return None


def _keep(function, identity: str, data: bytes) -> None:
    name = _file_name(function, identity)
    temporary = f".{name}.{secrets.token_hex(8)}.tmp"
    try:
        with _opened(make=True) as folder:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_digest(identity, data) + data)
                    if _for_the_group():
                        os.fchmod(file.fileno(), 0o640)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise
    except _Distrusted as fault:
        _say(str(fault))
    except OSError as fault:
        _say(f"machine code cannot be kept ({fault.strerror})")


def _file_name(function, identity: str) -> str:
    return f"{function.__module__}.{function.__name__}.{hashlib.sha256(identity.encode()).hexdigest()[:24]}.bin"


def _digest(identity: str, data: bytes) -> bytes:
    return hashlib.sha256(identity.encode() + b"\0" + data).digest()


def _for_the_group() -> bool:
    wish = os.environ.get("PHASEFIELD_CACHE_SHARED", "")
    if wish not in ("", GROUP):
        _say(f"PHASEFIELD_CACHE_SHARED = {wish!r} is unknown; {GROUP!r} is allowed")
    return wish == GROUP


@contextmanager
def _opened(make: bool = False) -> Iterator[int]:
    """The directory's descriptor, if it can be trusted; links on the way there are the user's own."""
    place = directory()
    try:
        if make and not place.exists():
            _make(place)
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        raise
    except (FileExistsError, NotADirectoryError) as error:
        raise _Distrusted("it is no directory") from error
    except OSError as error:
        raise _Distrusted(f"the directory cannot be used ({error.strerror})") from error
    try:
        _trust(os.fstat(folder), "the directory", 0o020)
        yield folder
    finally:
        os.close(folder)


def _make(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # made by another process in the meantime
        place.mkdir(mode=0o700)
        if _for_the_group():
            place.chmod(0o2770)


def _read(name: str, folder: int) -> bytes:
    """Content of a file in the directory, if it can be trusted."""
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)  # a pipe must not keep us
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _Distrusted(f"{name} is no regular file")
        _trust(found, name, 0)
        if _for_the_group() and found.st_gid != os.fstat(folder).st_gid:
            raise _Distrusted(f"{name} belongs to another group than the directory")
        return file.read()


def _trust(found: os.stat_result, what: str, group: int) -> None:
    """Raise if others may have written it; ``group`` is what a group may do that shares the directory."""
    shared = _for_the_group()
    if not shared and found.st_uid not in (os.geteuid(), 0):
        raise _Distrusted(f"{what} belongs to another user (uid {found.st_uid})")
    if shared and found.st_gid not in (os.getegid(), *os.getgroups()):
        raise _Distrusted(f"{what} belongs to a group that is not yours (gid {found.st_gid})")
    if found.st_mode & 0o022 & ~(group if shared else 0):
        raise _Distrusted(f"others can write {what} (mode {stat.S_IMODE(found.st_mode):o})")


@functools.cache
def _say(fault: str) -> None:
    """Once for each fault, on rank 0, whether or not the log is open already."""
    if is_root():
        log.warning("cache of kernels %s: %s; compiled anew", directory(), fault)
