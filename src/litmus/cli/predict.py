"""`litmus predict`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from litmus.cli.output import write_json, write_note, write_text
from litmus.cli.rows_done import RowsDone

if TYPE_CHECKING:
    from litmus.batch import Transformed, TransformOptions

__all__ = ["add_to"]

_SOME_FAILED = 2


def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model file, or a version from `litmus models`.")],
    data: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Files, folders, globs or URLs: CSV, Parquet, JSON lines or Arrow."),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PLACE",
            help="A file for the answers of one INPUT (.csv, .csv.gz, .parquet, .jsonl or .arrow), or a folder; "
            "default: `<file>.out` beside each file.",
        ),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Also write a column of probability for each class.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Write the columns of the input beside the prediction, or not.")
    ] = True,
    column: Annotated[
        list[str] | None, typer.Option("--column", metavar="NAME", help="Keep this column only; may be repeated.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes; default: one a core.")] = None,
    max_payload: Annotated[
        str, typer.Option("--max-payload", metavar="SIZE", help="Bytes of rows that the model is given at once.")
    ] = "6MB",
    records: Annotated[
        str, typer.Option("--records", metavar="multi|single", help="As many rows at once as the limits allow, or one.")
    ] = "multi",
    bad_rows: Annotated[
        str,
        typer.Option(
            "--bad-rows",
            metavar="fail|separate",
            help="A row that does not fit fails its file, or goes to `<file>.errors`.",
        ),
    ] = "fail",
    batch_rows: Annotated[int, typer.Option(min=1, metavar="N", help="Rows held in memory at once.")] = 50_000,
    trust: Annotated[
        bool, typer.Option("--trust", help="Allow a model that holds its author's own code to run it.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write what was done as JSON.")] = False,
) -> None:
    """Predict every row of tables and write the answers to files.

    The rows may come with or without the target, which is not looked at. The answer is the column "prediction". Memory
    stays bounded whatever the size of a table, and an output appears only when it is whole. Without a file as --output each
    input gets a file `<file>.out` in its own format; when that is cut off, the same command goes on where it was.

    \b
    Examples:
      litmus predict income.litmus new_people.csv --output answers.csv
      litmus predict adult-3 people.jsonl -o answers.parquet --probabilities
      litmus predict adult-3 incoming/ --workers 4 --bad-rows separate
      litmus predict adult-3 's3://bucket/people/*.parquet' -o s3://bucket/answers/ --no-keep
    """  # noqa: D301 - the \b is meant: it keeps lines apart in the help
    from litmus.batch import TransformOptions

    options = TransformOptions(
        probabilities=probabilities,
        keep=keep,
        columns=tuple(column or ()),
        max_payload=max_payload,
        batch_rows=batch_rows,
        records=records,  # type: ignore[arg-type]  # it is checked there
        bad_rows=bad_rows,  # type: ignore[arg-type]
    )
    if output is not None and _is_file(output):
        _one_table(model, data, output, options, trust=trust, quiet=quiet, as_json=as_json)
    else:
        _transform(model, data, output, options, workers=workers, trust=trust, quiet=quiet, as_json=as_json)


def _is_file(output: str) -> bool:
    """Whether an output is meant as a file: it has an ending, and is no folder."""
    return not output.endswith("/") and bool(PurePosixPath(output).suffix) and not Path(output).is_dir()


def _one_table(
    model: str,
    data: Sequence[str],
    output: str,
    options: TransformOptions,
    *,
    trust: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    from litmus.batch import TransformOptions, predict_file
    from litmus.errors import ParameterError
    from litmus.resources import available_cpus
    from litmus.store import open_runtime

    if len(data) > 1:
        raise ParameterError(
            f"{len(data)} inputs cannot go into the one file {output}; name a folder, such as {output}/."
        )
    whole = TransformOptions(probabilities=options.probabilities, keep=options.keep, batch_rows=options.batch_rows)
    if options != whole:
        raise ParameterError(
            f"--column, --max-payload, --records and --bad-rows are for outputs in a folder, and {output} is a file; give "
            "--output a folder, or leave it out."
        )
    loaded = open_runtime(model, trust=trust, threads=available_cpus())
    with RowsDone() as show:
        rows = predict_file(
            loaded,
            data[0],
            output,
            probabilities=options.probabilities,
            keep=options.keep,
            batch_rows=options.batch_rows,
            progress=None if quiet else show,
        )
    if as_json:
        write_json({"rows": rows, "output": output, "model": loaded.version or loaded.name})
    else:
        write_text(f"{rows:,} {'row' if rows == 1 else 'rows'} predicted; the answers are in {output}")


def _transform(
    model: str,
    data: Sequence[str],
    output: str | None,
    options: TransformOptions,
    *,
    workers: int | None,
    trust: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    from litmus.batch import TransformProgress, transform

    with RowsDone() as show:

        def progress(done: TransformProgress) -> None:
            show(done.rows, files=(done.files_done, done.files))

        results = transform(
            model,
            data,
            output=output,
            options=options,
            workers=workers,
            trust=trust,
            progress=None if quiet else progress,
        )
    failed = [result for result in results if result.failure is not None]
    if as_json:
        write_json({"files": [dataclasses.asdict(result) for result in results], "failed": len(failed)})
    else:
        _tell(results)
    for result in failed:
        write_note(str(result.failure))
    if failed:
        raise typer.Exit(_SOME_FAILED)


def _tell(results: Sequence[Transformed]) -> None:
    for result in results:
        if result.failure is None:
            aside = f", {result.bad_rows:,} put aside in {result.errors}" if result.errors else ""
            write_text(
                f"{result.rows:,} {'row' if result.rows == 1 else 'rows'} predicted{aside}; the answers are in {result.output}"
            )


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(short_help="Predict every row of tables, into files.")(predict)
