"""Models that are a class and nothing more: those of scripts, and those that other packages install."""
