"""`litmus models` and its commands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from litmus.cli.output import write_json, write_note, write_text

if TYPE_CHECKING:
    from litmus.store import Decision, ModelRecord, Store, VersionFacts

__all__ = ["add_to"]

_MOST_SCORES = 3
_PROBLEMS_FOUND = 2
_Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]
_Version = Annotated[
    str, typer.Argument(metavar="VERSION", help="A version, an alias such as adult@champion, or a name.")
]
_Reason = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why, for those who read it later.")]
_Alias = Annotated[str, typer.Option("--alias", metavar="ALIAS", help="The alias.")]


class _ListedByDefault(typer.core.TyperGroup):
    """What is no command is a model's name, whose versions are listed."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        asked = args[0] if args else ""
        if asked not in self.commands and asked not in {"-h", "--help"}:
            args = ["list", *args]
        return super().parse_args(ctx, args)


group = typer.Typer(
    cls=_ListedByDefault,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@group.callback()
def models() -> None:
    """List the models in the store, newest first, decide about them, and look after the store.

    The store is the folder ~/.litmus, or the one that LITMUS_HOME names; LITMUS_STORE_URL names a PostgreSQL database that
    machines share, LITMUS_ARTIFACTS a bucket.

    \b
    Examples:
      litmus models
      litmus models adult --json
      litmus models promote adult-3 --reason "better on every slice"
      litmus models prune --keep 3 --dry-run
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help


@group.command("list", short_help="List the models.")
def list_models(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only the versions of this name.")] = None,
    as_json: _Json = False,
) -> None:
    """List the models in the store, newest first, each with its aliases and its first validation scores."""
    from litmus.naming import find_name

    store = _store()
    records = store.models()
    if name is not None and records:
        wanted = find_name("model", name, dict.fromkeys(record.name for record in records))
        records = [record for record in records if record.name == wanted]
    facts = _facts(store, records)
    if as_json:
        write_json([_described(record, facts[record.version]) for record in records])
    elif not records:
        write_text("There is no model yet. Make one with: litmus train DATA --target COLUMN")
    else:
        width = max(len(record.version) for record in records)
        for record in records:
            line = f"{record.version:<{width}}  {_moment(record.created)}  {_scores(record)}".rstrip()
            write_text(line + _decided(facts[record.version]))


@group.command(short_help="Show all that is known of a version.")
def show(version: _Version, as_json: _Json = False) -> None:
    """Show a version: its scores, where it is served, what belongs to it, and what was decided about it."""
    store = _store()
    record = store.find(version)
    facts = store.facts_of(record.version)
    decisions = sorted(
        (
            each
            for subject in (record.version, *(f"{record.name}@{alias}" for alias in _aliases_of(store, record.name)))
            for each in store.decisions(subject)
            if subject == record.version or record.version in {each.before, each.after}
        ),
        key=lambda decision: decision.number,
    )
    attachments = store.attachments(record.version)
    if as_json:
        extra = {"attachments": attachments, "decisions": [decision.to_json() for decision in decisions]}
        write_json({**_described(record, facts), "sha256": facts.artifact, "bytes": facts.bytes, **extra})
        return
    write_text(f"{record.version}{_decided(facts)}")
    write_text(
        f"  made {_moment(record.created)} by run {record.run or 'unknown'}; {facts.bytes or 0:,} bytes in {record.path}"
    )
    write_text(f"  {_scores(record)}")
    if facts.endpoints:
        write_text(f"  served by {', '.join(facts.endpoints)}")
    if attachments:
        write_text(f"  with {', '.join(attachments)}")
    for decision in decisions:
        write_text(f"  {_moment(decision.time)}  {_sentence(decision)}")


@group.command(short_help="Let an alias mean a version.")
def promote(
    version: _Version,
    alias: _Alias = "champion",
    expected: Annotated[
        str | None,
        typer.Option(
            "--expected",
            metavar="VERSION",
            help="What the alias means now, or none; default: as this command finds it.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Even a version that was rejected.")] = False,
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Let an alias mean a version from now on: adult@champion is then a version wherever one is named.

    When somebody else moves the alias in the same moment, one wins, and the other one is told.

    \b
    Examples:
      litmus models promote adult-3
      litmus models promote adult-4 --alias challenger --expected none
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    store = _store()
    record = store.find(version)
    means = store.alias(record.name, alias) if expected is None else (None if expected == "none" else expected)
    _write(store.set_alias(record.version, alias, expected=means, force=force, reason=reason), as_json=as_json)


@group.command(short_help="Say that a version may be used.")
def approve(version: _Version, reason: _Reason = "", as_json: _Json = False) -> None:
    """Say that a version may be used."""
    _write(_store().approve(version, reason=reason), as_json=as_json)


@group.command(short_help="Say that a version must not be used.")
def reject(version: _Version, reason: _Reason = "", as_json: _Json = False) -> None:
    """Say that a version must not be used: it gets no alias any more, unless by force."""
    _write(_store().reject(version, reason=reason), as_json=as_json)


@group.command("roll-back", short_help="Let an alias mean what it meant before.")
def roll_back(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model's name.")],
    alias: _Alias = "champion",
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Let an alias mean the version again that it meant before."""
    _write(_store().roll_back(name, alias, reason=reason), as_json=as_json)


@group.command(short_help="Undo a decision.")
def undo(
    decision: Annotated[
        str, typer.Argument(metavar="DECISION", help="The decision's id, as `litmus models show` writes it.")
    ],
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Undo a decision about an alias or an approval, as long as what it set is still so."""
    _write(_store().undo(decision, reason=reason), as_json=as_json)


@group.command(short_help="Remove versions that are not needed.")
def prune(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only versions of this name.")] = None,
    keep: Annotated[int, typer.Option("--keep", metavar="N", help="Keep so many of the newest of each name.")] = 5,
    older_than: Annotated[
        float, typer.Option("--older-than", metavar="DAYS", help="Remove only what is older than so many days.")
    ] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: _Json = False,
) -> None:
    """Remove versions and files that nothing needs: what has an alias, is approved or served is always kept."""
    from litmus.store import PruneRules

    done = _store().prune(PruneRules(keep_last=keep, older_than=older_than, name=name), dry_run=dry_run)
    if as_json:
        write_json(done.to_json())
        return
    for version, why in done.kept.items():
        write_text(f"{version} is kept: {why}")
    what = "would be removed" if dry_run else "removed"
    listed = f": {', '.join(done.versions)}" if done.versions else ""
    write_text(f"{len(done.versions)} versions and {done.files} other files {what} ({done.bytes:,} bytes){listed}")


@group.command(short_help="Write a version into a file for another store.")
def export(
    version: _Version,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    as_json: _Json = False,
) -> None:
    """Write a version into one file, with what belongs to it and what was decided about it."""
    path = _store().export_model(version, output)
    if as_json:
        write_json({"version": version, "file": str(path)})
    else:
        write_text(f"{version} is in {path}")


@group.command("import", short_help="Take a version of another store in.")
def import_version(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `litmus models export` wrote, or a bundle.")],
    as_json: _Json = False,
) -> None:
    """Take a version of another store, or a bundle, in as the next version of its name."""
    version = _store().import_model(file)
    if as_json:
        write_json({"version": version, "file": str(file)})
    else:
        write_text(f"{file} is {version} here")


@group.command(short_help="Look for damage.")
def check(as_json: _Json = False) -> None:
    """Look at all that the store keeps and say what is not as it was kept; the exit code is then 2."""
    problems = _store().check()
    if as_json:
        write_json([problem.to_json() for problem in problems])
    elif not problems:
        write_text("All is as it was kept.")
    else:
        for problem in problems:
            write_text(f"{problem.subject}: {problem.sentence}")
    if problems:
        raise typer.Exit(_PROBLEMS_FOUND)


@group.command(short_help="Mend what can be mended.")
def repair(as_json: _Json = False) -> None:
    """Mend what can be mended: a damaged database, records and files. What is damaged is put aside, never removed."""
    done = _store().repair()
    if as_json:
        write_json(done)
    else:
        write_text("\n".join(done) if done else "There was nothing to mend.")


def _store() -> Store:
    from litmus.store import Store

    return Store(notice=write_note)


def _facts(store: Store, records: list[ModelRecord]) -> dict[str, VersionFacts]:
    """What was decided; where the database is damaged the models are listed without, and a note says so."""
    from litmus.errors import StoreError
    from litmus.store import VersionFacts

    try:
        return store.facts_of_all(records)
    except StoreError as error:
        write_note(str(error))
        return {record.version: VersionFacts(record.version) for record in records}


def _aliases_of(store: Store, name: str) -> set[str]:
    """All aliases that a name ever had, those that were taken away too."""
    subjects = {decision.subject for decision in store.decisions() if decision.subject.startswith(f"{name}@")}
    return {subject.partition("@")[2] for subject in subjects}


def _described(record: ModelRecord, facts: VersionFacts) -> dict[str, Any]:
    served = {"aliases": facts.aliases, "approval": facts.approval, "endpoints": facts.endpoints}
    return {**record.to_json(), **served}


def _decided(facts: VersionFacts) -> str:
    said = [*facts.aliases, *([facts.approval] if facts.approval != "none" else [])]
    return f"  [{', '.join(said)}]" if said else ""


def _write(decision: Decision, *, as_json: bool) -> None:
    if as_json:
        write_json(decision.to_json())
    else:
        write_text(f"{_sentence(decision)}. Undo it with: litmus models undo {decision.id}")


def _sentence(decision: Decision) -> str:
    change = f"{decision.before or 'none'} → {decision.after or 'none'}"
    why = f": {decision.reason}" if decision.reason else ""
    undone = f" (undone by {decision.undone_by})" if decision.undone_by else ""
    return f"{decision.id}  {decision.what} {decision.subject}: {change}, by {decision.who}{why}{undone}"


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")


def _scores(record: ModelRecord) -> str:
    scores: Any = record.metrics.get("validation", {})
    if not isinstance(scores, Mapping):
        return ""
    shown = [f"{name} {value:.4f}" for name, value in scores.items() if isinstance(value, int | float)]
    return ", ".join(shown[:_MOST_SCORES])


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="models", short_help="List the models in the store, and decide about them.")
