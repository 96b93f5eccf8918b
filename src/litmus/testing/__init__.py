"""Contract tests that users' own components inherit; they need pytest."""
