"""A model as a folder that a container image is built from."""

from litmus.package.targets import Target
from litmus.package.write import Package, write

__all__ = ["Package", "Target", "write"]
