"""Inspects the objects that hold the kernels of each instruction set.

No weak symbol may stand in two of them, since the linker would keep one copy for all; and an object
must not use registers that its instruction set lacks.
"""

import argparse
import itertools
import re
import subprocess
import unittest

# Weak data that the compiler makes for exceptions; it holds no code.
HARMLESS = {"DW.ref.__gxx_personality_v0"}

# Encoded with VEX or EVEX: mnemonics that start with v (objdump prints no others of SSE's time).
VEX_MNEMONIC = re.compile(r"\tv[a-z0-9]+\b(?<!\tverr)(?<!\tverw)")
WIDE_REGISTERS = {"ymm": re.compile(r"%ymm\d"), "zmm": re.compile(r"%zmm\d|%k[0-7]\b")}


class KernelObjects(unittest.TestCase):
    nm = objdump = None
    objects = {}

    def weak_symbols(self, name):
        """Defined weak and unique symbols, which the linker merges across objects."""
        listing = subprocess.check_output([self.nm, "--defined-only", self.objects[name]], text=True)
        symbols = set()
        for line in listing.splitlines():
            kind, symbol = line.split()[-2:]
            if kind in "WVuwv":
                symbols.add(symbol)
        return symbols - HARMLESS

    def disassembly(self, name):
        return subprocess.check_output(
            [self.objdump, "-d", "--no-show-raw-insn", self.objects[name]], text=True)

    def test_shares_no_weak_symbol_between_instruction_sets(self):
        for first, second in itertools.combinations(self.objects, 2):
            with self.subTest(first=first, second=second):
                self.assertEqual(set(), self.weak_symbols(first) & self.weak_symbols(second))

    def test_weak_symbols_carry_the_instruction_sets_own_names(self):
        # Anything else could be merged with an inline function of the rest of the program.
        own = re.compile(r"N_(SSE4|AVX2|AVX3)")
        for name in self.objects:
            with self.subTest(name=name):
                self.assertEqual(set(), {s for s in self.weak_symbols(name) if not own.search(s)})

    def test_v2_object_has_no_avx_instruction(self):
        code = self.disassembly("x86-64-v2")
        self.assertIn("mulps", code)
        self.assertIsNone(VEX_MNEMONIC.search(code))
        self.assertIsNone(WIDE_REGISTERS["ymm"].search(code))

    def test_v3_object_uses_avx2_with_fma_but_no_avx512(self):
        code = self.disassembly("x86-64-v3")
        self.assertRegex(code, r"vfmadd\d+ps .*%ymm")
        self.assertIsNone(WIDE_REGISTERS["zmm"].search(code))

    def test_v4_object_uses_avx512(self):
        self.assertRegex(self.disassembly("x86-64-v4"), r"vfmadd\d+ps .*%zmm")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--nm", required=True)
    parser.add_argument("--objdump", required=True)
    parser.add_argument("objects", nargs="+", help="INSTRUCTION_SET=OBJECT")
    arguments = parser.parse_args()
    KernelObjects.nm = arguments.nm
    KernelObjects.objdump = arguments.objdump
    KernelObjects.objects = dict(pair.split("=", 1) for pair in arguments.objects)
    unittest.main(argv=["kernel_objects_test"], verbosity=2)
