"""Steps: what is done to a table before an algorithm learns from it."""

from litmus.steps.balancing import ClassWeights, NearMiss, RandomOverSample, RandomUnderSample, Smote
from litmus.steps.base import Block, Encoder, Resampler, Step
from litmus.steps.dates import DateParts
from litmus.steps.defaults import default_steps
from litmus.steps.frequency import FrequencyEncoder
from litmus.steps.function import FunctionStep
from litmus.steps.impute import Impute
from litmus.steps.onehot import OneHotEncoder
from litmus.steps.ordinal import OrdinalEncoder
from litmus.steps.rare import GroupRareCategories
from litmus.steps.scaling import QuantileScale, RobustScale, StandardScale
from litmus.steps.selection import DropColumns, DropConstantColumns
from litmus.steps.target_mean import TargetEncoder
from litmus.steps.text import TextTfidf
from litmus.steps.text_counts import TextCounts

__all__ = [
    "Block",
    "ClassWeights",
    "DateParts",
    "DropColumns",
    "DropConstantColumns",
    "Encoder",
    "FrequencyEncoder",
    "FunctionStep",
    "GroupRareCategories",
    "Impute",
    "NearMiss",
    "OneHotEncoder",
    "OrdinalEncoder",
    "QuantileScale",
    "RandomOverSample",
    "RandomUnderSample",
    "Resampler",
    "RobustScale",
    "Smote",
    "StandardScale",
    "Step",
    "TargetEncoder",
    "TextCounts",
    "TextTfidf",
    "default_steps",
]
