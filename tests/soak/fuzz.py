"""Decks and studies that are wrong in any way: valid, or refused with one clear error; no traceback, hang, 200 MB.

``PHASEFIELD_FUZZ_MINUTES`` sets how long it takes, 30 by default. A child process is one minute of it:
``python -m tests.soak.fuzz SEED SECONDS FOLDER``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

INPUTS = Path(__file__).parents[2] / "inputs"
MINUTES, DEFAULT_MINUTES = "PHASEFIELD_FUZZ_MINUTES", 30.0
#: Of each process [byte], of each deck [s of processor time], of each process [s].
MOST_MEMORY, MOST_SECONDS, CHILD = 200e6, 5, 60.0
UNITS = """m um nm s h A/m^2 mA/cm^2 V mV S/m S/cm mol/L m^2/s J/m^2 K degC cm^3/mol
ohm*cm^2 nm/s 1/s % foo m^^2 (m""".split()
NUMBERS = [*"0 -1 1 1e308 -1e308 5e-324 1e999 nan inf 1e-30 3.7 1e30 2**9".split(), "9" * 400]
PLAIN = ['""', "true", "[]", "{}", "[1, 2, 3]", "[[]]", "1979-05-27", "0x7fffffffffffffff", '"\\u0000"', '"../../etc"',
         '"/etc/passwd"', "{a = {b = {}}}", "[" * 200 + "]" * 200, '"' + "x" * 10_000 + '"', "'auto'",
         '"PEO-LiTFSI"']  # fmt: skip


def fuzzed(folder: Path) -> Iterator[str]:
    """Children, one after another with other seeds, until the time is over."""
    end = time.monotonic() + 60 * float(os.environ.get(MINUTES, DEFAULT_MINUTES))
    seed = 0
    while (left := end - time.monotonic()) > 1:
        seed += 1
        words = [str(seed), str(min(left, CHILD)), str(folder / f"seed-{seed}")]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.soak.fuzz", *words], capture_output=True, text=True, timeout=4 * CHILD
            )
        except subprocess.TimeoutExpired:
            yield f"seed {seed}: hangs"
            continue
        if done.returncode != 0:
            yield f"seed {seed}: exit code {done.returncode}: {done.stderr[-1000:]}"
            continue
        found = json.loads(done.stdout)
        yield from found["problems"]
        yield from [""] * (found["tried"] - len(found["problems"]))
        memory = found["memory"]
        yield "" if memory < MOST_MEMORY else f"seed {seed}: {memory / 1e6:.0f} MB"


# -- the child --------------------------------------------------------------------------------------------


class Hang(BaseException):
    """A deck takes too long."""


def child(seed: int, seconds: float, folder: Path) -> dict:
    """Try damaged decks; those with a problem are kept in a folder, with one line about the problem."""
    from phasefield import cli

    def hang(*_):
        raise Hang

    signal.signal(signal.SIGPROF, hang)
    shutil.copytree(INPUTS, folder, dirs_exist_ok=True)
    rng, texts = random.Random(seed), {path.name: path.read_bytes() for path in sorted(INPUTS.glob("*.toml"))}
    lines = [line for text in texts.values() for line in text.splitlines() if b"=" in line]
    end, tried, problems = time.monotonic() + seconds, 0, []
    while time.monotonic() < end:
        name = rng.choice(list(texts))
        text = damaged(texts[name], lines, rng)
        path = folder / ("fuzz.study.toml" if name.endswith(".study.toml") else "fuzz.toml")
        path.write_bytes(text)
        tried += 1
        if problem := tell(cli.main, path):
            (folder / f"problem-{tried}-{name}").write_bytes(text)
            problems.append(f"seed {seed}, {folder}/problem-{tried}-{name}: {problem}")
    return {"tried": tried, "problems": problems, "memory": peak()}


def peak() -> int:
    """Largest resident memory of this program [byte]; getrusage's may be that of the process which started it."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    if not found:
        raise RuntimeError("/proc/self/status does not tell the peak memory")
    return 1024 * int(found[1])


def damaged(text: bytes, lines: list[bytes], rng: random.Random) -> bytes:
    """A deck with one to four kinds of harm done to it."""
    for _ in range(rng.randint(1, 4)):
        text = rng.choice([_value, _value, _value, _line, _key, _bytes])(text, lines, rng)
    return text


def _value(text: bytes, lines: list[bytes], rng: random.Random) -> bytes:
    """Another value: a quantity of any size and unit, a constant, one of another key."""
    found = list(re.finditer(rb"(?m)^(\s*[\w.\"-]+\s*=\s*)([^#\n]+)", text))
    if not found:
        return text
    match = rng.choice(found)
    number = rng.choice([*NUMBERS, str(rng.gauss(0, 10 ** rng.randint(-9, 9)))])
    other = rng.choice(lines).partition(b"=")[2].strip()
    new = rng.choice([f'"{number} {rng.choice(UNITS)}"'.encode(), number.encode(), rng.choice(PLAIN).encode(), other])
    return text[: match.start(2)] + new + text[match.end(2) :]


def _line(text: bytes, lines: list[bytes], rng: random.Random) -> bytes:
    """A line is taken out, doubled, or put in from another deck."""
    own = text.split(b"\n")
    at = rng.randrange(len(own))
    own[at : at + 1] = rng.choice([[], [own[at]] * 2, [own[at], rng.choice(lines)]])
    return b"\n".join(own)


def _key(text: bytes, lines: list[bytes], rng: random.Random) -> bytes:
    """A letter of a name is exchanged."""
    found = list(re.finditer(rb"(?m)^\[*[\w.]+", text))
    if not found:
        return text
    match = rng.choice(found)
    at = rng.randrange(match.start(), match.end())
    return text[:at] + rng.choice([b"", b"x", b".", b"_", b"\xc3\xa9"]) + text[at + 1 :]


def _bytes(text: bytes, lines: list[bytes], rng: random.Random) -> bytes:
    """Some bytes are cut out, doubled or exchanged."""
    at, length = rng.randrange(len(text) + 1), rng.randrange(30)
    odd = rng.choice([b"\0", b"\xef\xbb\xbf", b"[[", b'"""'])
    new = rng.choice([b"", text[at : at + length] * 2, rng.randbytes(rng.randrange(8)), odd])
    return text[:at] + new + text[at + length :]


def tell(main, path: Path) -> str:
    """What is wrong with how `phasefield check` or `study --list` ends on a file; nothing if it is as promised."""
    words = ["study", str(path), "--list"] if path.name.endswith(".study.toml") else ["check", str(path)]
    out, err = io.StringIO(), io.StringIO()
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(words)
    except SystemExit as end:
        code = end.code or 0
    except Hang:
        return f"takes longer than {MOST_SECONDS} s"
    except Exception:
        return traceback.format_exc(limit=-2)
    else:
        return "does not exit"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    said = err.getvalue()
    well = (code == 0 and not said) or (code == 2 and (not said or said.startswith("error: ")))
    report = out.getvalue().partition("\n\n")[2]
    if well and not re.search(r"^(?!  electrolyte ).*\bnan\b", report, re.MULTILINE):  # titles and names may say it
        return ""
    return f"exit code {code}: {said[-500:] or out.getvalue()[-500:]}"


if __name__ == "__main__":
    print(json.dumps(child(int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))))
