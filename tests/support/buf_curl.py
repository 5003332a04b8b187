"""Calls a perceptd by reflection, with buf curl: a client that has never heard of Percept.

BUF names the program; without it that of the build folder is taken.
"""

import json
import os
import subprocess
from pathlib import Path

import perceptd

TIMEOUT = 60


class BufCurl:
    """Calls one server. `folder` is a place for buf's cache."""

    def __init__(self, server, folder):
        self._address = server.address
        self.folder = folder
        self.environment = {**os.environ, "BUF_CACHE_DIR": str(Path(folder, "buf"))}

    def command(self, method, *flags):
        buf = perceptd.program("BUF", "build/tools/bin/buf")
        url = f"http://{self._address}/{method}"
        return [buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *flags, url]

    def run(self, method, *flags, data=None):
        """Its outcome; `data` is the request, as JSON's objects."""
        given = ("--data", "@-") if data is not None else ()
        return subprocess.run(
            self.command(method, *given, *flags), env=self.environment, cwd=self.folder,
            input=json.dumps(data) if data is not None else "", capture_output=True, text=True,
            timeout=TIMEOUT)

    def ask(self, method, **request):
        """The answer to a request, as JSON's objects. RuntimeError: it was refused."""
        result = self.run(method, data=request)
        if result.returncode != 0:
            raise RuntimeError(result.stderr)
        return json.loads(result.stdout)
