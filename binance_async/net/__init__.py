"""Thin adapters between the seams and the libraries that move bytes."""
