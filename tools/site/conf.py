"""Configuration of Sphinx; `tools.site.source` writes the folder that it reads."""

import re

from nbclient import NotebookClient

from phasefield import __version__

project = "phasefield"
author = "The phasefield developers"
copyright = author
version = release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "sphinx-mathjax-offline"]
root_doc = "docs/index"
html_theme = "furo"
html_title = f"phasefield {version}"
html_copy_source = False

# Markdown as on GitHub, with equations
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True

# The tutorials are run anew, each in a folder of its own; an error in one is an error of the build
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
# Join the pieces in which an output arrives; MyST-NB's own option for this breaks lines between them
NotebookClient.coalesce_streams = True

napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"


def setup(app):
    """References of docstrings as lists: Sphinx knows each label once in a site, and several modules cite one book."""

    def listed(app, what, name, thing, options, lines):
        lines[:] = [re.sub(r"^\.\. \[(\w+)\] ", r"*  [\1] ", re.sub(r"\[(\w+)\]_", r"[\1]", line)) for line in lines]

    app.connect("autodoc-process-docstring", listed, priority=400)
