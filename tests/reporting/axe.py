"""axe-core in a real browser, over pages as they are published."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any


@cache
def _source() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def findings(browser: Any, page: Path, *, scheme: str = "light") -> list[str]:
    """What axe-core objects to, or cannot decide, on a page with all its tables unfolded; best practices included.

    The browser's own policy is lifted for axe-core alone: the page's would refuse any script.
    """
    context = browser.new_context(bypass_csp=True, color_scheme=scheme)
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    tab.evaluate(_source())
    found = tab.evaluate("axe.run(document, { resultTypes: ['violations', 'incomplete'] })")
    context.close()
    return [
        f"{kind} {rule['id']}: {node['html'][:160]}"
        for kind in ("violations", "incomplete")
        for rule in found[kind]
        for node in rule["nodes"]
    ]
