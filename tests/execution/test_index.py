"""The index of an output folder: what each page was made from, and an order that is not that of completion."""

from __future__ import annotations

import subprocess
import sys
import urllib.request

from prs_eval.execution import index
from prs_eval.execution.campaign import plan
from prs_eval.execution.ledger import Ledger
from tests.execution.test_campaign import request_of
from tests.execution.test_ledger import entry


def written(project, *attempts) -> str:
    """The index after these attempts (key of the quartier, its name, synthetic, status), in order of completion."""
    ledger = Ledger(project.out)
    for folder, quartier, synthetic, status in attempts:
        key = f"internal/2018/{folder}/visits"
        failure = None if status == "ok" else {"kind": "cell", "error": "KeyError"}
        ledger.append(entry(key, quartier=quartier, status=status, synthetic=synthetic, failure=failure))
        if status == "ok":
            page = project.out / f"{key}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text("<html></html>", encoding="utf-8")
    index.write_site(plan(request_of(project, years=(2018,), quartiers=("Fives",))), ledger.latest())
    return (project.site / "index.html").read_text(encoding="utf-8")


def test_the_origin_is_that_of_each_page_not_of_the_store_of_the_last_run(project):
    assert project.store.synthetic
    text = written(project, ("fives", "Fives", True, "ok"), ("moulins", "Moulins", False, "ok"))
    fives, moulins = (text.split(f'<th scope="row">{name}')[1].split("</tr>")[0] for name in ("Fives", "Moulins"))
    assert "données de démonstration synthétiques" in fives
    assert "données de démonstration synthétiques" not in moulins


def test_a_page_kept_from_a_run_on_invented_data_stays_invented_when_a_real_run_fails(project):
    text = written(project, ("fives", "Fives", True, "ok"), ("fives", "Fives", False, "failed"))
    assert "synthétiques" in text


def test_quartiers_are_in_the_declared_order_whatever_finished_first(project):
    done = [("fives", "Fives"), ("moulins", "Moulins"), ("wazemmes", "Wazemmes")]
    text = written(project, *((folder, name, True, "ok") for folder, name in done))
    grid, times = text.split("Durée de préparation")[0], text.split("Durée de préparation", 1)[1]
    for part in (grid, times):
        assert part.index("Wazemmes") < part.index("Moulins") < part.index("Fives")


def test_the_site_is_made_anew_from_what_is_there_and_served_to_this_machine_alone(project):
    written(project, ("fives", "Fives", True, "ok"))
    (project.site / "index.html").unlink()
    line = [sys.executable, "-m", "prs_eval", "site", "--serve", "--port", "0", "--audience", "internal"]
    line += ["--data", str(project.store.root), "--out", str(project.out)]
    served = subprocess.Popen(line, cwd=project.root, stdout=subprocess.PIPE, text=True)
    try:
        address = served.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert "Fives" in answer.read().decode("utf-8")
        assert (project.site / "accessibilite.html").is_file()
    finally:
        served.terminate()
        served.wait(10)


def test_tables_of_reports_that_are_gone_do_not_stay_online(project):
    left = project.site / "2018" / "tables"
    left.mkdir(parents=True)
    (left / "tables-2018.xlsx").write_bytes(b"old")
    written(project, ("fives", "Fives", True, "failed"))
    assert not left.exists()
