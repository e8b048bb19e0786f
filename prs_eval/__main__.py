"""`python -m prs_eval`."""

from __future__ import annotations

import sys

from prs_eval.cli import main

if __name__ == "__main__":
    sys.exit(main())
