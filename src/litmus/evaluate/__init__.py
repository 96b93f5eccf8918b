"""Judging candidates: trials, scores and the leaderboard."""
