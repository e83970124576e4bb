"""The machine that a benchmark ran on, and how busy it was: a ratio of a busy machine is worth less."""

import os
import platform
from pathlib import Path
from typing import Final

import psutil

from shopkeeper import __version__
from shopkeeper.operation.benchmark.shape import Row

GIGABYTE: Final = 10**9
_CPU_FILE: Final = Path("/proc/cpuinfo")


def describe_machine() -> Row:
    """Processor, cores, memory, versions, and the mean number of running processes of the last minute."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / GIGABYTE, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "shopkeeper": __version__,
        "load_at_start": round(psutil.getloadavg()[0], 2),
    }


def _processor() -> str:
    """The processor's name; Linux alone tells it in a file of its own."""
    if _CPU_FILE.is_file():
        for line in _CPU_FILE.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
