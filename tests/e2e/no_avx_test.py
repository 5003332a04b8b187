#!/usr/bin/env python3
"""A run on kernels for x86-64-v2 executes no AVX instruction.

Programs run on an emulated processor that has no AVX, so that the first such instruction, in our
code or in a library's, would end them. On a processor with AVX, our code runs the same instructions
when PERCEPT_INSTRUCTION_SET is x86-64-v2; the C library may choose AVX there, for memcpy and the
like.

AVX_PROBE, ML_TEST and OBJDUMP name programs, WIDE_OBJECTS the objects with kernels for x86-64-v3
and v4.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from cli import CliTest, perceptd

# Of 2008, the first with all of x86-64-v2.
PROCESSOR = "Nehalem"

# Encoded with VEX or EVEX: mnemonics that start with v (objdump prints no others of SSE's time).
AVX_MNEMONIC = re.compile(r"\tv(?!err\b|erw\b)[a-z0-9]+\b")

# On dense and sparse data, with each optimiser.
TRAININGS = [
    ["perceptron", "--dataset", "digits", "--iterations", "200"],
    ["multiperceptron", "--dataset", "digits", "--epochs", "1"],
    ["mlp", "--dataset", "digits", "--hidden", "64", "--epochs", "1", "--no-evaluate"],
    ["mlp", "--dataset", "points", "--hidden", "3", "--optimizer", "adam", "--batch-size", "5",
     "--epochs", "2", "--report-frequency", "10"],
    ["mlp", "--dataset", "points", "--hidden", "40,100", "--activation", "gelu", "--optimizer",
     "momentum", "--epochs", "2"],
]


def emulator():
    found = shutil.which("qemu-x86_64")
    if found is None:
        raise FileNotFoundError("there is no qemu-x86_64; script/bootstrap installs qemu-user")
    return [found, "-cpu", PROCESSOR]


def avx_functions(program):
    """Names of the functions that hold an AVX instruction."""
    listing = subprocess.run([os.environ["OBJDUMP"], "-d", "--no-show-raw-insn", program],
                             check=True, capture_output=True, text=True).stdout
    names, current = set(), None
    for line in listing.splitlines():
        if line.endswith(">:"):
            current = line.split("<", 1)[1].removesuffix(">:")
        elif AVX_MNEMONIC.search(line):
            names.add(current)
    return names


class EmulatedProcessor(unittest.TestCase):
    def test_ends_a_program_at_its_first_avx_instruction(self):
        # The probe runs where there is AVX: it is the instruction that ends it elsewhere.
        probe = os.environ["AVX_PROBE"]
        with_avx = [*emulator()[:-1], "max"]
        self.assertEqual(subprocess.run([*with_avx, probe]).returncode, 0)
        ended = subprocess.run([*emulator(), probe], capture_output=True)
        self.assertEqual(ended.returncode, -signal.SIGILL)

    def test_runs_every_kernel(self):
        # The suites called ...By go through the instruction sets that the processor has.
        done = subprocess.run(
            [*emulator(), os.environ["ML_TEST"], "--gtest_filter=*By.*"],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        self.assertRegex(done.stdout, r"\[  PASSED  \] [1-9]\d* tests")
        self.assertNotRegex(done.stdout, "/V[34]")


class EmulatedServer(CliTest):
    """A whole server on the emulated processor, beside one on this machine's."""

    @classmethod
    def setUpClass(cls):
        program = perceptd.program("PERCEPTD", "build/release/bin/perceptd")
        tools = tempfile.TemporaryDirectory()
        cls.addClassCleanup(tools.cleanup)
        emulated = Path(tools.name, "perceptd")
        emulated.write_text(f"#!/bin/sh\nexec {shlex.join([*emulator(), program])} \"$@\"\n")
        emulated.chmod(0o755)
        with mock.patch.dict(os.environ, PERCEPTD=str(emulated)):
            super().setUpClass()
        cls.real = perceptd.start(Path(cls.folder, "real"),
                                  environment={"PERCEPT_INSTRUCTION_SET": "x86-64-v2"})
        cls.addClassCleanup(cls.real.kill)

    def snapshots(self, server, *words):
        """What each snapshot of a training measured, and the checksum of its parameters."""
        *snapshots, job = self.ok("train", *words, "--json", "--quiet",
                                  server=server.address).objects
        self.assertEqual(job["state"], "SUCCEEDED")
        return [(each["metrics"], each["parameters_crc32c"]) for each in snapshots]

    def test_takes_the_kernels_that_the_processor_has(self):
        self.assertEqual(self.ok("server", "info", "--json").objects[0]["instruction_set"],
                         "x86-64-v2")

    def test_trains_every_model_to_the_bits_of_a_real_processor(self):
        for server in (self.server, self.real):
            self.ok("dataset", "create", "points", "--generator", "xor", server=server.address)
            self.ok("dataset", "create", "digits", "--binary", "mnist", "--positive", "1",
                    "--negative", "0", server=server.address)
        for words in TRAININGS:
            with self.subTest(" ".join(words)):
                expected = self.snapshots(self.real, *words)
                self.assertGreater(len(expected), 1)
                self.assertEqual(self.snapshots(self.server, *words), expected)


class Perceptd(unittest.TestCase):
    def test_has_avx_instructions_in_its_wide_kernels_alone(self):
        program = perceptd.program("PERCEPTD", "build/release/bin/perceptd")
        wide = set().union(*map(avx_functions, os.environ["WIDE_OBJECTS"].split(":")))
        found = avx_functions(program)
        self.assertGreater(len(found), 0)
        self.assertEqual(found - wide, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
