"""pandas' own kernels on the arrays that columns hold: exact for every dtype, without a Series or DataFrame.

What a layout has no faster form for is stored as the array that pandas would store (NumPy's, or an extension array),
and calculated with by the functions that pandas itself calls on it. These modules are the only ones that reach into
pandas beyond its public names; they are loaded when first needed, and only with a pandas whose meaning they share.
"""

from __future__ import annotations

import pandas as pd

from litsdf.contract import NotNative

if int(pd.__version__.partition(".")[0]) < 3:  # other signatures, other rules
    raise NotNative("the kernels of pandas 3")
