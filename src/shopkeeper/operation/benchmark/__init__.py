"""Benchmarks: each measures the shop against a peer in the same run, and all speak one JSON shape."""
