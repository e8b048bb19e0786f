"""Evaluation workbench for local health-promotion programmes.

Public names resolve lazily: importing `prs_eval` loads none of pandas, statsmodels or matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_SUBPACKAGES = ("disclosure", "estimation", "execution", "impact", "inputs", "programme", "reporting")
_NAMES = {
    "open_run": "prs_eval.programme.run",
}
__all__ = [*_SUBPACKAGES, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        return import_module(f"prs_eval.{name}")
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
