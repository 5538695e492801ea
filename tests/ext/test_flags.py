"""The user's own flags: they change neither a bit of a result nor anything in the process."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import unittest

import extension

# The products and the epilogue, on every backend; subnormals, which flushing would lose, and infinities and NaNs,
# which -ffast-math assumes away.
CODE = """
import hashlib, sys
tiny = sys.float_info.min
import bf16mm, test_threads
assert tiny / 2 > 0, "subnormal numbers are flushed"
from tensors import floats
a, b = test_threads.operands()
special = floats([1e-39, -1e-40, 0.0, -0.0, float("inf"), float("nan"), 3e38, 1.0, 2.0 ** -126], 3, 3)
for name in bf16mm.backends():
    with bf16mm.backend(name):
        for activation in (None, "relu", "gelu", "gelu_tanh"):
            for x, y in ((a, b), (special, special)):
                got = bf16mm.matmul(x, y, activation=activation, precision="high")
                print(name, activation, hashlib.sha256(bytes(got)).hexdigest())
assert tiny / 2 > 0, "subnormal numbers are flushed after a call"
"""


class UsersFlags(unittest.TestCase):
    def build(self, directory, **environment):
        """What CMake said; the module is then in the directory."""
        extension.need("cmake", "ninja", "cc")
        said = ""
        for command in (
            [
                "cmake",
                "-G",
                "Ninja",
                f"-S{extension.HOME / 'ext'}",
                f"-B{directory}",
                f"-DPython_EXECUTABLE={sys.executable}",
            ],
            ["cmake", "--build", str(directory), "--target", "bf16mm", "--parallel", "2"],
        ):
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
            )
            said += done.stdout + done.stderr
            if done.returncode:
                return said
        return said

    def test_no_bit_of_a_result_and_nothing_in_the_process_changes(self):
        plain = extension.run_python(CODE)
        self.assertGreaterEqual(len(plain.splitlines()), 8)
        with tempfile.TemporaryDirectory() as folder:
            said = self.build(
                folder,
                CC="cc -funsafe-math-optimizations",
                CFLAGS="-O0 -Ofast -ffast-math -ffp-contract=fast -fassociative-math -flto -fvisibility=default"
                " -D_GLIBCXX_ASSERTIONS -Werror",
                LDFLAGS="-Ofast -ffast-math -Wl,-O1",
            )
            self.assertIn("left out of CMAKE_C_FLAGS, for they change arithmetic: -Ofast -ffast-math", said)
            module = pathlib.Path(folder) / extension.module_path().name
            self.assertTrue(module.exists(), said[-2000:])
            built = extension.run_python(CODE, PYTHONPATH=f"{folder}{os.pathsep}{extension.HERE}")
        self.assertEqual(built, plain)

    def test_a_source_file_is_not_compiled_with_fast_math(self):
        extension.need("cc")
        header = extension.HOME / "ext" / "kernels" / "strict_arithmetic.h"
        for flag in ("-ffast-math", "-Ofast", "-ffinite-math-only", "-mfpmath=387"):
            if flag == "-mfpmath=387" and sysconfig.get_platform() != "linux-x86_64":
                continue
            done = subprocess.run(
                ["cc", flag, "-include", str(header), "-fsyntax-only", "-x", "c", os.devnull],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertNotEqual(done.returncode, 0, flag)
            self.assertIn("#error", done.stderr)

    def test_a_module_that_would_flush_subnormal_numbers_is_not_kept(self):
        extension.need("cc", "cmake")
        with tempfile.TemporaryDirectory() as folder:
            module = pathlib.Path(folder) / "module.so"
            module.write_bytes(b"\0.symtab\0set_fast_math\0")
            done = subprocess.run(
                ["cmake", f"-DMODULE={module}", "-P", str(extension.HOME / "ext" / "check_module.cmake")],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("crtfastmath.o", done.stderr)
            self.assertFalse(module.exists())
            kept = pathlib.Path(folder) / "kept.so"
            shutil.copy(extension.module_path(), kept)
            subprocess.run(
                ["cmake", f"-DMODULE={kept}", "-P", str(extension.HOME / "ext" / "check_module.cmake")], check=True
            )
            self.assertTrue(kept.exists())


if __name__ == "__main__":
    unittest.main()
