"""Machine code on disk: found again, never taken from others, and no accident there costs a run."""

import hashlib
import logging
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from phasefield.engines.compiled import cache
from tests.reliability import foreign

SOURCE = """
import numpy as np
from phasefield.engines.compiled.cache import njit


@njit("float64(float64)", cache=True)
def twice(x):
    return 2.0 * x


@njit(cache=True)
def thrice(x):
    return 3.0 * x
"""

#: What a stranger would have run.
RAN = "import pathlib; pathlib.Path({path!r}).touch()"


class Attack:
    """Touches a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (exec, (RAN.format(path=str(self.path)),))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A cache that is not there yet."""
    monkeypatch.setenv("PHASEFIELD_CACHE", str(tmp_path / "new" / "cache"))
    monkeypatch.delenv("PHASEFIELD_CACHE_SHARED", raising=False)
    return tmp_path / "new" / "cache"


@pytest.fixture
def told(monkeypatch):
    """Warnings, as a list that grows."""
    messages = []
    cache._say.cache_clear()
    monkeypatch.setattr(cache.log, "warning", lambda text, *values: messages.append(text % values))
    return messages


def found() -> tuple[int, int]:
    """Load the module as a new process would, use both functions: how many were found on disk, how many not."""
    for name in [name for name in sys.modules if name.startswith("kernel_")]:
        if hasattr(sys.modules[name], "thrice"):
            del sys.modules[name]
    module = cache.load(SOURCE)
    assert (module.twice(1.5), module.thrice(1.5)) == (3.0, 4.5)
    stats = [function.stats for function in (module.twice, module.thrice)]
    return sum(sum(s.cache_hits.values()) for s in stats), sum(sum(s.cache_misses.values()) for s in stats)


def test_processes_share_kernels(place):
    """Three processes that want a new kernel at once all get it; the fourth finds machine code and leaves no scrap."""
    program = f"from phasefield.engines.compiled import cache\nassert cache.load({SOURCE!r}).twice(1.5) == 3.0\n"
    jobs = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [job.wait(timeout=120) for job in jobs] == [0, 0, 0]
    found()
    assert found() == (2, 0)
    assert sorted(path.suffix for path in place.iterdir()) == [".bin", ".bin"]


INNER = """
from phasefield.engines.compiled.cache import njit


@njit(inner=True)
def half(x):
    return 0.5 * x


@njit("float64(float64)", cache=True)
def quarter(x):
    return half(half(x))
"""


def test_inner_functions_are_part_of_their_callers(place):
    """They have no file and no address of their own; a new process finds the caller's machine code whole."""
    module = cache.load(INNER)
    assert module.quarter(3.0) == 0.75
    assert len(list(place.iterdir())) == 1
    (made,) = module.half.overloads.values()
    assert made.library.get_pointer_to_function(made.fndesc.llvm_func_name) == 0
    program = f"""
from phasefield.engines.compiled import cache
module = cache.load({INNER!r})
assert module.quarter(3.0) == 0.75 and not module.half.overloads and module.quarter.stats.cache_hits
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == 0


def test_nothing_is_open_to_others(place):
    """Whatever umask there is."""
    before = os.umask(0)
    try:
        found()
    finally:
        os.umask(before)
    assert place.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o600}


def test_numbas_own_directory_is_not_used(place, tmp_path, monkeypatch):
    """NUMBA_CACHE_DIR may be anybody's: machine code stays where it is looked after."""
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path / "numba"))
    found()
    assert len(list(place.iterdir())) == 2 and not (tmp_path / "numba").exists()


def test_text_on_disk_is_never_run(place, tmp_path):
    """A file of the kernel's name, which an earlier release ran whatever it held."""
    name = f"kernel_{hashlib.sha256(SOURCE.encode()).hexdigest()[:24]}"
    place.mkdir(parents=True)
    (place / f"{name}.py").write_text(SOURCE + RAN.format(path=str(tmp_path / "touched")))
    found()
    assert not (tmp_path / "touched").exists()


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "a bit": lambda path: path.write_bytes(flipped(path.read_bytes())),
    "aborted": lambda path: path.write_bytes(b"Aborted.\n"),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "of another function": lambda path: path.write_bytes(max(path.parent.iterdir()).read_bytes() + b"x"),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
}


def flipped(data: bytes) -> bytes:
    return data[:1000] + bytes([data[1000] ^ 1]) + data[1001:]


@pytest.mark.parametrize("how", DAMAGE)
def test_damage_costs_a_compilation(place, told, how):
    """And one line; afterwards it is whole again."""
    found()
    for path in list(place.iterdir()):
        DAMAGE[how](path)
    assert found() == (0, 2) and len(told) == 2 and all("is damaged; compiled anew" in line for line in told)
    assert found() == (2, 0) and len(told) == 2


def test_pickles_without_the_checksum_are_not_loaded(place, told, tmp_path):
    found()
    for path in place.iterdir():
        path.write_bytes(pickle.dumps(Attack(tmp_path / "touched")))
    assert found() == (0, 2) and not (tmp_path / "touched").exists() and len(told) == 2


def forged(path, target) -> None:
    """A pickle with the right checksum, as a stranger could make it who reads this package."""
    identities = []
    original = cache._file_name

    def spy(function, identity):
        identities.append((original(function, identity), identity))
        return original(function, identity)

    cache._file_name = spy
    try:
        found()
    finally:
        cache._file_name = original
    identity = dict(identities)[path.name]
    data = pickle.dumps(Attack(target))
    path.write_bytes(cache._digest(identity, data) + data)


@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602])
def test_files_that_others_can_write_are_not_loaded(place, told, tmp_path, mode):
    found()
    path = min(place.iterdir())
    forged(path, tmp_path / "touched")
    path.chmod(mode)
    assert found() == (1, 1) and "others can write" in told[0] and not (tmp_path / "touched").exists()
    assert path.stat().st_mode & 0o777 == 0o600 and found() == (2, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("which", ["file", "directory"])
def test_what_belongs_to_another_user_is_not_used(place, told, tmp_path, monkeypatch, which):
    """Two users and one cache: the second compiles for itself, and executes nothing of the first."""
    found()
    path = min(place.iterdir())
    forged(path, tmp_path / "touched")
    os.chown(path if which == "file" else place, 12345, 12345)
    assert found() == ((1, 1) if which == "file" else (0, 2))
    assert any("belongs to another user (uid 12345)" in line for line in told)
    assert not (tmp_path / "touched").exists()


def test_a_directory_that_others_can_write_is_not_used(place, told):
    found()
    place.chmod(0o777)
    before = {path: path.stat().st_mtime_ns for path in place.iterdir()}
    assert found() == (0, 2)
    assert told == [f"cache of kernels {place}: others can write the directory (mode 777); compiled anew"]
    assert {path: path.stat().st_mtime_ns for path in place.iterdir()} == before


@pytest.mark.parametrize("kind", ["link to a file", "link to nothing", "pipe", "directory", "hard link"])
def test_only_regular_files_are_read_and_no_link_is_written_through(place, told, tmp_path, kind):
    """A pipe does not keep the run waiting; what a link leads to stays as it is."""
    found()
    path, outside = min(place.iterdir()), tmp_path / "outside"
    forged(path, tmp_path / "touched")
    outside.write_bytes(path.read_bytes())
    path.unlink()
    if kind == "link to a file":
        path.symlink_to(outside)
    elif kind == "link to nothing":
        path.symlink_to(tmp_path / "nothing")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        outside.write_bytes(b"mine")
        os.link(outside, path)
    before = outside.read_bytes()
    assert found() == (1, 1) and told
    assert outside.read_bytes() == before
    assert not (tmp_path / "touched").exists() and not (tmp_path / "nothing").exists()
    assert kind == "directory" or found() == (2, 0)


ONE = SOURCE.partition("@njit(cache=True)")[0]
TOKEN = "0123456789abcdef"


def doubled() -> int:
    """Load a module with one function as a new process would, and use it: whether it was found on disk."""
    sys.modules.pop(f"kernel_{hashlib.sha256(ONE.encode()).hexdigest()[:24]}", None)
    function = cache.load(ONE).twice
    assert function(1.5) == 3.0
    return sum(function.stats.cache_hits.values())


@pytest.mark.parametrize("names", ["files", "temporary files", "directory"])
@pytest.mark.parametrize("kind", foreign.KINDS)
def test_nothing_foreign_under_any_name_is_followed(place, told, tmp_path, monkeypatch, kind, names):
    """Machine code, texts as an earlier release kept them, Numba's own files, what is being written, the directory.

    The function works in any case, and one line says why it was compiled.
    """
    if kind == "a device" and not foreign.devices_can_be_made(tmp_path):
        pytest.skip("this user may not make devices")
    outside = foreign.Outside(tmp_path / "outside")
    monkeypatch.setattr(cache.secrets, "token_hex", lambda _: TOKEN)  # as if it could be guessed
    doubled()
    (kept,) = place.iterdir()
    stem = kept.name.split(".")[0]
    if names == "files":
        unused = [place / f"{stem}{end}" for end in (".py", ".twice-7.py311.nbi", ".twice-7.py311.1.nbc", ".pyc")]
        attacked = [kept, place / "__pycache__", *unused]
    elif names == "temporary files":
        kept.unlink()
        attacked = [place / f".{kept.name}.{TOKEN}.tmp"]
    else:
        attacked = [place]
    for path in attacked:
        foreign.put(kind, path, outside)
    if names == "directory":
        (outside.folder / "home").chmod(0o777)  # a link to one's own directory would be followed
    outside.before = outside.state()
    assert foreign.attempt(doubled, outside) == "" and len(told) == 1
    assert doubled() == (names == "files"), "what was foreign is replaced, if the name is that of machine code"
    assert outside.touched == []


def test_a_link_to_the_directory_is_the_users_own(place, told, tmp_path):
    """To a larger disk, say."""
    (tmp_path / "disk").mkdir(mode=0o700)
    place.parent.mkdir()
    place.symlink_to(tmp_path / "disk")
    found()
    assert found() == (2, 0) and not told


@pytest.mark.parametrize(
    ("obstacle", "said"),
    [
        ("a file", "it is no directory; compiled anew"),
        ("no right", "the directory cannot be used (Permission denied); compiled anew"),
        ("full", "machine code cannot be kept (No space left on device); compiled anew"),
    ],
)
def test_what_cannot_be_kept_is_compiled(place, told, monkeypatch, obstacle, said):
    """One line, and the functions work; no scrap is left."""
    if obstacle == "a file":
        place.parent.write_text("")
    elif obstacle == "no right":
        monkeypatch.setattr(cache.os, "open", refusal(PermissionError(13, "Permission denied")))
    else:
        monkeypatch.setattr(cache.os, "fsync", refusal(OSError(28, "No space left on device")))
    assert found() == (0, 2)
    assert len(told) == 1 and said in told[0]
    if place.is_dir():
        assert list(place.iterdir()) == []


def refusal(error):
    def refuse(*arguments, **options):
        raise error

    return refuse


# -- shared by a group -----------------------------------------------------------------------------------


def test_a_group_shares_when_it_is_asked_to(place, told, monkeypatch):
    """Directory and files are the group's; others have no part in it."""
    monkeypatch.setenv("PHASEFIELD_CACHE_SHARED", "group")
    found()
    assert place.stat().st_mode & 0o7777 == 0o2770
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o640}
    assert found() == (2, 0) and not told
    place.chmod(0o2777)
    assert found() == (0, 2) and "others can write the directory" in told[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_members_of_the_group_are_trusted_and_nobody_else(place, told, monkeypatch):
    """A file of another user is used if its group is the directory's, and only if sharing is switched on."""
    monkeypatch.setenv("PHASEFIELD_CACHE_SHARED", "group")
    found()
    for path in place.iterdir():
        os.chown(path, 12345, -1)
    assert found() == (2, 0) and not told
    monkeypatch.delenv("PHASEFIELD_CACHE_SHARED")
    assert found() == (0, 2) and "others can write the directory" in told[0]
    monkeypatch.setenv("PHASEFIELD_CACHE_SHARED", "group")
    for path in place.iterdir():
        os.chown(path, 12345, 12345)
    assert found() == (0, 2) and any("belongs to a group that is not yours (gid 12345)" in line for line in told)


def test_an_unknown_way_of_sharing_is_none(place, told, monkeypatch):
    monkeypatch.setenv("PHASEFIELD_CACHE_SHARED", "everybody")
    found()
    assert place.stat().st_mode & 0o777 == 0o700 and "'everybody' is unknown; 'group' is allowed" in told[0]


def test_kernels_of_the_engine_are_whole(place):
    """All functions of the multigrid, which are made when first called, come back from disk."""
    program = (
        "import numpy as np, logging\n"
        "from phasefield.engines.compiled.multigrid.library import kernels\n"
        "module = kernels(2)\n"
        "a, b = np.zeros((4, 2, 5, 3), np.float32), np.zeros((4, 2, 3), np.float32)\n"
        "module.copy_block(np.ones((2, 5, 4)), np.arange(5), 1.0, a, b, np.array([[1, 0, 0, 0], [2, 0, 0, 0]]))\n"
        "print(sum(module.copy_block.stats.cache_hits.values()), float(a.sum()))\n"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100) for _ in range(2)
    ]
    first, second = (done.stdout.split() for done in outputs)
    assert (first[0], second[0]) == ("0", "1") and first[1] == second[1] != "0.0", outputs
    assert np.isfinite(float(first[1])) and logging.getLogger("phasefield") is cache.log
