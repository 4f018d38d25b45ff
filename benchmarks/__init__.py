"""Benchmarks beside the floor and the peers: `python -m benchmarks`. See `docs/performance.md` for what came out."""
