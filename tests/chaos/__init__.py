"""The reliability goals, measured: `python -m tests.chaos --size night`. CI runs them at their smallest size."""
