"""The `litmus` command: one file a command group, no logic of its own."""

from litmus.cli.app import main

__all__ = ["main"]
