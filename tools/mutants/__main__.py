"""Mutants of the physics, and whether the tests notice: `python -m tools.mutants [MODULE ...]`, see docs/mutation.md.

Everything is imported once. Each mutant is a fork that forgets one module and all that import it, finds that module
changed when it is imported again, and runs the module's tests until the first fails.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import json
import os
import pkgutil
import random
import resource
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

os.environ.setdefault("FIPY_SOLVERS", "petsc")

from tools.mutants.mutate import mutants
from tools.mutants.plan import PLAN

#: Mutants of a module at most, drawn with this seed.
SAMPLE, SEED = 60, 13
#: CPU seconds that a mutant has: these, and so many times what the tests take without one. Neither other load nor a
#: pause of the whole program counts. What waits and does not compute is ended after so many looks, one each `LOOK` s.
LIMIT, TIMES, LOOK, LOOKS = 20, 5, 0.05, 24_000
OPTIONS = ("-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "ignore")


class Mutated:
    """Finds one module in another file; all others are left to those who find them always."""

    def __init__(self, module: str, path: Path):
        self.module, self.path = module, path

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, self.path) if name == self.module else None


def warm() -> dict[str, set[str]]:
    """Import what tests need; of each module of the package, which others it imports."""
    others = "pytest xdist pytest_timeout fipy numba sympy h5py scipy.optimize scipy.interpolate hypothesis.strategies"
    package = importlib.import_module("phasefield")
    ours = [m.name for m in pkgutil.walk_packages(package.__path__, "phasefield.") if "__main__" not in m.name]
    used = [name for name in ours if name.split(".")[1] in ("physics", "engines", "deck", "theory", "run")]
    for name in (*others.split(), *used):
        importlib.import_module(name)
    loaded = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "phasefield"}
    return {name: imports(module.__file__) for name, module in loaded.items()}


def imports(file: str) -> set[str]:
    """Names of the modules, and perhaps of what is in them, that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def forget(module: str, graph: dict[str, set[str]]) -> None:
    """Drop a module and all that import it, themselves or by others."""
    stale = {module}
    while more := {name for name, used in graph.items() if used & stale} - stale - {"phasefield"}:
        stale |= more
    for name in stale:
        parent, _, own = name.rpartition(".")
        sys.modules.pop(name, None)
        vars(sys.modules[parent]).pop(own, None) if parent in sys.modules else None


def run(module: str, graph, tests: tuple[str, ...], limit: int, text: str | None) -> tuple[str, float]:
    """What notices a module of another text, empty if nothing does, and the CPU time that takes [s]."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        file, log = Path(folder, module.rsplit(".", 1)[-1] + ".py"), Path(folder, "log")
        file.write_text(text or "")
        if not (child := os.fork()):
            _child(module, graph, tests, limit, file if text is not None else None, log)
        for _ in range(LOOKS):
            ended, status, used = os.wait4(child, os.WNOHANG)
            if ended:
                break
            time.sleep(LOOK)
        else:
            os.killpg(child, signal.SIGKILL)
            _, status, used = os.wait4(child, 0)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    if os.WIFSIGNALED(status):
        word = f"signal {os.WTERMSIG(status)}"  # SIGXCPU, 24, is out of time
    else:
        word = ([line for line in lines if line.startswith(("FAILED", "ERROR"))] or lines[-1:] or ["no word"])[0]
    return (word if status else ""), used.ru_utime + used.ru_stime


def _child(module, graph, tests, limit: int, file: Path | None, log: Path) -> None:
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        output = os.open(log, os.O_WRONLY | os.O_CREAT)
        os.dup2(output, 1)
        os.dup2(output, 2)
        forget(module, graph)
        if file:
            sys.meta_path.insert(0, Mutated(module, file))
        importlib.import_module("phasefield.run")
        vars(sys.modules["phasefield"]).pop("run", None)  # there it is the name of a function, found when it is used
        code = int(sys.modules["pytest"].main([*OPTIONS, *tests]))
        sys.stdout.flush()
        os._exit(code)
    finally:  # a fork must never go on as its parent
        os._exit(99)


def chosen(path: str, sample: int, seed: int, alive: list[dict] | None) -> list[tuple[int, str, str]]:
    """The mutants of a file that are tried: all, or so many drawn at random; of these those that once survived."""
    found = mutants(Path(path).read_text(encoding="utf-8"))
    drawn = [found[k] for k in sorted(random.Random(seed).sample(range(len(found)), min(sample, len(found))))]
    known = None if alive is None else {(row["line"], row["change"]) for row in alive if not row["by"]}
    return [m for m in drawn if known is None or m[:2] in known]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="parts of paths; all of the plan if none")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of a module, at most")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="only those that survived in the file of results")
    parser.add_argument("--out", type=Path, default=Path("mutants.json"), help="results, by module")
    options = parser.parse_args()
    graph = warm()
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    for path, tests in PLAN.items():
        if options.modules and not any(part in path for part in options.modules):
            continue
        module = path.removesuffix(".py").replace("/", ".")
        wrong, alone = run(module, graph, tests, 600, None)
        if wrong:
            print(f"{path}: the tests fail without a mutant: {wrong}", flush=True)
            return 1
        tried = chosen(path, options.sample, options.seed, results.get(path, []) if options.again else None)
        with ThreadPoolExecutor(options.jobs) as pool:
            attempt = partial(run, module, graph, tests, LIMIT + TIMES * round(alone))
            outcomes = list(pool.map(attempt, [text for _, _, text in tried]))
        rows = [
            {"line": line, "change": change, "by": by, "seconds": round(seconds, 1)}
            for (line, change, _), (by, seconds) in zip(tried, outcomes, strict=True)
        ]
        again = {m[:2] for m in tried}  # two mutants may read the same
        kept = [r for r in results.get(path, []) if (r["line"], r["change"]) not in again] if options.again else []
        results[path] = kept + rows
        options.out.write_text(json.dumps(results, ensure_ascii=False, indent=1))
        killed = sum(bool(row["by"]) for row in results[path])
        took = sum(row["seconds"] for row in rows)
        print(f"{path}: {len(results[path])} tried, {killed} killed, in {took:.0f} s of CPU", flush=True)
        for row in rows:
            if not row["by"]:
                print(f"    {row['line']}: {row['change']}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
