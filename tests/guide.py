"""Reads the examples out of the user documentation, so that what users paste is what is tested."""

import re
from pathlib import Path
from typing import Any

from homeassistant.util.yaml import parse_yaml

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "documentation"


def examples(page: str, heading: str = "") -> list[dict[str, Any]]:
    """Return the YAML blocks of a page, or those below the first heading with these words."""
    text = (DOCUMENTATION / page).read_text("utf-8")
    if heading:
        found = re.search(rf"^(#+) [^\n]*{heading}[^\n]*\n", text, re.MULTILINE)
        assert found is not None, f"{page} has no heading with {heading}"
        text = text[found.end() :]
        text = re.split(rf"^#{{1,{len(found[1])}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [example for block in blocks if isinstance(example := parse_yaml(block), dict)]
