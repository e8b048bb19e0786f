"""One notebook in one kernel of its own: private socket, fixed settings, nothing left behind."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from prs_eval.execution.notebook import stopped_at
from prs_eval.execution.worker import Failure, socket_folder
from prs_eval.i18n import _, translated

_MARKER = "papermill-error-cell-tag"

# One thread a kernel, since the campaign is what runs in parallel; the same hash seed makes two runs alike.
SETTINGS = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_MAX_THREADS": "1",
}


class PrivateKernelManager(AsyncKernelManager):
    """A kernel of this very Python, reached through sockets in a fresh folder that only it uses.

    Default socket paths are shared between kernels started at the same moment, which then answer each other.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.folder = socket_folder()
        where = {"transport": "ipc", "ip": str(self.folder / "s"), "connection_file": str(self.folder / "kernel.json")}
        super().__init__(**{**kwargs, **where})

    @property
    def kernel_spec(self) -> KernelSpec:
        """The running Python, whatever kernels the user has installed."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(argv=argv, display_name="Python 3 (prs_eval)", language="python")

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Start with `SETTINGS` and an IPython folder of its own: the user's start-up files change no report."""
        env = {**os.environ, **SETTINGS, "IPYTHONDIR": str(self.folder / "ipython")}
        await self._async_start_kernel(**{**kwargs, "env": env})

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]
        """Also remove the folder of the sockets."""
        await self._async_cleanup_resources(restart=restart)
        if not restart:
            shutil.rmtree(self.folder, ignore_errors=True)


def execute(
    notebook: Path, parameters: Mapping[str, Any], out: Path, *, cwd: Path, timeout: int
) -> tuple[float, Failure | None]:
    """Execute `notebook` with `parameters` and write what became of it to `out`.

    timeout: seconds allowed to one cell. Returns the seconds it took, and why it failed or None; `out` then
    holds the notebook with its error cell.
    """
    started = time.monotonic()
    failure: Failure | None = None
    try:
        papermill.execute_notebook(
            _spoken(notebook),
            out,
            dict(parameters),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=cwd,
            execution_timeout=timeout,
            kernel_manager_class=PrivateKernelManager,
            shutdown_kernel="immediate",
            ipython_hist_file="",
        )
    except PapermillExecutionError as error:
        failure = _cell_failure(error)
    except CellTimeoutError:
        failure = Failure("timeout", "TimeoutError")
    except DeadKernelError:
        failure = Failure("kernel", "DeadKernelError")
    except (RuntimeError, OSError) as error:  # the kernel never answered, the disk is full
        failure = Failure("kernel", type(error).__name__)
    seconds = time.monotonic() - started
    return seconds, _tidy(out, notebook.name, failure)


def _spoken(path: Path) -> NotebookNode:
    """The notebook with its prose in the current language."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = translated(cell.source)
    return notebook


def _cell_failure(error: PapermillExecutionError) -> Failure:
    ours = error.ename in {"UsageError", "DataError", "ReportError", "DisclosureError", "PrsEvalError"}
    return Failure("cell", error.ename, message=error.evalue if ours else None)


def _tidy(out: Path, name: str, failure: Failure | None) -> Failure | None:
    """Drop machine paths from the executed notebook; say in French where it failed."""
    if not out.exists():
        return failure
    notebook: NotebookNode = nbformat.read(out, as_version=4)  # type: ignore[no-untyped-call]
    notebook.metadata.get("papermill", {}).update(input_path=name, output_path=name)
    notebook.cells = [c for c in notebook.cells if _MARKER not in c.metadata.get("tags", [])]
    if failure is not None:
        question = stopped_at(out)
        failure = Failure(failure.kind, failure.error, question, failure.message)
        text = _("**Ce rapport n'a pas abouti.** Question en cause : {question}").format(question=question or "—")
        cell = {"cell_type": "markdown", "id": "failure", "metadata": {}, "source": text}
        notebook.cells.insert(0, nbformat.from_dict(cell))  # type: ignore[no-untyped-call]
    nbformat.write(notebook, out)  # type: ignore[no-untyped-call]
    return failure
