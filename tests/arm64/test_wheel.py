"""The wheel of bf16mm for AArch64, made here and used by Debian's arm64 Python under an emulator."""

import os
import pathlib
import subprocess
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "ext" / "build_wheel.py"
ARM_ROOT = pathlib.Path(os.environ["PYTUNE_ARM_ROOT"])

# Small whole numbers: exact in bf16, and so are their products and sums.
USE = """
import array, sys
sys.path.insert(0, sys.argv[1])
import bf16mm
m, n, k = 9, 13, 6
a = memoryview(array.array("f", [(i % 7) - 3 for i in range(m * k)])).cast("B").cast("f", (m, k))
b = memoryview(array.array("f", [(i % 5) - 2 for i in range(k * n)])).cast("B").cast("f", (k, n))
c = memoryview(bf16mm.matmul(a, b, precision=sys.argv[2]))
for i in range(m):
    for j in range(n):
        assert c[i, j] == sum(a[i, l] * b[l, j] for l in range(k)), (i, j)
print(" ".join(bf16mm.backends()))
"""


class WheelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pytune-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.scratch = pathlib.Path(folder.name)
        done = cls.build(cls.scratch, "--aarch64", ARM_ROOT)
        if done.returncode and ("No matching distribution" in done.stderr or "Could not fetch" in done.stderr):
            raise unittest.SkipTest("no network for the build backend")
        assert done.returncode == 0, done.stderr + done.stdout
        cls.wheel = pathlib.Path(done.stdout.splitlines()[-1])
        zipfile.ZipFile(cls.wheel).extractall(cls.scratch / "site")

    @staticmethod
    def build(*words):
        return subprocess.run(
            ["/usr/bin/python3", BUILD, *words], capture_output=True, text=True, timeout=600, check=False
        )

    def use(self, cpu, precision):
        done = subprocess.run(
            [
                "qemu-aarch64",
                "-L",
                ARM_ROOT,
                "-cpu",
                cpu,
                ARM_ROOT / "usr/bin/python3",
                "-I",
                "-c",
                USE,
                self.scratch / "site",
                precision,
            ],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_is_tagged_for_aarch64_and_holds_one_module(self):
        self.assertRegex(self.wheel.name, r"^bf16mm-[\d.]+-cp3\d+-cp3\d+-linux_aarch64\.whl$")
        modules = [name for name in zipfile.ZipFile(self.wheel).namelist() if name.endswith(".so")]
        self.assertEqual(len(modules), 1)
        self.assertRegex(modules[0], r"^bf16mm\.cpython-3\d+-aarch64-linux-gnu\.so$")

    def test_multiplies_on_a_core_with_bfmmla_and_on_one_without(self):
        self.assertIn("neon-bfmmla", self.use("max", "medium"))
        without = self.use("neoverse-n1", "medium")
        self.assertNotIn("neon-bfmmla", without)
        self.assertIn("neon-fp32", without)

    def test_a_root_without_headers_is_refused_in_one_line(self):
        done = self.build(self.scratch, "--aarch64", self.scratch)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(
            done.stderr, r"^build_wheel\.py: no \S+/Python\.h: unpack the arm64 package libpython3\.\d+-dev there.*\n$"
        )

    def test_a_compiler_that_is_not_there_is_refused_in_one_line(self):
        done = self.build(self.scratch, "--aarch64", ARM_ROOT, "--compiler", "absent-gcc")
        self.assertEqual(
            done.stderr, "build_wheel.py: no absent-gcc: apt-get install gcc-aarch64-linux-gnu, or give --compiler\n"
        )


if __name__ == "__main__":
    unittest.main()
