"""CSV files as text columns: every cell as it is written, so that markers, leading zeros and long numbers survive."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from litmus.data.csv_dialect import Dialect, detect_dialect, western
from litmus.data.locations import DataFile
from litmus.data.raw_table import check_names
from litmus.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["checked_dialect", "csv_batches", "open_bytes", "open_csv_batches", "read_csv", "seekable", "store_csv"]

_SAMPLE_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 20
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


@contextlib.contextmanager
def open_bytes(file: DataFile) -> Iterator[BinaryIO]:
    """The file's content, decompressed.

    Raises:
        DataError: when the file is damaged, cut short, or a zip with more than one table.
    """
    try:
        with file.open() as raw:
            if file.compression == "gzip":
                with gzip.GzipFile(fileobj=raw) as content:
                    yield content  # type: ignore[misc]
            elif file.compression == "zip":
                with zipfile.ZipFile(raw) as archive, archive.open(_member(archive, file.label)) as content:
                    yield content  # type: ignore[misc]
            else:
                yield raw
    except _DAMAGED as error:
        raise DataError(
            f"{file.label} is damaged or cut short and cannot be unpacked ({error}); fetch or write the file again."
        ) from error


@contextlib.contextmanager
def seekable(file: DataFile) -> Iterator[BinaryIO]:
    """The file's content, decompressed, for formats that are not read from front to back."""
    with open_bytes(file) as content:
        yield io.BytesIO(content.read()) if file.compression else content


def _member(archive: zipfile.ZipFile, path: str) -> str:
    members = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX")]
    if len(members) != 1:
        raise DataError(
            f"{path} holds {len(members)} files; give a zip with one table in it, or unpack it and give the folder."
        )
    if archive.getinfo(members[0]).flag_bits & 1:
        raise DataError(f"{path} needs a password; unpack it first.")
    return members[0]


def read_csv(file: DataFile) -> tuple[pa.Table, tuple[str, ...]]:
    """All rows of a CSV file as text columns, and what had to be guessed.

    Raises:
        DataError: when the file is empty, damaged, or a line has too many or too few cells.
    """
    dialect = _dialect(file)
    try:
        return _read(file, dialect), dialect.notes
    except UnicodeError:
        # The first bytes were UTF-8 but later ones are not.
        dialect = _dialect(file, _western_encoding(file))
        return _read(file, dialect), dialect.notes


def store_csv(file: DataFile, path: Path) -> tuple[str, ...]:
    """Write all cells of a CSV file as text columns into an Arrow file, block by block; returns what had to be guessed.

    Raises:
        DataError: when the file is empty, damaged, or a line has too many or too few cells.
    """
    import pyarrow as pa

    dialect = checked_dialect(file)
    blocks = csv_batches(file, dialect)
    first = next(blocks)
    with pa.OSFile(str(path), "wb") as target, pa.ipc.new_file(target, first.schema) as writer:
        for block in blocks:
            writer.write_batch(block)
    return dialect.notes


def open_csv_batches(file: DataFile) -> Iterator[pa.RecordBatch]:
    """The rows of a CSV file as text columns, block by block; the first block has no rows."""
    return csv_batches(file, checked_dialect(file))


def checked_dialect(file: DataFile) -> Dialect:
    """How a CSV file is written, by all of it: what is handed on block by block cannot be taken back."""
    dialect = _dialect(file)
    if dialect.encoding == "utf-8" and not _is_utf8(file):
        return _dialect(file, _western_encoding(file))
    return dialect


def csv_batches(
    file: DataFile, dialect: Dialect, invalid: Callable[[Any], str] | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of a CSV file, or of a part of one, as text columns, block by block; the first block has no rows.

    Args:
        file: the file.
        dialect: how it is written.
        invalid: called with each line of too many or too few cells; answers "skip" or "error".
    """
    import pyarrow as pa
    import pyarrow.csv

    with open_bytes(file) as content, _arrow_errors(file):
        source = pa.PythonFile(_without_mark(content, dialect), mode="r")
        options = _options(dialect)
        if invalid is not None:
            options["parse_options"].invalid_row_handler = invalid
        reader = pyarrow.csv.open_csv(source, **options)
        yield pa.record_batch([pa.array([], pa.string()) for _ in dialect.names], names=list(dialect.names))
        yield from reader


def _dialect(file: DataFile, encoding: str | None = None) -> Dialect:
    with open_bytes(file) as content:
        sample = content.read(_SAMPLE_BYTES)
    dialect = detect_dialect(sample, file.label, encoding)
    check_names(dialect.names, file.label)
    return dialect


def _is_utf8(file: DataFile) -> bool:
    """Whether all of the file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with open_bytes(file) as content:
            while block := content.read(_BLOCK_BYTES):
                decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _western_encoding(file: DataFile) -> str:
    with open_bytes(file) as content:
        while block := content.read(_BLOCK_BYTES):
            if western(block) == "latin-1":
                return "latin-1"
    return "cp1252"


def _without_mark(content: BinaryIO, dialect: Dialect) -> Any:
    """The content as UTF-8: pyarrow reads UTF-8 with a mark by itself, and other encodings are recoded on the way."""
    if dialect.encoding in ("utf-8", "utf-8-sig"):
        return content
    return _Recoded(content, dialect.encoding)


class _Recoded(io.RawIOBase):
    """A byte stream in one encoding, read as UTF-8."""

    def __init__(self, content: BinaryIO, encoding: str) -> None:
        super().__init__()
        self._text = io.TextIOWrapper(content, encoding=encoding, newline="")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = self._text.read(len(buffer)).encode("utf-8")
        taken = self._left[: len(buffer)]
        self._left = self._left[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        if not self.closed:
            self._text.detach()
        super().close()


def _options(dialect: Dialect) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.csv

    types = dict.fromkeys(dialect.names, pa.string())
    return {
        "read_options": pyarrow.csv.ReadOptions(
            column_names=list(dialect.names), skip_rows_after_names=1 if dialect.has_header else 0, block_size=1 << 22
        ),
        "parse_options": pyarrow.csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
        "convert_options": pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False),
    }


def _read(file: DataFile, dialect: Dialect) -> pa.Table:
    import pyarrow as pa
    import pyarrow.csv

    with open_bytes(file) as content, _arrow_errors(file):
        try:
            return pyarrow.csv.read_csv(pa.PythonFile(_without_mark(content, dialect), mode="r"), **_options(dialect))
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                raise DataError(f"{file.label} is empty; give a table with at least a few rows.") from error
            raise


@contextlib.contextmanager
def _arrow_errors(file: DataFile) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except pa.ArrowInvalid as error:
        message = str(error)
        if "UTF8" in message or "utf-8" in message.lower():
            raise UnicodeError(message) from error
        reason = message.partition(": ")[2] if message.startswith("CSV parse error") else message
        raise DataError(
            f"{file.label} cannot be read as CSV: {reason[:200]}. Every line needs the same number of cells."
        ) from error
