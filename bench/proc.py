"""What the kernel knows of a process: CPU time and peak memory, from /proc."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
MB = 1_000_000


def available() -> bool:
    """Whether this system has what is read here."""
    return Path("/proc/self/clear_refs").exists()


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads, its children not."""
    # The name in brackets may hold anything, blanks too.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int) -> float:
    """Resident memory now, in MB."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> float:
    """The most it was since the last reset, in MB."""
    return _status(pid, "VmHWM")


def reset_peak(pid: int) -> None:
    """From here on `peak` starts at what is resident now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status(pid: int, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    if found is None:
        raise OSError(f"/proc/{pid}/status has no {name}")
    return int(found[1]) * 1024 / MB


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.+)$", info, re.MULTILINE)
    total = re.search(r"^MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{int(total[1]) / 1_000_000:.0f} GB" if total else "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load at start": f"{os.getloadavg()[0]:.1f}",
    }
