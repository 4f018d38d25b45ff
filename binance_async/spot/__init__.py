"""Spot: calls, streams and events."""
