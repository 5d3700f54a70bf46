"""docs/columns.md is what the declarations say now."""

from pathlib import Path

from tools.columns import page

PAGE = Path(__file__).parents[2] / "docs" / "columns.md"


def test_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tools.columns > docs/columns.md"
