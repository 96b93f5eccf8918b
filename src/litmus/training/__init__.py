"""`train` and the parts of its story: the request, the trials, the scores."""

from litmus.training.call import train

__all__ = ["train"]
