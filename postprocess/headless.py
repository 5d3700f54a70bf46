"""Drawing without a screen.

Every module here takes pyvista from this one, so that the kind of window is chosen first. Matplotlib's figures are made
without pyplot, and plotters are off-screen one by one, so that a script or notebook keeps its own windows.
"""

from __future__ import annotations

import os
import sys

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    # VTK would try X first, complain, and only then turn to EGL.
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")

import pyvista

__all__ = ["check_rendering", "pyvista"]


def check_rendering() -> str:
    """Draw one empty frame and return the names of the renderer and the window.

    Returns
    -------
    str
        Class of the render window, and the OpenGL renderer and version behind it.
    """
    plotter = pyvista.Plotter(off_screen=True, window_size=(64, 64))
    plotter.show(auto_close=False)
    window = plotter.render_window
    wanted = ("OpenGL renderer string", "OpenGL version string")
    report = [line.strip() for line in window.ReportCapabilities().splitlines() if line.startswith(wanted)]
    name = window.GetClassName()
    plotter.close()
    return "\n".join([f"window class: {name}", *report])
