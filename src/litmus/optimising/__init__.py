"""Making a trained model smaller and faster where held-out rows show that it costs no more score than is allowed."""

from litmus.optimising.held_out import TECHNIQUES, Optimised, optimise

__all__ = ["TECHNIQUES", "Optimised", "optimise"]
