"""The Debian package of the programs that are built, for tests of it.

BUILD names the build folder; without it that of the release is taken.
"""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def pack(folder):
    """Packs into `folder`, which must be there, and returns the package's path."""
    build = Path(os.environ.get("BUILD") or ROOT / "build/release")
    done = subprocess.run(["cpack", "--config", build / "CPackConfig.cmake", "-B", folder],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"cpack failed: {done.stdout}{done.stderr}")
    (package,) = Path(folder).glob("percept_*.deb")
    return package


def output_of(*command, **options):
    """What a program prints. Raises AssertionError with what it said when it fails."""
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
