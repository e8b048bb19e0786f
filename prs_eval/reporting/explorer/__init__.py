"""The programme's measures one by one, in JupyterLab: chosen from lists, seen beside something, exported protected."""

from prs_eval.reporting.explorer.widgets import explore

__all__ = ["explore"]
