"""What tests that compute do through the command line, as a user would: data sets up, models down."""

import io
import json
import os
import subprocess
from pathlib import Path

import numpy as np

import perceptd

# Seconds. For a whole training, on a machine busy with other tests.
TIMEOUT = 300


class CommandFailed(Exception):
    pass


class CommandLine:
    """percept, as a user of `server` who has set nothing but `variables`. Files are kept in
    `folder`."""

    def __init__(self, server, folder, **variables):
        self.folder = Path(folder)
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH")}
        self._environment = {**kept, "HOME": str(folder), "USER": "ann", "LANG": "C.UTF-8",
                             "PERCEPT_SERVER": server.address, **variables}

    def run(self, *words):
        """The JSON objects that a command prints. Raises CommandFailed."""
        command = [perceptd.program("PERCEPT", "build/release/bin/percept"), *map(str, words),
                   "--json", "--quiet"]
        done = subprocess.run(command, env=self._environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TIMEOUT)
        if done.returncode != 0:
            raise CommandFailed(f"{command} ended with {done.returncode}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def upload(self, name, **arrays):
        """A new data set with these arrays: x_train, y_train, x_validation, y_validation, ..."""
        file = self.folder / f"{name}.npz"
        np.savez(file, **arrays)
        self.run("dataset", "upload", name, file)

    def train(self, dataset, *words):
        """The snapshots of a new job, without parameters, and the job once it has ended well."""
        kind, *flags = words
        *snapshots, job = self.run("train", kind, "--dataset", dataset, *flags)
        return snapshots, job

    def export(self, job, snapshot, form):
        """The bytes of an exported model."""
        file = self.folder / f"model.{form}"
        self.run("model", "export", job["name"], "--snapshot", snapshot, "--format", form,
                 "-o", file)
        content = file.read_bytes()
        file.unlink()
        return content

    def parameters(self, job, snapshot):
        """The tensors of a model by name, in their order."""
        with np.load(io.BytesIO(self.export(job, snapshot, "npz"))) as archive:
            return {name: archive[name] for name in archive.files}
