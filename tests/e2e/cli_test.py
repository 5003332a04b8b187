#!/usr/bin/env python3
"""The command line itself: help, mistakes, completion, and where the server is."""

import re
import shutil
import socket
import subprocess
import unittest
from pathlib import Path

from cli import (OK, TIMEOUT, UNREACHABLE, UNREACHABLE_ADDRESS, USAGE, CliTest, Result, environment,
                 percept)


class ServerTest(CliTest):
    def test_info(self):
        info = self.ok("server", "info", "--json").objects[0]
        self.assertEqual(info["grpc_addresses"], [self.server.address])
        self.assertRegex(self.ok("server", "info").out, rf"\Aperceptd at {self.server.address}\n")

    def test_health(self):
        self.assertEqual(self.ok("server", "health").out, "SERVING\n")
        self.assertEqual(self.ok("server", "health", "--json").objects, [{"status": "SERVING"}])

    def test_server_out_of_reach(self):
        for words in (["server", "health"], ["server", "info"], ["job", "list"], ["job", "watch", "x"],
                      ["train", "mlp", "--dataset", "xor"]):
            self.refused(UNREACHABLE, "cannot reach a server at 127.0.0.1:1: connection refused; "
                         "start one with perceptd", *words, server=UNREACHABLE_ADDRESS)

    def test_server_that_never_answers(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = "127.0.0.1:%d" % silent.getsockname()[1]
            self.refused(UNREACHABLE, address, "server", "info", server=address)

    def test_where_the_address_comes_from(self):
        config = Path(self.folder, "config")
        (config / "percept").mkdir(parents=True)
        file = config / "percept" / "config"
        file.write_text(f"# lab\nserver = {self.server.address}\n", encoding="utf-8")
        env = environment(self.home, XDG_CONFIG_HOME=str(config))

        def code(*words, **variables):
            return subprocess.run(percept(*words, "server", "health"), env={**env, **variables},
                                  capture_output=True, timeout=TIMEOUT).returncode

        self.assertEqual(code(), OK)
        self.assertEqual(code(PERCEPT_SERVER=UNREACHABLE_ADDRESS), UNREACHABLE)
        self.assertEqual(code("--server", self.server.address, PERCEPT_SERVER=UNREACHABLE_ADDRESS), OK)
        file.write_text("sevrer = x\n", encoding="utf-8")
        self.assertEqual(code(), USAGE)


class CommandLineTest(unittest.TestCase):
    """What needs no server."""

    def run_cli(self, *words):
        done = subprocess.run(percept(*words), env=environment("/nonexistent"), capture_output=True,
                              text=True, timeout=TIMEOUT)
        return Result(done.returncode, done.stdout, done.stderr)

    def commands(self, *path):
        """All commands below a command, and itself."""
        result = self.run_cli(*path, "--help")
        self.assertEqual((result.code, result.err), (OK, ""))
        yield path, result.out
        listed = re.search(r"\nCommands:\n(.*?)\n\n", result.out, re.DOTALL)
        for name in re.findall(r"^  ([\w-]+)\b", listed[1], re.MULTILINE) if listed else []:
            yield from self.commands(*path, name)

    def test_help_of_every_command_has_an_example(self):
        seen = list(self.commands())
        self.assertGreater(len(seen), 25)
        for path, text in seen:
            command = " ".join(["percept", *path])
            self.assertRegex(text, rf"Example:\n  .*{command}")
            self.assertIn(f"Usage: {command}", text)

    def test_mistakes_on_the_command_line(self):
        for words in ([], ["fly"], ["job"], ["job", "get"], ["job", "list", "--colour"],
                      ["job", "get", "a", "b"], ["--server", "h:x", "job", "list"]):
            result = self.run_cli(*words)
            self.assertEqual(result.code, USAGE, words)
            self.assertEqual(result.out, "")
            self.assertRegex(result.err, r"\Apercept: [^\n]+\n\Z")

    def test_a_word_that_is_no_command_is_named(self):
        self.assertIn("no such command: jobs; see percept --help", self.run_cli("jobs").err)
        self.assertIn("no such command: lst; see percept job --help", self.run_cli("job", "lst").err)
        self.assertIn("no such option: --bar", self.run_cli("--bar").err)
        self.assertIn("a command is needed; see percept job --help", self.run_cli("job").err)

    def test_version(self):
        self.assertRegex(self.run_cli("--version").out, r"\Apercept \d+\.\d+\.\d+\n\Z")

    def test_completion_scripts_can_be_read_by_their_shells(self):
        for shell in ("bash", "zsh"):
            script = self.run_cli("completion", shell).out
            self.assertIn("'percept job watch'", script)
            if shutil.which(shell):
                checked = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True,
                                         timeout=TIMEOUT)
                self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = self.run_cli("completion", "bash").out + (
            '\nCOMP_WORDS=("$@") COMP_CWORD=$(($# - 1))\n_percept\nprintf "%s\\n" "${COMPREPLY[@]}"\n')
        done = subprocess.run(["bash", "-c", script, "bash", "percept", *words], capture_output=True,
                              text=True, timeout=TIMEOUT)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_commands_flags_and_values(self):
        self.assertEqual(self.complete("jo"), ["job"])
        self.assertEqual(self.complete("job", "s"), ["snapshots", "share"])
        self.assertEqual(self.complete("model", "export", "--format", ""),
                         ["safetensors", "npz", "onnx"])
        self.assertEqual(self.complete("train", "mlp", "--ac"), ["--activation"])
        self.assertEqual(self.complete("train", "mlp", "--activation", ""),
                         ["tanh", "sigmoid", "relu", "gelu"])
        self.assertEqual(self.complete("train", "mlp", "--activation", "=", "t"), ["tanh"])
        self.assertEqual(self.complete("job", "watch", "--json", "--start-index", ""), [])


if __name__ == "__main__":
    unittest.main()
