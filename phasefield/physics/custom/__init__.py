"""Models that are a single class: those of scripts, and those that other packages install."""
