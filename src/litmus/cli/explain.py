"""`litmus explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_json, write_text

__all__ = ["add_to"]

_SHOWN = 12


def explain(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, a version, or a name.")],
    data: Annotated[str, typer.Argument(metavar="DATA", help="A table.")],
    method: Annotated[
        str, typer.Option(metavar="NAME", help="importance by permutation (needs the target), shap or contributions.")
    ] = "permutation",
    row: Annotated[
        int | None,
        typer.Option("--row", metavar="N", help="Explain the prediction of this row instead, counted from 0."),
    ] = None,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="What gets worse, for permutation.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the figures as JSON.")] = False,
) -> None:
    """Say which columns a model's answers rest on, or what each column added to one prediction.

    \b
    Examples:
      litmus explain adult test.csv
      litmus explain adult test.csv --method shap
      litmus explain adult test.csv --row 7
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.data import read_table
    from litmus.errors import ParameterError
    from litmus.explain import attributions, importance
    from litmus.store import open_model

    opened = open_model(model)
    table = read_table(data)
    if row is not None:
        if not 0 <= row < len(table):
            raise ParameterError(f"There is no row {row}; the table has {len(table):,}, counted from 0.")
        found = attributions(opened, table.iloc[[row]])
        if as_json:
            write_json(found.to_json())
            return
        place = int(found.outputs[0].argmax())
        write_text(
            f"{found.space} of {found.labels[place]}: {found.outputs[0, place]:.4g}; on average {found.base[place]:.4g}"
        )
        for name, value in list(found.of_row(0).items())[:_SHOWN]:
            write_text(f"  {value:+.4f}  {name} = {table.iloc[row][name] if name in table else 'missing'}")
        return
    shown = importance(opened, table, method=method, metric=metric)  # type: ignore[arg-type]
    if as_json:
        write_json(shown.to_json())
        return
    write_text(f"{shown.unit}, {shown.rows:,} rows:")
    for name, each in list(shown.values.items())[:_SHOWN]:
        write_text(f"  {each.value:.4g} ({each.low:.4g} to {each.high:.4g})  {name}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Say which columns answers rest on.")(explain)
