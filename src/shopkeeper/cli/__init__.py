"""The command line: one file for each command; heavy parts are imported when a command runs, so --help is quick."""

from shopkeeper.cli.command import ServePlan, create_cli, run_cli

__all__ = ["ServePlan", "create_cli", "run_cli"]
