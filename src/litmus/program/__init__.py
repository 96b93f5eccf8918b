"""What fitted steps do to one row or to arrays, as a program that needs neither pandas nor a training library."""

from litmus.program.graph import Graph, Kind, LoweredFeatures, Node, NotLoweredError
from litmus.program.program import Program, Row, Rows
from litmus.program.sketch import Sketch

__all__ = ["Graph", "Kind", "LoweredFeatures", "Node", "NotLoweredError", "Program", "Row", "Rows", "Sketch"]
