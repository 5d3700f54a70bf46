"""Numba's compiler for functions that only compiled functions call.

Numba optimises each function and makes machine code of it, and does so again as part of each function that calls it.
For a kernel of forty functions in three layers, that is most of the work. Here a function remains code that its callers
take in; only they are optimised and become machine code.
"""

from __future__ import annotations

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _Part(JITCodeLibrary):
    """Code that is not optimised and has no machine code of its own."""

    def _optimize_final_module(self):
        """Left to the callers."""

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name):
        """None: nothing calls it from outside."""
        return 0

    @property
    def codegen(self):
        """Of it, Numba only asks to give a function its environment, which Python objects in compiled code need."""
        return _NoEnvironment


class _NoEnvironment:
    @staticmethod
    def set_env(name, env):
        """Inner functions know no Python objects."""


class InnerCompiler(Compiler):
    """Numba's compiler, but for the place of the code."""

    def compile_extra(self, func):
        self.state.library = _Part(self.state.targetctx.codegen(), func.__qualname__)
        return super().compile_extra(func)
