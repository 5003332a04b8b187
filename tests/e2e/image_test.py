#!/usr/bin/env python3
"""docker/Dockerfile, built and run by buildah and podman, which need no Docker engine.

What compiles in it is left out: the stage that packs is replaced by a folder with the package of the
programs that are built already. Skipped unless script/bootstrap --images has installed what it takes.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from package import ROOT, output_of, pack  # noqa: E402

TOOLS = ("buildah", "podman", "runc")
BASE_FILE = ROOT / "build/image-test/base.tar"
BASE = "localhost/percept-base"
IMAGE = "localhost/percept"
LARGEST = 150 * 10**6  # Bytes over the base.
TIMEOUT = 60

# What may not be in the image.
BUILD_TOOLS = ("gcc", "g++", "cc", "c++", "clang", "ld", "as", "make", "cmake", "ninja", "git", "npm",
               "node", "protoc", "pip")


def reason_to_skip():
    if os.geteuid() != 0:
        return "only root can build images here"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or not BASE_FILE.exists():
        return "script/bootstrap --images has not installed what this takes"
    return None


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@unittest.skipIf(reason_to_skip(), reason_to_skip())
class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        # Images and containers of its own.
        cls.store = ("--root", cls.folder / "store", "--runroot", cls.folder / "run",
                     "--storage-driver", "overlay")
        cls.addClassCleanup(
            lambda: subprocess.run(["buildah", *map(str, cls.store), "rm", "--all"],
                                   capture_output=True))
        cls.podman("import", BASE_FILE, BASE)
        packed = cls.folder / "packed/package"
        packed.mkdir(parents=True)
        pack(packed).rename(packed / "percept.deb")
        output_of("buildah", *cls.store, "bud", "--isolation", "chroot", "--network", "host",
                  "--pull-never", "--format", "docker", "--build-arg", f"BASE={BASE}",
                  "--build-context", f"builder={packed.parent}", "--file",
                  ROOT / "docker/Dockerfile", "--tag", IMAGE, ROOT)

    @classmethod
    def podman(cls, *words, **options):
        return output_of("podman", *cls.store, "--runtime", "runc", "--cgroup-manager", "cgroupfs",
                         *words, **options)

    def run_image(self, *words, name=None, variables=(), detach=False):
        """Runs it as compose.yaml does: nothing can be written but its volumes and /tmp."""
        options = ["--network", "host", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "all",
                   "--security-opt", "no-new-privileges", "--ulimit", "nofile=1024:1024", "--ulimit",
                   "nproc=1000:1000"]
        for volume, path in (("data", "/var/lib/percept"), ("tls", "/etc/percept/tls"),
                             ("scrape", "/etc/percept/scrape")):
            options += ["--volume", f"{volume}:{path}"]
        for variable in variables:
            options += ["--env", variable]
        if detach:
            options += ["--detach", "--name", name]
        else:
            options += ["--rm"]
        return self.podman("run", *options, *words)

    def test_it_is_small_and_holds_no_build_tools(self):
        sizes = [int(self.podman("image", "inspect", "--format", "{{.Size}}", image))
                 for image in (IMAGE, BASE)]
        print(f"the image is {(sizes[0] - sizes[1]) / 1e6:.0f} MB larger than its base", flush=True)
        self.assertLess(sizes[0] - sizes[1], LARGEST)
        shell = "for name; do ! command -v $name || exit 1; done"
        self.run_image("--entrypoint", "sh", IMAGE, "-c", shell, "sh", *BUILD_TOOLS)

    def test_alone_it_serves_nobody_without_tls_and_tokens(self):
        with self.assertRaisesRegex(AssertionError, "without TLS and tokens, unless --insecure"):
            self.run_image(IMAGE)

    def test_it_serves_as_nobody_from_a_file_system_it_cannot_write(self):
        grpc, http = free_port(), free_port()
        variables = [f"PERCEPTD_GRPC_ADDRESS=127.0.0.1:{grpc}",
                     f"PERCEPTD_HTTP_ADDRESS=127.0.0.1:{http}", "PERCEPT_HOST=localhost",
                     "PERCEPTD_AUTH_FILE=/var/lib/percept/users",
                     "PERCEPTD_TLS_CERT=/etc/percept/tls/cert.pem",
                     "PERCEPTD_TLS_KEY=/etc/percept/tls/key.pem",
                     f"PERCEPT_SERVER=https://localhost:{grpc}",
                     "PERCEPT_TLS_CA=/etc/percept/tls/ca.pem"]
        setup = ("--entrypoint", "/usr/lib/percept/setup", IMAGE)
        said = self.run_image(*setup, variables=variables)
        token = said.split("instructor: ")[1].strip()
        self.assertEqual(self.run_image(*setup, variables=variables), "", "it makes all of it once")
        self.run_image(IMAGE, name="server", variables=variables, detach=True)
        self.addCleanup(self.podman, "rm", "--force", "server")
        deadline = time.monotonic() + TIMEOUT
        while True:
            try:
                self.podman("healthcheck", "run", "server")
                break
            except AssertionError as error:
                if time.monotonic() > deadline or not self.is_running("server"):
                    raise AssertionError(f"{error}: {self.podman('logs', 'server')}") from None

        self.assertEqual(self.podman("exec", "server", "id", "--user"), "787\n")
        with self.assertRaisesRegex(AssertionError, "Read-only file system"):
            self.podman("exec", "server", "touch", "/etc/percept/new")
        # From outside, as a student's machine does.
        certificate = self.folder / "ca.pem"
        certificate.write_text(self.podman("exec", "server", "cat", "/etc/percept/tls/ca.pem"))
        text = output_of(os.environ.get("PERCEPT") or ROOT / "build/release/bin/percept", "--server",
                         f"https://localhost:{grpc}", "--tls-ca", certificate, "--token", token,
                         "--json", "train", "mlp", "--dataset", "mnist", "--epochs", "1",
                         env={"HOME": str(self.folder)})
        self.assertEqual(json.loads(text.splitlines()[-1])["state"], "SUCCEEDED")
        self.podman("stop", "--time", "30", "server")
        state = json.loads(self.podman("inspect", "server"))[0]["State"]
        self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 0))

    def is_running(self, name):
        return json.loads(self.podman("inspect", name))[0]["State"]["Running"]


if __name__ == "__main__":
    unittest.main()
