"""Certificates for a test, made by the openssl program."""

import subprocess
from pathlib import Path

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    """One that signs; its files are in a folder of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.certificate = self.folder / "ca.pem"
        openssl("req", "-x509", *KEY, "-days", "2", "-subj", "/CN=Test authority",
                "-keyout", self.folder / "ca.key", "-out", self.certificate)

    def issue(self, name):
        """The files of a certificate for this machine and `name`, and of its key."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, names = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        names.write_text(f"subjectAltName=DNS:localhost,DNS:{name},IP:127.0.0.1", encoding="ascii")
        openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey",
                self.folder / "ca.key", "-CAcreateserial", "-days", "1", "-extfile", names,
                "-out", certificate)
        return certificate, key
