"""What a folder of files says of itself in `_source.yml`: whether its rows are invented."""

from __future__ import annotations

from pathlib import Path

from prs_eval.inputs.parameters import Label, _Model, read_yaml

SOURCE_FILE = "_source.yml"


class Source(_Model):
    """`_source.yml`."""

    synthetic: bool
    label: Label | None = None


def is_synthetic(source: str | Path) -> bool:
    """Whether the rows of a source are invented; real unless its folder says so.

    source: folder, file (its folder speaks for it) or SQL URL. UsageError for a `_source.yml` that cannot be read.
    """
    if "://" in str(source):
        return False
    path = Path(source)
    file = (path if path.is_dir() else path.parent) / SOURCE_FILE
    return file.is_file() and read_yaml(file, Source).synthetic
