"""The command line: parses, calls, prints. Progress and messages on stderr, results on stdout."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prs_eval import __version__
from prs_eval.console import INTERRUPTED, N_, Group, Option
from prs_eval.console import run as run_command
from prs_eval.i18n import LANGUAGES, _, current_language
from prs_eval.inputs.parameters import load_workbench, project_root
from prs_eval.inputs.tables import TABLES

if TYPE_CHECKING:
    from prs_eval.execution.campaign import Request
    from prs_eval.inputs.intake import Intake
    from prs_eval.inputs.store import Store

_PARAMETERS, _DATA, _DEMO_STORE, _OUT = "parameters/lille", "data/local", "data/local/demo", "outputs"
_FOLDER = click.Path(path_type=Path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    return run_command(cli, sys.argv[1:] if arguments is None else arguments)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _place(path: Path | None, default: str) -> Path:
    """A folder given from where one stands; the default from the project's root."""
    return (project_root() / default if path is None else Path.cwd() / path).resolve()


def _option(*names: str, **about: Any) -> Callable[[Any], Any]:
    return click.option(*names, cls=Option, **about)


_lang = _option("--lang", type=click.Choice(LANGUAGES), expose_value=False, help=N_("Langue des messages : fr ou en."))
_parameters = _option("--parameters", type=_FOLDER, help=N_("Dossier de la ville (parameters/lille)."))
_data = _option("--data", type=_FOLDER, help=N_("Dossier des données importées (data/local)."))
_out = _option("--out", type=_FOLDER, help=N_("Dossier des résultats (outputs)."))


@click.group(cls=Group, help=N_("Évaluer un programme local de santé, des tableurs de l'année aux rapports."))
@_lang
@click.version_option(__version__, cls=Option, prog_name="prs-eval", help=N_("Affiche la version."))
def cli() -> None:
    pass


@cli.command(help=N_("Écrire les données de démonstration (synthétiques)."))
@_option("--out", type=_FOLDER, help=N_("Dossier à écrire (data/demo)."))
@_parameters
@_lang
def demo(out: Path | None, parameters: Path | None) -> None:
    from prs_eval.inputs.demo import write_demo
    from prs_eval.programme.demo_outcomes import outcome_rows

    folder, city = _place(out, "data/demo"), _place(parameters, _PARAMETERS)
    write_demo(folder, city, extra={"outcomes": outcome_rows(city)})
    click.echo(folder)


@cli.command(help=N_("Écrire le classeur de saisie d'un quartier pour une année."))
@_option("--quartier", required=True, help=N_("Nom du quartier."))
@_option("--year", required=True, type=click.IntRange(1990, 2100), help=N_("Année de la saisie."))
@_option("--out", type=_FOLDER, help=N_("Fichier à écrire (saisie-<quartier>-<année>.xlsx)."))
@_option("--force", is_flag=True, help=N_("Écraser le fichier s'il existe déjà."))
@_parameters
@_lang
def template(quartier: str, year: int, out: Path | None, force: bool, parameters: Path | None) -> None:
    from prs_eval.errors import UsageError
    from prs_eval.execution.campaign import slug
    from prs_eval.inputs.template import write_template

    workbench = load_workbench(_place(parameters, _PARAMETERS))
    name = workbench.quartier(quartier).name
    path = out or Path(f"saisie-{slug(name)}-{year}.xlsx")
    if path.is_dir():
        path = path / f"saisie-{slug(name)}-{year}.xlsx"
    if path.exists() and not force:  # it may hold a year's entries
        message = _("« {path} » existe déjà : choisir un autre nom avec --out, ou --force pour l'écraser.")
        raise UsageError(message.format(path=path))
    click.echo(write_template(path, workbench, quartier=name, year=year))


@cli.command(help=N_("Contrôler un dossier de CSV, un classeur ou une base SQL."))
@click.argument("path", metavar="SOURCE")
@_option("--out", type=_FOLDER, help=N_("Dossier du compte rendu (celui de la source)."))
@_data
@_parameters
@_lang
def check(path: str, out: Path | None, data: Path | None, parameters: Path | None) -> int:
    intake, _store = _read(path, data, parameters)
    _report_check(intake, path, out)
    return 0 if intake.ok else 3


@cli.command("import", help=N_("Contrôler une source, et importer les lignes acceptées."))
@click.argument("path", metavar="SOURCE")
@_option("--out", type=_FOLDER, help=N_("Dossier du compte rendu (celui de la source)."))
@_data
@_parameters
@_lang
def import_(path: str, out: Path | None, data: Path | None, parameters: Path | None) -> int:
    from prs_eval.errors import UsageError
    from prs_eval.inputs.provenance import is_synthetic

    if data is None and is_synthetic(path):  # the city's own folder would refuse its real rows from then on
        raise UsageError(
            _(
                "« {source} » contient des données synthétiques : dire dans quel dossier les mettre, à part des "
                "données réelles, par exemple --data data/local/demo."
            ).format(source=path)
        )
    intake, store = _read(path, data, parameters)
    account = _report_check(intake, path, out, always=False)
    _write(intake, store, path, account)
    return 0 if intake.ok else 3


@cli.command(help=N_("Produire les rapports d'une année ; seuls ceux dont quelque chose a changé sont refaits."))
@_option("--year", "years", multiple=True, help=N_("Année, ou intervalle 2018-2020 (la dernière des données)."))
@_option("--quartier", "quartiers", multiple=True, help=N_("Quartier (tous ceux du programme)."))
@_option("--notebook", "notebooks", multiple=True, help=N_("Carnet (tous ceux de campaign.yml)."))
@_option("--audience", default="public", help=N_("Diffusion : public (chiffres protégés) ou internal."))
@_option("-p", "--parameter", "extra", multiple=True, help=N_("NOM=VALEUR : autre paramètre des carnets."))
@_option(
    "--format",
    "formats",
    type=click.Choice(["html", "pdf"]),
    default="pdf",
    help=N_("pdf : pages et PDF ; html : pages seules."),
)
@_option("-j", "--jobs", type=click.IntRange(min=1), help=N_("Rapports faits en même temps (le nombre de cœurs)."))
@_option("-n", "--dry-run", is_flag=True, help=N_("Dire ce qui serait fait et pourquoi, sans rien faire."))
@_option("--force", is_flag=True, help=N_("Refaire aussi les rapports à jour."))
@_option("--keep-going/--fail-fast", default=True, help=N_("Continuer après un échec (par défaut), ou s'arrêter."))
@_data
@_parameters
@_out
@_lang
def run(**options: Any) -> int:
    from prs_eval.execution import runner
    from prs_eval.execution.campaign import plan

    planned = plan(_request(options))
    if options["dry_run"]:
        for step in runner.steps(planned, force=options["force"]):
            why = ", ".join(step.reasons) or _("à jour")
            click.echo(_("{name} : {value}").format(name=step.report.label, value=why))
        return 0
    started = time.monotonic()
    jobs = options["jobs"] or os.cpu_count() or 1
    outcome = runner.run(planned, jobs=jobs, say=_say, force=options["force"], keep_going=options["keep_going"])
    _say(runner.summary(outcome, time.monotonic() - started))
    if outcome.refusals:
        _say(_refused(outcome.refusals))
    click.echo(planned.site / "index.html")
    return INTERRUPTED if outcome.interrupted else 5 if outcome.refusals else 4 if outcome.failed else 0


def _refused(refusals: Sequence[str]) -> str:
    head = _("Secret statistique : rien de nouveau n'est publié, les pages déjà en ligne restent.")
    return "\n".join([head, *(f"  - {text}" for text in refusals)])


@cli.command(help=N_("Contrôler le secret statistique de ce qu'un dossier de résultats publie et a publié."))
@click.argument("out", metavar="OUT", type=_FOLDER, required=False)
@_parameters
@_lang
def audit(out: Path | None, parameters: Path | None) -> int:
    from prs_eval.execution.gate import audit_published

    found = audit_published(_place(out, _OUT), load_workbench(_place(parameters, _PARAMETERS)))
    if found:
        click.echo("\n".join([_("Secret statistique : à corriger."), *(f"  - {text}" for text in found)]))
        return 5
    click.echo(_("Secret statistique : aucun petit effectif ne peut être retrouvé."))
    return 0


@cli.command(help=N_("Refaire l'index, les tableaux et la page d'accessibilité de ce qui est publié ; les montrer."))
@_option("--audience", default="public", help=N_("Diffusion : public (chiffres protégés) ou internal."))
@_option("--serve", is_flag=True, help=N_("Montrer le site sur cette machine seulement, jusqu'à Ctrl-C."))
@_option("--port", type=click.IntRange(0, 65535), default=8000, help=N_("Port de --serve (8000 ; 0 : un port libre)."))
@_data
@_parameters
@_out
@_lang
def site(serve: bool, port: int, **options: Any) -> None:
    from prs_eval.execution import runner
    from prs_eval.execution.campaign import plan

    planned = plan(_request({**options, "years": (), "quartiers": (), "notebooks": (), "extra": ()}))
    runner.refresh(planned)
    if serve:
        _serve(planned.site, port)
    else:
        click.echo(planned.site / "index.html")


def _serve(folder: Path, port: int) -> None:
    """The folder at an address of this machine alone, until Ctrl-C."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from prs_eval.errors import UsageError

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    except OSError:
        raise UsageError(_("Le port {port} est déjà pris : en donner un autre par --port.").format(port=port)) from None
    with server:
        click.echo(f"http://127.0.0.1:{server.server_port}/index.html")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            _say(_("Arrêté."))


@cli.command(help=N_("Dire où en est chaque rapport."))
@_out
@_lang
def status(out: Path | None) -> None:
    from prs_eval.execution.digest import reason
    from prs_eval.execution.ledger import Ledger

    entries = Ledger(_place(out, _OUT)).latest()
    if not entries:
        _say(_("Aucun rapport dans {path}.").format(path=_place(out, _OUT)))
    for _key, entry in sorted(entries.items()):
        state = _("échec : {reason}").format(reason=reason(entry.failure)) if entry.failure else _("publié")
        if entry.synthetic:
            state += " " + _("(démonstration)")
        name = " · ".join([entry.title, *([entry.quartier] if entry.quartier else []), str(entry.year)])
        click.echo(f"{_local_time(entry.ended)}  {name}  {state}")


def _local_time(utc: str) -> str:
    """An ISO 8601 moment by the clock of this machine, as it is written in the current language."""
    moment = dt.datetime.fromisoformat(utc).astimezone()
    return f"{moment:%d/%m/%Y %H:%M}" if current_language() == "fr" else f"{moment:%Y-%m-%d %H:%M}"


@cli.command(help=N_("Remplacer les identifiants de personnes par des pseudonymes, dans une copie."))
@click.argument("source", required=False)
@_option("--out", type=_FOLDER, help=N_("Dossier à écrire."))
@_option("--key", type=_FOLDER, help=N_("Fichier de la clé (sinon celui que nomme PRS_EVAL_KEY_FILE)."))
@_option("--new-key", type=_FOLDER, help=N_("Créer une clé dans ce fichier, hors du projet."))
@_option("--force", is_flag=True, help=N_("Remplacer une copie déjà faite dans ce dossier."))
@_data
@_parameters
@_lang
def pseudonymise(
    source: str | None,
    out: Path | None,
    key: Path | None,
    new_key: Path | None,
    force: bool,
    data: Path | None,
    parameters: Path | None,
) -> None:
    from prs_eval.errors import UsageError
    from prs_eval.inputs import pseudonyms

    if key is not None and new_key is not None:
        raise UsageError(_("Donner --key ou --new-key, pas les deux."))
    if (source is None) != (out is None) or (source is None and new_key is None):
        raise UsageError(_("Dire quoi pseudonymiser et où l'écrire : prs-eval pseudonymise SOURCE --out DOSSIER."))
    apart = [
        _place(data, _DATA),
        *([out] if out else []),
        *([Path(source)] if source and Path(source).is_dir() else []),
    ]
    if new_key is not None:
        key = pseudonyms.new_key(Path.cwd() / new_key, apart_from=apart)
        _say(_("Clé écrite : {path}. La garder hors du projet, avec une copie en lieu sûr.").format(path=key))
    if source is None or out is None:
        return
    workbench = load_workbench(_place(parameters, _PARAMETERS))
    secret = pseudonyms.read_key(key, apart_from=apart)
    for line in pseudonyms.summary(pseudonyms.pseudonymise(source, out, workbench, key=secret, force=force)):
        click.echo(line)
    click.echo(out)


@cli.command(help=N_("Retirer des données les personnes dont le dernier contact est trop ancien."))
@_option("--before", required=True, help=N_("Jour avant lequel un dernier contact est trop ancien (2024-11-26)."))
@_option("-n", "--dry-run", is_flag=True, help=N_("Dire ce qui serait retiré, sans rien faire."))
@_data
@_lang
def purge(before: str, dry_run: bool, data: Path | None) -> None:
    from prs_eval.inputs import retention
    from prs_eval.inputs.store import Store

    day = retention.read_date(before)
    if early := retention.early(day):
        _say(early)
    removed = retention.purge(Store(_place(data, _DATA)), day, dry_run=dry_run)
    for line in retention.summary(removed, day, dry_run=dry_run):
        click.echo(line)


@cli.command(help=N_("Ouvrir les carnets dans JupyterLab (ce qui suit « -- » lui est passé)."))
@click.argument("arguments", nargs=-1)
@_option("--no-browser", is_flag=True, help=N_("Ne pas ouvrir de navigateur."))
@_parameters
@_lang
def lab(arguments: tuple[str, ...], no_browser: bool, parameters: Path | None) -> int:
    from prs_eval.inputs.store import Store

    root = project_root()
    if not Store(root / _DEMO_STORE).exists:
        _say(_("Données de démonstration absentes de {path} : importées d'abord.").format(path=_DEMO_STORE))
        source = str(root / "data" / "demo")
        _write(*_read(source, root / _DEMO_STORE, parameters), source)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root / 'notebooks'}"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # no request to the outside
    command += [*(["--no-browser"] if no_browser else []), *arguments]
    sys.stdout.flush()
    os.execv(sys.executable, command)


def _request(options: dict[str, Any]) -> Request:
    from prs_eval.errors import UsageError
    from prs_eval.execution.campaign import Request, read_years

    extra = []
    for text in options["extra"]:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(_("-p attend NOM=VALEUR, reçu « {found} ».").format(found=text))
        extra.append((name.strip(), value))
    return Request(
        root=project_root(),
        parameters=_place(options["parameters"], _PARAMETERS),
        data=_place(options["data"], _DATA),
        out=_place(options["out"], _OUT),
        years=read_years(options["years"]),
        quartiers=options["quartiers"],
        notebooks=options["notebooks"],
        audience=options["audience"],
        extra=tuple(extra),
        pdf=options.get("formats") != "html",
    )


def _read(path: str, data: Path | None, parameters: Path | None) -> tuple[Intake, Store]:
    """The intake of a source, checked against what the store already holds."""
    from prs_eval.inputs.intake import check as check_source
    from prs_eval.inputs.store import Store

    store = Store(_place(data, _DATA))
    known = {table: store.keys(table) for table in TABLES}
    return check_source(path, load_workbench(_place(parameters, _PARAMETERS)), known_keys=known), store


def _write(intake: Intake, store: Store, source: str, account: Path | None = None) -> None:
    from prs_eval.inputs.provenance import is_synthetic
    from prs_eval.reporting.import_summary import import_summary

    counts = store.write(intake.accepted, source=intake.source, synthetic=is_synthetic(source))
    click.echo(import_summary(intake, counts, place=store.root, account=account))


def _report_check(intake: Intake, source: str, out: Path | None, *, always: bool = True) -> Path | None:
    """Say what was found and write the account; the workbook that holds the refused rows, where one was written."""
    from prs_eval.reporting import check_report

    click.echo(check_report.summary(intake))
    if intake.ok and not always:  # an import leaves files beside its source only where something is to be mended
        return None
    place = Path(source)
    folder, stem = (Path.cwd(), "base") if "://" in source else (place.resolve().parent, place.stem)
    target = place
    for kind, write in (("html", check_report.write_html), ("xlsx", check_report.write_xlsx)):
        target = (out or folder) / f"{stem}-controle.{kind}"
        target.parent.mkdir(parents=True, exist_ok=True)
        write(intake, target)
        _say(_("Compte rendu : {path}").format(path=target))
    return target
