"""Honest evaluation: splits by time, tasks, metrics, intervals, tests, leak checks, and a readable report."""
