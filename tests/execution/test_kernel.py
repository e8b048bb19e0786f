"""One notebook in one kernel of its own."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from prs_eval.execution.kernel import PrivateKernelManager, execute
from prs_eval.execution.worker import MAX_SOCKET_PATH, socket_folder
from tests.toy import code, markdown

pytestmark = pytest.mark.slow


def run(project, notebook: Path, **options):
    out = project.root / "executed.ipynb"
    seconds, failure = execute(notebook, {"quartier": "Moulins"}, out, cwd=project.root, **{"timeout": 30, **options})
    assert seconds > 0
    return failure, json.loads(out.read_text(encoding="utf-8")) if out.exists() else None


def printed(content) -> str:
    outputs = [o for c in content["cells"] for o in c.get("outputs", [])]
    return "".join("".join(o["text"]) for o in outputs if o["output_type"] == "stream")


def test_a_notebook_runs_with_its_parameters_in_the_fixed_settings(project, tmp_path, monkeypatch):
    startup = tmp_path / "home" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("quartier = 'du démarrage'; intruder = True")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home"))
    source = (
        "import os\nprint(quartier, year, os.environ['PYTHONHASHSEED'], os.environ['OMP_NUM_THREADS'], os.getcwd())"
        "\nprint('intruder' in dir())"
    )
    failure, content = run(project, project.notebook("visits", code(source)))
    assert failure is None
    assert printed(content).split() == ["Moulins", "2018", "0", "1", str(project.root), "False"]
    assert str(project.root) not in json.dumps(content["metadata"])


def test_a_cell_that_fails_is_kept_and_its_question_named(project):
    cells = [
        markdown("# Titre\n\n## Combien de réunions ?"),
        code("1"),
        markdown("texte"),
        code("{}['Mme X']"),
        code("2"),
    ]
    failure, content = run(project, project.notebook("visits", *cells, markdown("## Après ?"), code("3")))
    assert (failure.kind, failure.error, failure.question) == ("cell", "KeyError", "Combien de réunions ?")
    assert failure.message is None  # the text of such an error may quote the data
    assert "Combien de réunions ?" in "".join(content["cells"][0]["source"])
    assert [o["ename"] for c in content["cells"] for o in c.get("outputs", []) if "ename" in o] == ["KeyError"]


def test_the_message_of_our_own_errors_is_passed_on(project):
    source = "from prs_eval.errors import DataError\nraise DataError('table vide')"
    failure, _ = run(project, project.notebook("visits", code(source)))
    assert (failure.error, failure.message) == ("DataError", "table vide")


def test_a_cell_that_lasts_too_long_is_stopped(project):
    cells = [markdown("## Trop long ?"), code("import time; time.sleep(60)"), markdown("## Ensuite ?"), code("1")]
    failure, _ = run(project, project.notebook("visits", *cells), timeout=1)
    assert (failure.kind, failure.question) == ("timeout", "Trop long ?")


def test_a_kernel_that_dies_is_a_failure_and_not_a_hang(project):
    cells = [markdown("## Mémoire ?"), code("import os; os._exit(9)")]
    failure, _ = run(project, project.notebook("visits", *cells))
    assert (failure.kind, failure.question) == ("kernel", "Mémoire ?")


def test_two_kernels_at_once_answer_on_sockets_of_their_own_and_leave_nothing(project):
    async def both() -> list[tuple[str, str]]:
        managers = [PrivateKernelManager(kernel_name="python3") for _ in range(2)]
        await asyncio.gather(*(m.start_kernel() for m in managers))
        found = []
        for manager in managers:
            client = manager.client()
            client.start_channels()
            await client.wait_for_ready(timeout=30)
            assert manager.transport == "ipc"
            assert list(manager.folder.glob("s-*"))  # where the kernel listens
            found.append((str(manager.ip), str(manager.connection_file)))
            client.stop_channels()
        for manager in managers:
            await manager.shutdown_kernel(now=True)
            await manager.cleanup_resources()
            assert not manager.folder.exists()
        return found

    first, second = asyncio.run(both())
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_a_long_temporary_folder_does_not_exceed_the_limit_of_a_socket_path(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setenv("PRS_EVAL_SOCKETS", str(long))
    folder = socket_folder()
    try:
        assert len(os.fsencode(folder / "s-5")) <= MAX_SOCKET_PATH
        assert folder.stat().st_mode & 0o077 == 0
    finally:
        folder.rmdir()
