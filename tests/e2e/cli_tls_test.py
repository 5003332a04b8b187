#!/usr/bin/env python3
"""percept and perceptd by TLS, as users set them up: a whole job, and what is said when it does not
work."""

import sys
import unittest
from pathlib import Path

import cli
from cli import OK, UNREACHABLE, USAGE

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402
from certificates import Authority  # noqa: E402


class TlsTest(cli.CliTest):
    """The server of the class is a plain one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority(Path(cls.folder, "ca"))
        certificate, key = cls.authority.issue("server")
        files = ("--tls-cert", str(certificate), "--tls-key", str(key))
        cls.tls = perceptd.start(Path(cls.folder, "tls"), *files)
        cls.addClassCleanup(lambda: cls.tls.kill())
        cls.strict = perceptd.start(Path(cls.folder, "strict"), *files, "--tls-client-ca",
                                    str(cls.authority.certificate))
        cls.addClassCleanup(lambda: cls.strict.kill())
        cls.own = list(map(str, cls.authority.issue("ann")))

    def address(self, server):
        return f"https://{server.address}"

    def test_a_job_is_trained_and_watched(self):
        ca = str(self.authority.certificate)
        to = {"server": self.address(self.tls), "PERCEPT_TLS_CA": ca}
        self.assertEqual(self.ok("server", "health", **to).out, "SERVING\n")
        self.ok("dataset", "create", "points", "--generator", "xor", **to)
        trained = self.ok("train", "mlp", "--dataset", "points", "--hidden", "3", "--epochs", "2",
                          "--json", **to).objects
        self.assertEqual(trained[-1]["state"], "SUCCEEDED")

    def test_a_flag_alone_turns_it_on(self):
        ca = str(self.authority.certificate)
        health = self.ok("--tls-ca", ca, "server", "health", server=self.tls.address)
        self.assertEqual(health.out, "SERVING\n")

    def test_the_config_file_can_hold_it_all(self):
        folder = Path(self.home, ".config", "percept")
        folder.mkdir(parents=True)
        config = folder / "config"
        self.addCleanup(config.unlink)
        config.write_text(f"tls-ca = {self.authority.certificate}\n"
                          f"tls-cert = {self.own[0]}\ntls-key = {self.own[1]}\n", encoding="utf-8")
        self.assertEqual(self.ok("server", "health", server=self.strict.address).out, "SERVING\n")

    def test_a_certificate_is_shown_where_it_is_asked_for(self):
        ca = ("--tls-ca", str(self.authority.certificate))
        own = ("--tls-cert", self.own[0], "--tls-key", self.own[1])
        self.ok(*ca, *own, "job", "list", server=self.address(self.strict))
        self.refused(UNREACHABLE, "if it asks for a certificate, name yours with --tls-cert", *ca,
                     "job", "list", server=self.address(self.strict))

    def test_what_does_not_fit_is_told_in_words(self):
        other = str(Authority(Path(self.folder, "other")).certificate)
        self.refused(UNREACHABLE, "its certificate is not trusted; name who has signed it with",
                     "--tls-ca", other, "job", "list", server=self.address(self.tls))
        self.refused(UNREACHABLE, f"if it speaks TLS, name it as {self.address(self.tls)}",
                     "job", "list", server=self.tls.address)
        self.refused(UNREACHABLE, f"it does not speak TLS; name it as http://{self.server.address}",
                     "--tls-ca", other, "job", "list", server=self.address(self.server))
        self.refused(USAGE, "tls-cert and tls-key: must be given together",
                     "--tls-cert", self.own[0], "job", "list")
        self.refused(cli.LOCAL, "tls-ca: /nowhere: cannot be",
                     "--tls-ca", "/nowhere", "job", "list")

    def test_http_turns_it_off(self):
        result = self.ok("server", "health", server=f"http://{self.server.address}",
                         PERCEPT_TLS_CA=str(self.authority.certificate))
        self.assertEqual(result.code, OK)


if __name__ == "__main__":
    unittest.main()
