"""Python values as JSON, with arrays and library objects in files beside it; nothing that is read back can run code."""

from __future__ import annotations

import base64
import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litmus.component import Component
from litmus.errors import BundleError
from litmus.estimators import load_estimator, save_estimator

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ValueReader", "ValueWriter"]

_KIND = "$"  # the key that marks a JSON object as a tagged value; a plain dict that has it is written as pairs
_INLINE = 64  # arrays up to this many elements stand in the JSON itself: a table of 5,000 columns makes few files
_SEQUENCES: dict[str, type] = {"tuple": tuple, "set": set, "frozenset": frozenset}
_TIMES: dict[str, type] = {"datetime": dt.datetime, "date": dt.date, "time": dt.time}


class ValueWriter:
    """Turns values into JSON; `pickled` becomes True when one of them has no safe form.

    Args:
        folder: where files for arrays and library objects are written.
        save: writes a nested component into a folder and says whether it was pickled.
        pickle: turns a value without a safe form into bytes.
        prefix: what the files' names begin with, where two writers share a folder.
    """

    def __init__(
        self, folder: Path, save: Callable[[Any, Path], bool], pickle: Callable[[Any], bytes], prefix: str = ""
    ) -> None:
        self.pickled = False
        self._prefix = prefix
        self._folder = folder
        self._save = save
        self._pickle = pickle
        self._files = 0

    def encode(self, value: Any) -> Any:
        """The JSON value that `ValueReader.decode` turns back into an equal value of the same type."""
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {_KIND: "float", "value": repr(value)}
        if kind is list:
            return [self.encode(item) for item in value]
        if kind is dict:
            return self._dict(value)
        if kind in _SEQUENCES.values():
            return {_KIND: kind.__name__, "items": [self.encode(item) for item in value]}
        if kind is bytes:
            return {_KIND: "bytes", "value": base64.b64encode(value).decode("ascii")}
        if kind in _TIMES.values():
            return {_KIND: kind.__name__, "value": value.isoformat()}
        if kind is dt.timedelta:
            return {_KIND: "timedelta", "value": [value.days, value.seconds, value.microseconds]}
        if isinstance(value, np.ndarray | np.generic | np.dtype):
            return self._numpy(value)
        if isinstance(value, Component):
            path = self._path("")
            path.mkdir()
            self.pickled |= self._save(value, path)
            return {_KIND: "component", "folder": path.name}
        library = kind.__module__.partition(".")[0]
        if library == "pandas":
            return self._pandas(value)
        return self._sparse(value) if library == "scipy" else self._object(value)

    def _path(self, suffix: str) -> Path:
        self._files += 1
        return self._folder / f"{self._prefix}{self._files}{suffix}"

    def _dict(self, value: dict[Any, Any]) -> Any:
        if _KIND not in value and all(type(key) is str for key in value):
            return {key: self.encode(item) for key, item in value.items()}
        return {_KIND: "dict", "items": [[self.encode(key), self.encode(item)] for key, item in value.items()]}

    def _numpy(self, value: np.ndarray | np.generic | np.dtype[Any]) -> Any:
        if isinstance(value, np.dtype):
            return {_KIND: "dtype", "value": value.str} if value.kind in "biufcMmSU" else self._object(value)
        if isinstance(value, np.generic):
            if value.dtype.kind not in "biufMmSU" or (value.dtype.kind == "f" and value.dtype.itemsize > 8):
                return self._object(value)  # a long double has no exact Python number
            item = value.view("i8").item() if value.dtype.kind in "Mm" else value.item()
            return {_KIND: "scalar", "dtype": value.dtype.str, "value": self.encode(item)}
        if type(value) is not np.ndarray or value.dtype.kind == "V":
            return self._object(value)
        dtype = value.dtype.str if value.dtype.kind != "T" else "T"
        if value.dtype.kind in "OT" or (value.dtype.kind in "biufU" and value.size <= _INLINE):
            items = [self.encode(item) for item in value.reshape(-1).tolist()]
            return {_KIND: "array", "dtype": dtype, "shape": list(value.shape), "items": items}
        path = self._path(".npy")
        np.save(path, value, allow_pickle=False)
        return {_KIND: "array", "file": path.name}

    def _pandas(self, value: Any) -> Any:
        import pandas as pd

        if value is pd.NA or value is pd.NaT:
            return {_KIND: "missing", "value": "NA" if value is pd.NA else "NaT"}
        if type(value) is pd.Timestamp:
            return {_KIND: "timestamp", "value": value.isoformat(), "zone": None if value.tz is None else str(value.tz)}
        if type(value) is pd.Timedelta:
            return {_KIND: "pandas_timedelta", "value": value.as_unit("ns").value}
        if type(value) is pd.RangeIndex:
            span = [value.start, value.stop, value.step]
            return {_KIND: "range_index", "name": self.encode(value.name), "span": span}
        if type(value) in (pd.Index, pd.DatetimeIndex, pd.CategoricalIndex):
            return {_KIND: "index", "name": self.encode(value.name), **self._column(value)}
        if type(value) is pd.Series:
            index, name = self.encode(value.index), self.encode(value.name)
            return {_KIND: "series", "index": index, "name": name, **self._column(value)}
        if type(value) is pd.DataFrame:
            columns = [self._column(value.iloc[:, position]) for position in range(value.shape[1])]
            names, index = self.encode(value.columns), self.encode(value.index)
            return {_KIND: "frame", "names": names, "index": index, "columns": columns}
        return self._object(value)

    def _column(self, values: pd.Series | pd.Index) -> dict[str, Any]:
        """A column's values and the name of its type; missing values of extension types stand as such."""
        import pandas as pd

        dtype = str(values.dtype)
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes = pd.Categorical(values).codes
            categories = {"categories": self.encode(values.dtype.categories), "ordered": values.dtype.ordered}
            return {"dtype": dtype, "values": self.encode(np.asarray(codes)), **categories}
        if isinstance(values.dtype, np.dtype) and values.dtype.kind != "O":
            return {"dtype": dtype, "values": self.encode(values.to_numpy())}
        return {"dtype": dtype, "values": self.encode(values.to_numpy(dtype=object))}

    def _sparse(self, value: Any) -> Any:
        from scipy import sparse

        if sparse.issparse(value) and value.format in ("csr", "csc", "coo"):
            path = self._path(".npz")
            sparse.save_npz(path, value, compressed=False)
            return {_KIND: "sparse", "file": path.name}
        return self._object(value)

    def _object(self, value: Any) -> Any:
        library = type(value).__module__.partition(".")[0]
        if library in ("sklearn", "scipy"):
            path = self._path(".skops")
            if save_estimator(value, path):
                return {_KIND: "skops", "file": path.name}
        path = self._path(".pkl")
        path.write_bytes(self._pickle(value))
        self.pickled = True
        return {_KIND: "pickle", "file": path.name}


class ValueReader:
    """Turns what `ValueWriter` made back into values.

    Args:
        folder: where the files are.
        load: reads a nested component from a folder.
        unpickle: reads a pickle, or refuses to.
    """

    def __init__(self, folder: Path, load: Callable[[Path], Any], unpickle: Callable[[Path], Any]) -> None:
        self._folder = folder
        self._load = load
        self._unpickle = unpickle

    def decode(self, value: Any) -> Any:
        """The value that was encoded.

        Raises:
            BundleError: when a tag is unknown or a file is missing or damaged.
        """
        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        if _KIND not in value:
            return {key: self.decode(item) for key, item in value.items()}
        kind = value[_KIND]
        if kind in _SEQUENCES:
            return _SEQUENCES[kind](self.decode(item) for item in value["items"])
        if kind in _TIMES:
            return _TIMES[kind].fromisoformat(value["value"])  # type: ignore[attr-defined]
        if "file" in value or "folder" in value:
            return self._from_file(kind, value)
        readers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "float": lambda v: float(v["value"]),
            "dict": lambda v: {self.decode(key): self.decode(item) for key, item in v["items"]},
            "bytes": lambda v: base64.b64decode(v["value"], validate=True),
            "timedelta": lambda v: dt.timedelta(*v["value"]),
            "dtype": lambda v: np.dtype(v["value"]),
            "scalar": self._scalar,
            "array": self._array,
        }
        reader = readers.get(kind)
        return reader(value) if reader else self._pandas(kind, value)

    def _from_file(self, kind: str, value: dict[str, Any]) -> Any:
        name = value.get("file", value.get("folder"))
        if not isinstance(name, str) or "/" in name or "\\" in name or name.startswith("."):
            raise BundleError(f"A saved value points at {name!r}, which is no file beside it: the file was altered.")
        path = self._folder / name
        if not path.exists():
            raise BundleError(f"{name} of a saved component is missing: the file is damaged.")
        if kind == "component":
            return self._load(path)
        if kind == "pickle":
            return self._unpickle(path)
        if kind == "skops":
            return load_estimator(path)
        if kind == "array":
            return np.load(path, allow_pickle=False)
        if kind == "sparse":
            from scipy import sparse

            matrix = sparse.load_npz(path)
            if matrix.format != "coo":
                matrix.check_format(full_check=True)  # indices out of range would crash compiled code
            return matrix
        raise BundleError(f"A saved value is of the unknown kind {kind!r}: the file was made by a newer Litmus.")

    def _scalar(self, value: dict[str, Any]) -> Any:
        dtype = np.dtype(value["dtype"])
        item = self.decode(value["value"])
        return np.array(item, dtype="i8").view(dtype)[()] if dtype.kind in "Mm" else dtype.type(item)

    def _array(self, value: dict[str, Any]) -> np.ndarray:
        dtype = np.dtypes.StringDType() if value["dtype"] == "T" else np.dtype(value["dtype"])
        items = [self.decode(item) for item in value["items"]]
        flat = np.empty(len(items), dtype=dtype)
        for position, item in enumerate(items):  # element by element, since an element may itself be a list
            flat[position] = item
        return flat.reshape(value["shape"])

    def _pandas(self, kind: str, value: dict[str, Any]) -> Any:
        import pandas as pd

        if kind == "missing":
            return pd.NA if value["value"] == "NA" else pd.NaT
        if kind == "timestamp":
            stamp = pd.Timestamp(value["value"])
            return stamp if value["zone"] is None else stamp.tz_convert(value["zone"])
        if kind == "pandas_timedelta":
            return pd.Timedelta(value["value"], unit="ns")
        if kind == "range_index":
            start, stop, step = value["span"]
            return pd.RangeIndex(start, stop, step, name=self.decode(value["name"]))
        if kind == "index":
            return pd.Index(self._values(value), name=self.decode(value["name"]))
        if kind == "series":
            return pd.Series(self._values(value), index=self.decode(value["index"]), name=self.decode(value["name"]))
        if kind == "frame":
            index = self.decode(value["index"])
            columns = [pd.Series(self._values(column), index=index) for column in value["columns"]]
            frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
            frame.columns = self.decode(value["names"])
            return frame
        raise BundleError(f"A saved value is of the unknown kind {kind!r}: the file was made by a newer Litmus.")

    def _values(self, column: dict[str, Any]) -> Any:
        """The values of a column in an array of its type."""
        import pandas as pd

        values = self.decode(column["values"])
        if "categories" in column:
            categories = self.decode(column["categories"])
            return pd.Categorical.from_codes(values, categories=categories, ordered=column["ordered"])
        return pd.array(values, dtype=column["dtype"])
