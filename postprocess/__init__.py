"""Pictures, movies and plots of run directories; the only part of the package that draws."""

from phasefield.postprocess.grids import to_pyvista
from phasefield.postprocess.headless import check_rendering
from phasefield.postprocess.render import render_runs

__all__ = ["check_rendering", "render_runs", "to_pyvista"]
