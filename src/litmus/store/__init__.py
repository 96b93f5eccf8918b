"""Where models are kept between runs: a folder of numbered versions."""

from litmus.store.record import ModelRecord
from litmus.store.store import Store, open_model, open_runtime

__all__ = ["ModelRecord", "Store", "open_model", "open_runtime"]
