"""Where models are kept between runs, with what they were made from, what was decided about them, and how they do."""

from litmus.store.aliases import ANY
from litmus.store.checking import Problem
from litmus.store.pruning import Pruned, PruneRules
from litmus.store.record import ModelRecord
from litmus.store.records import (
    AlarmRow,
    Decision,
    DeliveryRow,
    EventRow,
    MonitorRow,
    ReviewRow,
    RunRecord,
    VersionFacts,
)
from litmus.store.store import Store, open_model, open_runtime

__all__ = [
    "ANY",
    "AlarmRow",
    "Decision",
    "DeliveryRow",
    "EventRow",
    "ModelRecord",
    "MonitorRow",
    "Problem",
    "PruneRules",
    "Pruned",
    "ReviewRow",
    "RunRecord",
    "Store",
    "VersionFacts",
    "open_model",
    "open_runtime",
]
