"""The other side of every benchmark: a process that replays bytes which were made before.

It must never be what a client waits for, so nothing is computed while it sends: frames are made once, joined into
blocks, and written as fast as the socket takes them. `python -m benchmarks --only sender` measures it alone.
"""
