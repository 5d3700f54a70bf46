"""The scripts of docs/examples, which a wheel has in `phasefield/verify/examples`: models as their users write them."""

from __future__ import annotations

from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent / "examples"


@cache
def script(name: str) -> ModuleType:
    """A script as a module, by its name without ``.py``; read when it is first needed."""
    spec = spec_from_file_location(f"phasefield_example_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
