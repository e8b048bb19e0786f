"""Click in two languages: help, usage errors and exit codes, said at the time of asking."""

from __future__ import annotations

import copy
import inspect
import sys
import tempfile
import traceback
from collections.abc import Sequence
from typing import Any

import click

from prs_eval.errors import PrsEvalError
from prs_eval.i18n import LANGUAGES, _, set_language

INTERRUPTED = 130  # what a shell expects after Ctrl-C


def N_(message: str) -> str:  # noqa: N802 — the name that gettext tools look for
    """Mark a string for the catalogue; it is translated when it is shown."""
    return message


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def make_metavar(self, ctx: click.Context) -> str:
        """What stands for the value on the help page."""
        if isinstance(self.type, click.Choice) or self.is_flag:
            return super().make_metavar(ctx)
        if isinstance(self.type, click.IntRange):
            return "N"
        return _("CHEMIN") if isinstance(self.type, click.Path) else _("TEXTE")

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The line of the help page."""
        shown = copy.copy(self)
        shown.help = _(self.help) if self.help else None
        return click.Option.get_help_record(shown, ctx)

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """What stands in brackets after the help."""
        extra = super().get_help_extra(ctx)
        if "required" in extra:
            extra["required"] = _("obligatoire")
        return extra


class _Speaks(click.Command):
    """Headings and texts of the help page in the current language."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Affiche cette aide.")
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Utilisation :") + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_(inspect.cleandoc(self.help or "")))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx)) is not None]
        with formatter.section(_("Options")):
            formatter.write_dl(records)


class Command(_Speaks):
    """A command whose help is translated when it is shown."""


class Group(_Speaks, click.Group):
    """A group whose help is translated when it is shown."""

    command_class = Command

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """`[OPTIONS] COMMANDE`."""
        return ["[OPTIONS]", _("COMMANDE"), "[…]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Options, then the commands in the order in which a year goes."""
        _Speaks.format_options(self, ctx, formatter)
        with formatter.section(_("Commandes")):
            formatter.write_dl([(name, _(c.help or "")) for name, c in self.commands.items()])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of declaration."""
        return list(self.commands)


def run(command: click.Group, arguments: Sequence[str]) -> int:
    """Run `command` and return the exit code; nothing a user does wrong shows a traceback."""
    try:
        set_language(_asked_language(arguments))
        result = command.main(list(arguments), prog_name="prs-eval", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        return _fail(error.format_message(), 2)
    except click.UsageError as error:
        return _fail(f"{_explain(error)}\n{_hint(error)}", 2)
    except click.ClickException as error:
        return _fail(error.format_message(), 2)
    except PrsEvalError as error:
        return _fail(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _fail(_("Interrompu."), INTERRUPTED)
    except BrokenPipeError:  # `prs-eval … | head`: nobody reads any more
        sys.stderr.close()
        return 0
    except Exception as error:
        return _fail(_unexpected(error), 1)


def _fail(message: str, code: int) -> int:
    click.echo(message, err=True)
    return code


def _asked_language(arguments: Sequence[str]) -> str:
    """The language of `--lang`, looked for before anything is parsed: errors speak it too."""
    for n, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--lang":
            found = value if equals else next(iter(arguments[n + 1 :]), "")
            return found if found in LANGUAGES else LANGUAGES[0]  # a wrong one is refused by its option
    return LANGUAGES[0]


def _hint(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "prs-eval"
    return _("Aide : {command} --help").format(command=path)


def _explain(error: click.UsageError) -> str:
    """What is wrong and what is allowed, in the current language."""
    if isinstance(error, click.NoSuchOption):
        known = [name for p in _params(error) if isinstance(p, click.Option) for name in p.opts]
        return _unknown(_("Option inconnue : {found}."), error.option_name, known)
    if isinstance(error, click.exceptions.NoSuchCommand):
        commands = error.ctx.command.commands if error.ctx and isinstance(error.ctx.command, click.Group) else {}
        return _unknown(_("Commande inconnue : {found}."), error.command_name, list(commands))
    if isinstance(error, click.MissingParameter):
        return _("Il manque {name}.").format(name=_name(error.param, error.ctx))
    if isinstance(error, click.BadParameter):
        text = _("Valeur refusée pour {name}.").format(name=_name(error.param, error.ctx))
        return f"{text} {_allowed(error.param)}".strip()
    if isinstance(error, click.BadOptionUsage):
        return _("L'option {name} attend une valeur.").format(name=error.option_name)
    if "unexpected extra argument" in error.message:
        return _("Argument en trop. Un nom qui contient une espace se met entre guillemets.")
    return error.format_message()


def _unknown(text: str, found: str, known: list[str]) -> str:
    from prs_eval.inputs.parameters import nearest

    message = text.format(found=found)
    if near := nearest(found, known):
        message += " " + _("Vouliez-vous dire {near} ?").format(near=near)
    return message + " " + _("Possibles : {names}.").format(names=", ".join(known))


def _params(error: click.UsageError) -> list[click.Parameter]:
    return error.ctx.command.get_params(error.ctx) if error.ctx else []


def _name(param: click.Parameter | None, ctx: click.Context | None) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.make_metavar(ctx) if param is not None and ctx is not None else "?"


def _allowed(param: click.Parameter | None) -> str:
    kind: Any = param.type if param is not None else None
    if isinstance(kind, click.Choice):
        return _("Possibles : {names}.").format(names=", ".join(map(str, kind.choices)))
    if isinstance(kind, click.IntRange):
        return _("Attendu : un nombre entier d'au moins {low}.").format(low=kind.min)
    return ""


def _unexpected(error: Exception) -> str:
    """One line; the traceback, which may quote data, goes to a file that only its owner reads."""
    with tempfile.NamedTemporaryFile("w", prefix="prs-eval-", suffix=".log", delete=False, encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return _("Erreur inattendue ({kind}). Détail, à ne pas diffuser tel quel : {path}").format(
        kind=type(error).__name__, path=file.name
    )
