#!/usr/bin/env python3
"""The Debian package: what is in it, that its server finds its files, and that it can be installed,
upgraded, removed and purged. The last is done in a copy-on-write copy of this machine, by root."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import perceptd  # noqa: E402
from package import ROOT, output_of, pack  # noqa: E402

MEMBERS = """
etc/percept/perceptd.conf
usr/bin/percept
usr/bin/perceptd
usr/lib/systemd/system/perceptd.service
usr/share/bash-completion/completions/percept
usr/share/doc/percept/LICENSE
usr/share/doc/percept/RUN_A_CLASS.md
usr/share/doc/percept/THREATS.md
usr/share/doc/percept/CHANGELOG.md
usr/share/doc/percept/copyright
usr/share/man/man1/percept.1.gz
usr/share/man/man8/perceptd.8.gz
usr/share/percept/dashboard/index.html
usr/share/percept/mnist/train-images-idx3-ubyte
usr/share/percept/photographs/attributions.txt
usr/share/zsh/vendor-completions/_percept
""".split()

# Runs the package's life in a copy of this machine of which only the programs are shared. Its
# systemd is one that notes what it is asked.
LIFE = r"""
set -eu
mount -t tmpfs tmpfs "$COPY"
mkdir "$COPY/upper" "$COPY/work" "$COPY/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$COPY/upper,workdir=$COPY/work" "$COPY/root"
mount -t proc proc "$COPY/root/proc"
mount -t tmpfs tmpfs "$COPY/root/run"
mount -t tmpfs tmpfs "$COPY/root/tmp"
mount --bind /dev "$COPY/root/dev"
mkdir -p "$COPY/root/run/systemd/system"
cp "$PACKAGE" "$COPY/root/tmp/percept.deb"
echo force-unsafe-io >"$COPY/root/etc/dpkg/dpkg.cfg.d/percept-test"
rm -f "$COPY/root/var/lib/man-db/auto-update" # Reading all pages anew would take longest.
mv "$COPY/root/usr/bin/systemctl" "$COPY/root/usr/bin/systemctl.real"
for name in deb-systemd-invoke systemctl; do
  rm -f "$COPY/root/usr/bin/$name"
  printf '#!/bin/sh\ncase $1 in --root*) exec systemctl.real "$@";; esac\necho "%s $*" >>/run/asked\n' \
    "$name" >"$COPY/root/usr/bin/$name"
  chmod +x "$COPY/root/usr/bin/$name"
done
exec chroot "$COPY/root" sh -euc '
  export DEBIAN_FRONTEND=noninteractive
  say() { echo "== $*"; }
  say install; dpkg --install /tmp/percept.deb; cat /run/asked; : >/run/asked
  stat -c "%n %U %G %a" /var/lib/percept /etc/percept/tls /etc/percept/perceptd.conf
  ls /etc/systemd/system/multi-user.target.wants/perceptd.service
  say start
  setpriv --reuid percept --regid percept --init-groups perceptd --config /etc/percept/perceptd.conf \
    --grpc-address 127.0.0.1:0 --http-address 127.0.0.1:0 &
  server=$!
  until [ -s /var/lib/percept/grpc-address ]; do kill -0 $server; done
  runuser -u percept -- percept --server "$(cat /var/lib/percept/grpc-address)" dataset list
  kill $server; wait $server
  say upgrade; dpkg --install /tmp/percept.deb; cat /run/asked; : >/run/asked
  say remove; dpkg --remove percept; cat /run/asked; : >/run/asked
  ls /var/lib/percept /etc/percept; ls /usr/bin/percept* /usr/share/percept 2>&1 || true
  say purge; dpkg --purge percept; cat /run/asked
  find /etc /usr /var -xdev -newer /tmp/percept.deb -path "*percept*" -not -name percept-test
'
"""


def unit_settings(path):
    """The settings of a unit of systemd; a name given twice has all its values."""
    settings = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            settings.setdefault(name, []).append(value)
    return settings


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.package = pack(cls.folder)
        cls.root = cls.folder / "root"
        output_of("dpkg-deb", "--extract", cls.package, cls.root)
        output_of("dpkg-deb", "--control", cls.package, cls.folder / "control")
        cls.unit = unit_settings(cls.root / "usr/lib/systemd/system/perceptd.service")

    def perceptd(self, *words):
        return subprocess.run([self.root / "usr/bin/perceptd", *words], env={"HOME": "/"},
                              capture_output=True, text=True)

    def test_it_holds_what_is_needed_and_belongs_to_root(self):
        names = set()
        for line in output_of("dpkg-deb", "--contents", self.package).splitlines():
            mode, owner, _, _, _, name = line.split(maxsplit=5)
            names.add(name.removeprefix("./"))
            self.assertEqual(owner, "root/root", line)
            self.assertRegex(mode, r"^(d|-)rw(x|-)r-(x|-)r-(x|-)$", line)
        self.assertLessEqual(set(MEMBERS), names)
        for name in names - {"", "etc/", "usr/"}:
            self.assertRegex(name, r"^(etc/percept/|usr/(bin|lib|share)/)")
        for listed, there in (("photographs/sha256", "photographs"), ("mnist.sha256", "mnist")):
            text = (ROOT / "script" / listed).read_text(encoding="utf-8")
            expected = {line.split()[1] for line in text.splitlines()}
            held = set(os.listdir(self.root / "usr/share/percept" / there))
            self.assertEqual(held - {"attributions.txt"}, expected)

    def test_its_programs_are_stripped_and_name_their_libraries(self):
        for program in ("percept", "perceptd"):
            sections = output_of("readelf", "--sections", "--wide", self.root / "usr/bin" / program)
            self.assertNotRegex(sections, r" \.(symtab|debug_info)")
        depends = output_of("dpkg-deb", "--field", self.package, "Depends")
        for name in ("adduser", "libc6", "libgrpc++1.51", "libsqlite3-0", "fonts-dejavu-core"):
            self.assertRegex(depends, rf"(^|, ){re.escape(name)}\b")
        self.assertNotRegex(depends, r"-dev\b")

    def test_its_control_files_are_in_order(self):
        control = self.folder / "control"
        self.assertEqual((control / "conffiles").read_text(), "/etc/percept/perceptd.conf\n")
        for script in ("postinst", "prerm", "postrm"):
            self.assertEqual((control / script).stat().st_mode & 0o777, 0o755)
            output_of("sh", "-n", control / script)
        output_of("md5sum", "--check", "--quiet", control / "md5sums", cwd=self.root)
        for page in self.root.glob("usr/share/man/*/*.gz"):
            text = output_of("gzip", "--decompress", "--stdout", page)
            self.assertRegex(text, r"\n\.SH NAME\nperceptd? \\- the ")
            self.assertIn("\\-\\-help", text)
        output_of("bash", "-n", self.root / "usr/share/bash-completion/completions/percept")

    def test_its_server_finds_the_dashboard_and_the_data(self):
        bin_folder = self.root / "usr/bin"
        with mock.patch.dict(os.environ, PERCEPTD=str(bin_folder / "perceptd")):
            server = perceptd.start(self.folder / "data")
        with server:
            address = (self.folder / "data/http-address").read_text().strip()
            with urllib.request.urlopen(f"http://{address}/", timeout=60) as page:
                self.assertIn(b"<title>", page.read())

            def ask(*words):
                text = output_of(bin_folder / "percept", "--server", server.address, "--json",
                                 *words, env={"HOME": str(self.folder)})
                return list(map(json.loads, text.splitlines()))
            self.assertIn("mnist", [row["name"].split("/")[1] for row in ask("dataset", "list")])
            ask("demo", "image-structure")
            job = ask("train", "multiperceptron", "--dataset", "mnist", "--epochs", "1")[-1]
            self.assertEqual(job["state"], "SUCCEEDED")
        self.assertEqual(server.process.returncode, 0)

    def test_the_unit_and_its_options_are_accepted(self):
        (command,) = self.unit["ExecStart"]
        program, *options = command.split()
        self.assertTrue((self.root / program.lstrip("/")).is_file())
        self.assertEqual(options, ["--config", "/etc/percept/perceptd.conf"])
        conf = self.root / "etc/percept/perceptd.conf"
        users = self.folder / "users"
        users.write_text("")
        # With what it suggests, too.
        suggested = self.folder / "suggested.conf"
        suggested.write_text(re.sub(r"(?m)^# ([a-z-]+=)", r"\1", conf.read_text()))
        self.assertNotEqual(suggested.read_text(), conf.read_text())
        for file in (conf, suggested):
            done = self.perceptd("--config", file, "--auth-file", users, "user", "list")
            self.assertEqual(done.returncode, 0, done.stderr)
        conf_with_error = self.folder / "wrong.conf"
        conf_with_error.write_text(conf.read_text() + "no-such-option=1\n")
        done = self.perceptd("--config", conf_with_error)
        self.assertEqual([str(done.returncode)], self.unit["RestartPreventExitStatus"])

    def test_the_unit_lets_the_server_end_by_itself(self):
        shown = re.search(r"--exit-timeout TEXT=(\w+)", self.perceptd("--help").stdout)
        (allowed,) = self.unit["TimeoutStopSec"]
        self.assertGreater(seconds(allowed), seconds(shown.group(1)))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    def test_the_unit_is_as_hardened_as_stated(self):
        unit = self.root / "usr/lib/systemd/system/perceptd.service"
        text = output_of("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
        (score,) = re.findall(r"Overall exposure level for perceptd.service: ([\d.]+)", text)
        page = (ROOT / "server/docs/RUN_A_CLASS.md").read_text(encoding="utf-8")
        (stated,) = re.findall(r"systemd-analyze security --offline=true` gives it ([\d.]+) ", page)
        self.assertLessEqual(float(score), float(stated), text)

    def test_it_is_installed_upgraded_removed_and_purged(self):
        if os.geteuid() != 0 or shutil.which("systemctl") is None:
            self.skipTest("this takes root and a systemctl")
        copy = self.folder / "copy"
        copy.mkdir()
        probe = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-euc",
                                "mount -t tmpfs t $0; mkdir $0/u $0/w $0/r; mount -t overlay o -o "
                                "lowerdir=/,upperdir=$0/u,workdir=$0/w $0/r", str(copy)],
                               capture_output=True, text=True)
        if probe.returncode != 0:
            self.skipTest(f"this machine allows no copy of it: {probe.stderr.strip()}")
        text = output_of("unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", LIFE,
                         env={"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "COPY": str(copy),
                              "PACKAGE": str(self.package)})
        said = {part.split("\n", 1)[0]: part for part in text.split("== ")[1:]}
        self.assertIn("deb-systemd-invoke start perceptd.service", said["install"])
        self.assertIn("/var/lib/percept percept percept 700", said["install"])
        self.assertIn("/etc/percept/tls root percept 750", said["install"])
        self.assertIn("/etc/percept/perceptd.conf root root 644", said["install"])
        self.assertIn("mnist", said["start"])
        self.assertIn("deb-systemd-invoke restart perceptd.service", said["upgrade"])
        self.assertNotIn("invoke stop", said["upgrade"])
        self.assertIn("deb-systemd-invoke stop perceptd.service", said["remove"])
        self.assertIn("percept.db", said["remove"])
        self.assertIn("perceptd.conf", said["remove"])
        self.assertIn("cannot access '/usr/share/percept'", said["remove"])
        self.assertEqual(re.findall(r"^/.*", said["purge"], re.MULTILINE), [], said["purge"])


if __name__ == "__main__":
    unittest.main()
