"""The rest of the Series methods: reductions, named operators, and what every layout leaves to pandas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litsdf.contract import NotNative
from litsdf.passing import through_pandas

__all__ = ["SeriesRest"]


def _reduction(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **options: Any) -> Any:
        if args:
            return self._run_pandas(name, args, options)
        return self._reduce(name, options)

    method.__name__ = name
    method.__doc__ = f"Aggregate to one value, as `pandas.Series.{name}` does."
    return method


def _named_operator(name: str, operation: str) -> Callable[..., Any]:
    def method(self: Any, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Any:
        return self._operate_by_name(name, operation, other, level, fill_value, axis)

    method.__name__ = name
    method.__doc__ = f"The operator `{operation}` by name, as `pandas.Series.{name}`."
    return method


def _over_rows(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **options: Any) -> Any:
        if self.layout != "pandas" and len(args) <= (name != "cumsum") and not options:
            try:
                parameters = {"periods": args[0]} if args else {}
                return self._new(self._column.transformed(name, parameters))
            except NotNative:
                pass
        return self._run_pandas(name, args, options)

    method.__name__ = name
    method.__doc__ = f"A column whose rows depend on other rows, as `pandas.Series.{name}`."
    return method


class SeriesRest:
    """Methods made from one line each."""

    __slots__ = ()

    sum = _reduction("sum")
    mean = _reduction("mean")
    min = _reduction("min")
    max = _reduction("max")
    count = _reduction("count")
    std = _reduction("std")
    var = _reduction("var")
    median = _reduction("median")
    any = _reduction("any")
    all = _reduction("all")
    nunique = _reduction("nunique")

    add = _named_operator("add", "add")
    sub = _named_operator("sub", "sub")
    mul = _named_operator("mul", "mul")
    div = _named_operator("div", "truediv")
    truediv = _named_operator("truediv", "truediv")
    divide = _named_operator("divide", "truediv")
    multiply = _named_operator("multiply", "mul")
    subtract = _named_operator("subtract", "sub")
    floordiv = _named_operator("floordiv", "floordiv")
    mod = _named_operator("mod", "mod")
    pow = _named_operator("pow", "pow")
    radd = _named_operator("radd", "radd")
    rsub = _named_operator("rsub", "rsub")
    rmul = _named_operator("rmul", "rmul")
    rdiv = _named_operator("rdiv", "rtruediv")
    rtruediv = _named_operator("rtruediv", "rtruediv")
    rfloordiv = _named_operator("rfloordiv", "rfloordiv")
    rmod = _named_operator("rmod", "rmod")
    rpow = _named_operator("rpow", "rpow")
    eq = _named_operator("eq", "eq")
    ne = _named_operator("ne", "ne")
    lt = _named_operator("lt", "lt")
    le = _named_operator("le", "le")
    gt = _named_operator("gt", "gt")
    ge = _named_operator("ge", "ge")

    add_prefix = through_pandas()
    add_suffix = through_pandas()
    agg = through_pandas()
    aggregate = through_pandas()
    align = through_pandas()
    argmax = through_pandas()
    argmin = through_pandas()
    argsort = through_pandas()
    asfreq = through_pandas()
    asof = through_pandas()
    at_time = through_pandas()
    autocorr = through_pandas()
    axes = through_pandas(is_property=True)
    between_time = through_pandas()
    case_when = through_pandas()
    combine = through_pandas()
    combine_first = through_pandas()
    compare = through_pandas()
    convert_dtypes = through_pandas()
    corr = through_pandas()
    cov = through_pandas()
    cummax = through_pandas()
    cummin = through_pandas()
    cumprod = through_pandas()
    cumsum = _over_rows("cumsum")
    describe = through_pandas()
    diff = _over_rows("diff")
    divmod = _named_operator("divmod", "divmod")
    dot = through_pandas()
    drop = through_pandas()
    drop_duplicates = through_pandas()
    droplevel = through_pandas()
    dropna = through_pandas()
    dtypes = through_pandas(is_property=True)
    duplicated = through_pandas()
    equals = through_pandas()
    ewm = through_pandas()
    expanding = through_pandas()
    explode = through_pandas()
    factorize = through_pandas()
    filter = through_pandas()
    first_valid_index = through_pandas()
    flags = through_pandas(is_property=True)
    get = through_pandas()
    hasnans = through_pandas(is_property=True)
    head = through_pandas()
    hist = through_pandas()
    idxmax = through_pandas()
    idxmin = through_pandas()
    infer_objects = through_pandas()
    info = through_pandas()
    is_monotonic_decreasing = through_pandas(is_property=True)
    is_monotonic_increasing = through_pandas(is_property=True)
    is_unique = through_pandas(is_property=True)
    items = through_pandas()
    keys = through_pandas()
    kurt = through_pandas()
    kurtosis = through_pandas()
    last_valid_index = through_pandas()
    list = through_pandas(is_property=True)
    memory_usage = through_pandas()
    mode = through_pandas()
    nbytes = through_pandas(is_property=True)
    nlargest = through_pandas()
    nsmallest = through_pandas()
    pct_change = through_pandas()
    plot = through_pandas(is_property=True)
    pop = through_pandas()
    prod = through_pandas()
    product = through_pandas()
    quantile = through_pandas()
    rank = through_pandas()
    rdivmod = _named_operator("rdivmod", "rdivmod")
    reindex = through_pandas()
    reindex_like = through_pandas()
    rename = through_pandas()
    rename_axis = through_pandas()
    reorder_levels = through_pandas()
    repeat = through_pandas()
    resample = through_pandas()
    reset_index = through_pandas()
    rolling = through_pandas()
    sample = through_pandas()
    searchsorted = through_pandas()
    sem = through_pandas()
    set_axis = through_pandas()
    set_flags = through_pandas()
    shift = _over_rows("shift")
    skew = through_pandas()
    sort_index = through_pandas()
    sort_values = through_pandas()
    sparse = through_pandas(is_property=True)
    squeeze = through_pandas()
    struct = through_pandas(is_property=True)
    swaplevel = through_pandas()
    tail = through_pandas()
    take = through_pandas()
    to_clipboard = through_pandas()
    to_csv = through_pandas()
    to_dict = through_pandas()
    to_excel = through_pandas()
    to_frame = through_pandas()
    to_hdf = through_pandas()
    to_json = through_pandas()
    to_latex = through_pandas()
    to_markdown = through_pandas()
    to_period = through_pandas()
    to_pickle = through_pandas()
    to_sql = through_pandas()
    to_string = through_pandas()
    to_timestamp = through_pandas()
    to_xarray = through_pandas()
    transform = through_pandas()
    transpose = through_pandas()
    truncate = through_pandas()
    tz_convert = through_pandas()
    tz_localize = through_pandas()
    unique = through_pandas()
    unstack = through_pandas()
    update = through_pandas()
    value_counts = through_pandas()
    xs = through_pandas()
    T = through_pandas(is_property=True)
