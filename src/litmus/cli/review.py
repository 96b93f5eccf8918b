"""`litmus review`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from litmus.cli.output import write_json, write_text

if TYPE_CHECKING:
    from litmus.store import ReviewRow

__all__ = ["add_to"]

_ENDPOINT = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's name; it has to capture requests.")]
_JSON = Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")]
_WHO = Annotated[
    str | None, typer.Option("--who", metavar="NAME", help="Who you are; default: LITMUS_USER, or your login name.")
]

review = typer.Typer(
    help="""Predictions that people look at: collect, list, next, answer, export.

    \b
    Examples:
      litmus review collect income --confidence 0.7
      litmus review list income --json
      litmus review next income
      litmus review export income --output answers.csv
    """,
    no_args_is_help=True,
)


@review.command()
def collect(
    endpoint: _ENDPOINT,
    confidence: Annotated[
        float | None, typer.Option(metavar="P", help="Queue predictions below this confidence.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(metavar="P", help="Queue those whose likeliest classes lie less apart.")
    ] = None,
    share: Annotated[float, typer.Option(metavar="P", help="Queue this share of all, drawn by chance.")] = 0.0,
    shadow: Annotated[bool, typer.Option("--shadow", help="Queue what the shadow variant answers otherwise.")] = False,
    most: Annotated[int, typer.Option(metavar="N", help="How many may wait.")] = 1_000,
    as_json: _JSON = False,
) -> None:
    """Queue captured predictions that a person should look at; each is queued once.

    \b
    Examples:
      litmus review collect income --confidence 0.7 --share 0.01
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    import dataclasses

    from litmus.review import ReviewQueue, ReviewRules

    rules = ReviewRules(confidence=confidence, margin=margin, share=share, shadow=shadow, most_waiting=most)
    found = ReviewQueue(endpoint).collect(rules)
    if as_json:
        write_json(dataclasses.asdict(found))
        return
    room = f"; {found.left_out:,} more wait for room" if found.left_out else ""
    write_text(f"{found.added:,} of {found.looked_at:,} predictions were queued{room}.")


@review.command("list")
def list_reviews(endpoint: _ENDPOINT, as_json: _JSON = False) -> None:
    """List what waits, the most urgent first."""
    from litmus.review import ReviewQueue

    found = ReviewQueue(endpoint).waiting()
    if as_json:
        write_json([each.to_json() for each in found])
    elif not found:
        write_text(f"Nothing waits. Queue predictions with: litmus review collect {endpoint} --confidence 0.7")
    for each in [] if as_json else found:
        write_text(f"{each.id}  {each.prediction!s:<12.40}  {each.reason}")


@review.command("next")
def next_review(endpoint: _ENDPOINT, who: _WHO = None, as_json: _JSON = False) -> None:
    """Show the most urgent one, which is yours alone for ten minutes."""
    from litmus.review import ReviewQueue

    found = ReviewQueue(endpoint).next(who=who)
    if as_json:
        write_json(None if found is None else found.to_json())
    else:
        write_text("Nothing waits." if found is None else _shown(found))


@review.command()
def answer(
    endpoint: _ENDPOINT,
    identity: Annotated[str, typer.Argument(metavar="REVIEW", help="The review's id.")],
    label: Annotated[str | None, typer.Argument(metavar="LABEL", help="What is right.")] = None,
    skip: Annotated[bool, typer.Option("--skip", help="It cannot be told.")] = False,
    who: _WHO = None,
    as_json: _JSON = False,
) -> None:
    """Say what is right; it becomes the label of the captured request.

    \b
    Examples:
      litmus review answer income 3f2a ">50K"
      litmus review answer income 3f2a --skip
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.errors import ParameterError
    from litmus.review import ReviewQueue

    if (label is None) != skip:
        raise ParameterError("Give either a label or --skip.")
    found = ReviewQueue(endpoint).answer(identity, label, who=who, skip=skip)
    if as_json:
        write_json(found.to_json())
    else:
        write_text(f"{found.id} is {found.status}.")


@review.command()
def export(
    endpoint: _ENDPOINT,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A .csv, .parquet or .jsonl file.")],
) -> None:
    """Write what people answered as a table, to train on."""
    from litmus.errors import ParameterError
    from litmus.review import ReviewQueue

    table = ReviewQueue(endpoint).export()
    if output.suffix == ".csv":
        table.to_csv(output, index=False)
    elif output.suffix == ".parquet":
        table.to_parquet(output, index=False)
    elif output.suffix == ".jsonl":
        table.to_json(output, orient="records", lines=True, date_format="iso")
    else:
        raise ParameterError(f"{output.name!r} has no known ending; give .csv, .parquet or .jsonl.")
    write_text(f"{len(table):,} answers are in {output}")


def _shown(found: ReviewRow) -> str:
    row: Any = found.row
    width = max((len(name) for name in row), default=0)
    lines = [f"  {name:<{width}}  {value}" for name, value in row.items()]
    labels = found.facts.get("labels") or []
    choice = f" ({', '.join(labels)})" if labels else ""
    answered = f"litmus review answer {found.endpoint} {found.id} LABEL"
    return "\n".join(
        [f"{found.id}: predicted {found.prediction}, {found.reason}", *lines, f"What is right{choice}? {answered}"]
    )


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(review, name="review", short_help="Predictions that people look at.")
