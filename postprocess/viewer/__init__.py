"""An interactive page of runs: `phasefield view`. The only part of the package that serves anything."""
