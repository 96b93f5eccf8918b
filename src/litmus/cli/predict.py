"""`litmus predict`."""

from __future__ import annotations

from typing import Annotated

import typer

from litmus.cli.output import write_json, write_text
from litmus.cli.rows_done import RowsDone

__all__ = ["add_to"]


def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="A file, folder, glob or URL: CSV, Parquet, JSON lines or Arrow.")
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write: .csv, .csv.gz, .parquet, .jsonl or .arrow."
        ),
    ],
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Also write a column of probability for each class.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Write the columns of the input beside the prediction, or not.")
    ] = True,
    batch_rows: Annotated[int, typer.Option(min=1, metavar="N", help="Rows held in memory at once.")] = 50_000,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write what was done as JSON.")] = False,
) -> None:
    """Predict every row of a table and write the answers to a file.

    The rows may come with or without the target, which is not looked at. The answer is the column "prediction". Memory
    stays bounded whatever the size of the table, and the output appears only when it is whole.

    \b
    Examples:
      litmus predict income.litmus new_people.csv --output answers.csv
      litmus predict adult-3 people.jsonl -o answers.parquet --probabilities
      litmus predict adult-3 's3://bucket/people/*.parquet' -o answers.csv.gz --no-keep
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.batch import predict_file
    from litmus.resources import available_cpus
    from litmus.store import open_runtime

    loaded = open_runtime(model, trust=trust, threads=available_cpus())
    with RowsDone() as show:
        rows = predict_file(
            loaded,
            data,
            output,
            probabilities=probabilities,
            keep=keep,
            batch_rows=batch_rows,
            progress=None if quiet else show,
        )
    if as_json:
        write_json({"rows": rows, "output": output, "model": loaded.version or loaded.name})
    else:
        write_text(f"{rows:,} {'row' if rows == 1 else 'rows'} predicted; the answers are in {output}")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Predict every row of a table, into a file.")(predict)
