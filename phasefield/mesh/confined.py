"""Starts a program that can write only in one directory: ``python -I confined.py DIRECTORY SECONDS PROGRAM …``.

A script of its own, with the standard library only: it changes what its process may do, and then becomes the program.
Limits of time, memory and size of files hold on every system. Where Linux has Landlock (since 5.13), the kernel also
refuses to create, change or remove anything outside the directory, and, since 6.7, to connect to anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys

#: The most memory and the largest file [byte].
MEMORY, LARGEST = 8 * 2**30, 200_000_000
# linux/landlock.h and unistd.h: system calls with the same numbers on every architecture
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION, _PATH_BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_WRITE_FILE = 1 << 1
#: Rights by the version of Landlock that has them first: write, remove, make (1); move elsewhere (2); truncate (3).
_RIGHTS = {1: sum(1 << bit for bit in (1, *range(4, 13))), 2: 1 << 13, 3: 1 << 14}
_TCP = 0b11  # bind and connect (4)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def limit(seconds: int) -> None:
    """Bound time, memory, and the size of files."""
    wanted = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: LARGEST,
        resource.RLIMIT_CORE: 0,
    }
    for which, most in wanted.items():
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit of memory
            resource.setrlimit(which, (most, most))


def fence(directory: str) -> int:
    """Restrict this process, and the program that replaces it, to writing below a directory.

    Returns
    -------
    int
        The version of Landlock; 0 if the kernel has none, so that nothing is restricted.
    """
    if not sys.platform.startswith("linux"):
        return 0
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    version = int(call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))
    if version < 1:
        return 0
    files = sum(rights for since, rights in _RIGHTS.items() if version >= since)
    asked = _Ruleset(files, _TCP if version >= 4 else 0)
    size = ctypes.sizeof(asked) if version >= 4 else 8
    rules = _checked(call(_CREATE, ctypes.byref(asked), ctypes.c_size_t(size), ctypes.c_uint32(0)))
    for path, allowed in ((directory, files), (os.devnull, files & (_WRITE_FILE | _RIGHTS[3]))):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        beneath = _Beneath(allowed, place)
        _checked(call(_ADD, rules, _PATH_BENEATH, ctypes.byref(beneath), ctypes.c_uint32(0)))
        os.close(place)
    _checked(ctypes.CDLL(None, use_errno=True).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(call(_RESTRICT, rules, ctypes.c_uint32(0)))
    os.close(rules)
    return version


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return int(result)


if __name__ == "__main__":
    place, seconds, *command = sys.argv[1:]
    limit(int(seconds))
    fence(place)
    os.execv(command[0], command)
