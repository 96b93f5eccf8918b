"""Predictions that people look at, and what they say about them."""

from litmus.review.queue import Collected, ReviewQueue
from litmus.review.rules import ReviewRules, Wanted

__all__ = ["Collected", "ReviewQueue", "ReviewRules", "Wanted"]
