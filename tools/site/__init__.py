"""The documentation site, built by Sphinx: ``make docs`` (docs/decisions/048-site.md)."""
