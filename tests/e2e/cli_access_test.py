#!/usr/bin/env python3
"""Users, tokens and sharing, as an administrator and a class meet them on the command line."""

import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

from cli import (LOCAL, NOT_ALLOWED, OK, REFUSED, TIMEOUT, USAGE, CliTest, Result, environment,
                 percept, perceptd)


class AccessTest(CliTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.home = str(Path(cls.folder, "home"))
        cls.users = str(Path(cls.folder, "users"))
        cls.tokens = {name: cls.must_add(name, role) for name, role in (
            ("vera", "viewer"), ("stu", "student"), ("ann", "student"), ("ina", "instructor"))}
        cls.server = perceptd.start(Path(cls.folder, "data"), "--auth-file", cls.users)
        cls.addClassCleanup(lambda: cls.server.kill())
        created = cls.run_cli("dataset", "create", "xor", "--generator", "xor",
                              PERCEPT_TOKEN=cls.tokens["stu"])
        assert created.code == OK, created.err

    @classmethod
    def user(cls, *words):
        done = subprocess.run(
            [perceptd.program("PERCEPTD", "build/release/bin/perceptd"), "--auth-file", cls.users,
             "user", *words], capture_output=True, text=True, timeout=TIMEOUT, env=environment(cls.home))
        return Result(done.returncode, done.stdout, done.stderr)

    @classmethod
    def must_add(cls, name, role, *more):
        added = cls.user("add", name, "--role", role, *more)
        assert added.code == 0, added.err
        return added.out.strip()

    def as_user(self, name, *words):
        return self.run_cli(*words, PERCEPT_TOKEN=self.tokens[name])

    def login(self, home, text, *words):
        env = environment(home, PERCEPT_SERVER=self.server.address)
        done = subprocess.run(percept(*words, "login"), env=env, input=text, capture_output=True,
                              text=True, timeout=TIMEOUT)
        return Result(done.returncode, done.stdout, done.stderr)

    def test_users_are_added_listed_given_new_tokens_and_removed(self):
        token = self.must_add("eva", "viewer", "--expires", "30d")
        self.assertRegex(token, r"\Apercept_[\w-]{56}\Z")
        self.assertNotIn(token, Path(self.users).read_text(encoding="utf-8"))
        self.assertRegex(self.user("list").out, r"(?m)^eva +viewer +20\d\d-.*20\d\d-")
        self.assertEqual(self.user("add", "eva", "--role", "viewer").code, LOCAL)
        rotated = self.user("rotate", "eva")
        self.assertEqual(rotated.code, 0)
        self.assertNotEqual(rotated.out.strip(), token)
        self.assertEqual(self.user("remove", "eva").code, 0)
        self.assertEqual(self.user("remove", "eva").code, LOCAL)

    def test_mistakes_of_an_administrator_are_named(self):
        for words, code, message in (
                (["add", "x/y", "--role", "viewer"], LOCAL, "NAME: must be 1 to 64 letters"),
                (["add", "x", "--role", "king"], LOCAL, "--role: must be viewer, student"),
                (["add", "x", "--role", "viewer", "--expires", "soon"], LOCAL,
                 "--expires: must be a duration"),
                (["add", "class-link", "--role", "viewer"], LOCAL, "that the server uses itself"),
                (["rotate", "nobody"], LOCAL, "there is no user nobody"),
                (["add", "x"], USAGE, "--role"),
                ([], USAGE, "subcommand")):
            result = self.user(*words)
            self.assertEqual(result.code, code, result.err)
            self.assertIn(message, result.err)
            self.assertEqual(len(result.err.splitlines()), 1, result.err)

    def test_without_a_token_nothing_but_health_is_answered(self):
        self.ok("server", "health")
        for words in (["server", "info"], ["job", "list"], ["train", "mlp", "--dataset", "xor"]):
            self.refused(NOT_ALLOWED, "token: this server asks for one", *words)
        self.refused(NOT_ALLOWED, "none of this server's users", "--token", "percept_x", "job", "list")

    def test_login_keeps_the_token_for_the_next_call(self):
        with tempfile.TemporaryDirectory() as home:
            logged_in = self.login(home, self.tokens["stu"] + "\n")
            self.assertEqual(logged_in.code, OK, logged_in.err)
            self.assertIn("knows you as stu, student", logged_in.out)
            config = Path(home, ".config/percept/config")
            self.assertEqual(stat.S_IMODE(config.stat().st_mode), 0o600)
            env = environment(home, PERCEPT_SERVER=self.server.address)
            listed = subprocess.run(percept("job", "list"), env=env, capture_output=True,
                                    timeout=TIMEOUT)
            self.assertEqual(listed.returncode, OK)
            wrong = self.login(home, "percept_nonsense\n")
            self.assertEqual(wrong.code, NOT_ALLOWED)
            self.assertIn(self.tokens["stu"], config.read_text(encoding="utf-8"))
            self.assertEqual(self.login(home, "\n").code, REFUSED)

    def test_login_keeps_the_server_too_when_it_is_named(self):
        with tempfile.TemporaryDirectory() as home:
            self.assertEqual(self.login(home, self.tokens["stu"], "--server", self.server.address).code,
                             OK)
            listed = subprocess.run(percept("job", "list"), env=environment(home),
                                    capture_output=True, timeout=TIMEOUT)
            self.assertEqual(listed.returncode, OK)

    def test_roles(self):
        self.assertEqual(self.as_user("vera", "job", "list").code, OK)
        refused = self.as_user("vera", "train", "mlp", "--dataset", "xor")
        self.assertEqual(refused.code, NOT_ALLOWED)
        self.assertIn("CreateJob needs at least student, vera is viewer", refused.err)

    def test_sharing(self):
        trained = self.as_user("stu", "train", "mlp", "--dataset", "xor", "--epochs", "1", "--detach",
                               "--visibility", "private")
        self.assertEqual(trained.code, OK, trained.err)
        job = trained.out.strip()
        self.assertEqual(self.as_user("ann", "job", "get", job).code, NOT_ALLOWED)
        self.assertEqual(self.as_user("ina", "job", "get", job).code, OK)
        self.assertEqual(self.as_user("ann", "job", "share", job, "public").code, NOT_ALLOWED)
        shared = self.as_user("stu", "job", "share", job, "class")
        self.assertEqual(shared.out, f"{job} class\n")
        self.assertEqual(self.as_user("ann", "job", "get", job).code, OK)
        self.assertEqual(self.as_user("stu", "job", "share", job, "everybody").code, USAGE)
        hidden = self.as_user("stu", "dataset", "share", "xor", "private")
        self.assertEqual(hidden.out, "datasets/xor private\n")
        self.assertEqual(self.as_user("ann", "dataset", "get", "xor").code, NOT_ALLOWED)
        self.assertEqual(self.as_user("stu", "dataset", "share", "xor", "class").code, OK)

    def test_class_link(self):
        self.assertEqual(self.as_user("stu", "class", "open").code, NOT_ALLOWED)
        opened = self.as_user("ina", "--json", "class", "open", "--for", "1h")
        self.assertEqual(opened.code, OK, opened.err)
        link = opened.objects[0]
        self.assertRegex(link["links"][0], r"\Ahttp://127\.0\.0\.1:\d+/login#token=percept_")
        guest = self.run_cli("job", "list", PERCEPT_TOKEN=link["token"])
        self.assertEqual(guest.code, OK, guest.err)
        refused = self.run_cli("dataset", "create", "mine", "--generator", "xor",
                               PERCEPT_TOKEN=link["token"])
        self.assertEqual(refused.code, NOT_ALLOWED)
        self.assertEqual(self.as_user("ina", "class", "close").code, OK)
        self.assertEqual(self.run_cli("job", "list", PERCEPT_TOKEN=link["token"]).code, NOT_ALLOWED)

    def test_a_server_whose_users_are_not_there_says_how_to_make_them(self):
        with self.assertRaises(perceptd.StartFailed) as failed:
            perceptd.start(Path(self.folder, "other"), "--auth-file", "/nonexistent/users")
        self.assertIn("user add NAME --role admin", str(failed.exception))


if __name__ == "__main__":
    unittest.main()
