"""Runs a real perceptd for a test.

    with perceptd.start(folder) as server:
        talk_to(server.address)

The server listens on a free loopback port, and every wait here has a limit. Its output is in
`<data folder>.log`, which a restart on the same folder appends to.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Seconds. Generous, for machines busy with other tests: nothing waits longer than it has to.
START_TIMEOUT = 60
STOP_TIMEOUT = 30


class StartFailed(Exception):
    """perceptd ended, or did not listen in time. Holds what it said and its exit code, if any."""

    def __init__(self, message, exit_code, log):
        super().__init__(f"{message}; it said:\n{log}")
        self.exit_code = exit_code
        self.log = log


def program(variable, default):
    """The program that an environment variable names, or the one at `default` in the tree."""
    path = Path(os.environ.get(variable) or ROOT / default)
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is not a program; set {variable}")
    return str(path)


def start(data_dir, *arguments, environment=None):
    """Starts perceptd on a folder and returns it once it listens. Raises StartFailed.

    `arguments` follow --data-dir and --grpc-address; `environment` adds to this process's, whose
    own PERCEPTD_ options are left out.
    """
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PERCEPTD_")}
    variables["PERCEPTD_HTTP_ADDRESS"] = "127.0.0.1:0"
    variables["PERCEPTD_LAME_DUCK"] = "0s"
    variables.update(environment or {})
    data_dir = Path(data_dir)
    log_path = Path(f"{data_dir}.log")
    address_file = data_dir / "grpc-address"
    before = _identity(address_file)  # a killed server leaves its file behind
    command = [program("PERCEPTD", "build/release/bin/perceptd"), "--data-dir", str(data_dir)]
    if "--grpc-address" not in arguments:
        command += ["--grpc-address", "127.0.0.1:0"]
    with open(log_path, "ab") as log:
        log_start = log.tell()
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=variables)
    server = Perceptd(process, data_dir, log_path, log_start)
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        address = _read(address_file)
        if address.endswith("\n") and _identity(address_file) != before:
            server.address = address.strip()
            return server
        try:
            exit_code = process.wait(timeout=0.02)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                continue
            server.kill()
            raise StartFailed("perceptd did not listen in time", None, server.log()) from None
        raise StartFailed(f"perceptd ended with {exit_code}", exit_code, server.log())


class Perceptd:
    """A running server. Thread-compatible; as a context manager it stops at the end."""

    def __init__(self, process, data_dir, log_path, log_start):
        self.process = process
        self.data_dir = data_dir
        self.address = None  # host:port, known once it listens
        self._log_path = log_path
        self._log_start = log_start

    def stop(self, timeout=STOP_TIMEOUT):
        """Asks it to end, waits, and returns its exit code. Kills it when it takes too long."""
        return self.end(signal.SIGTERM, timeout)

    def kill(self):
        """Ends it at once, as a crash would, and waits until it is gone."""
        self.process.kill()
        return self.process.wait()

    def end(self, number, timeout=STOP_TIMEOUT):
        """Sends a signal that should end it; otherwise as stop()."""
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"perceptd took more than {timeout} s to end; it said:\n{self.log()}") from None

    def log(self):
        """What this run has said so far."""
        with open(self._log_path, "rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, exception_type, *_):
        if exception_type is None:
            self.stop()
        else:
            self.kill()


def _identity(path):
    """What changes whenever a file is written anew; None without the file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def _read(path):
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
