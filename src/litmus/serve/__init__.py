"""A model behind HTTP: the application, and the process that runs it."""

from litmus.serve.app import create_app
from litmus.serve.server import run_server

__all__ = ["create_app", "run_server"]
