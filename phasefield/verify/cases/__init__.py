"""The cases, one file for each subject; `phasefield.verify.registry` lists them in the order of the page."""
