"""A compiler of another Debian release, fetched once, compiles, links with LTO, trains and runs on this machine.

It is kept outside the checkout, as in test_cpython; without a network the tests are skipped with the reason.
"""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from offline import skip_where_nobody_was_reached
from test_cpython import CACHE, pytune

NAME = "debian:13/gcc-14"
SPEC = {
    "schema": 1,
    "source": "debian:trixie/3.13",
    "baseline": {"compiler": NAME, "opt": "O1"},
    "configurations": [{"name": "other", "compiler": NAME, "opt": "O2"}],
}
MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "made", "compiled by " __VERSION__, -1, 0};
PyMODINIT_FUNC PyInit_made(void) { return PyModule_Create(&module); }
"""
PROGRAM = '#include <stdio.h>\nint main(void) { return printf("%s\\n", __VERSION__) < 0; }\n'


class DebianCompilers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(tempfile.mkdtemp(prefix="pytune-real-"))
        cls.addClassCleanup(shutil.rmtree, cls.scratch, ignore_errors=True)
        cls.store = CACHE / "compilers"
        cls.store.mkdir(parents=True, exist_ok=True)
        spec = cls.scratch / "compilers.json"
        spec.write_text(json.dumps(SPEC))
        cls.spec = str(spec)
        # A source that is none ends the run when all compilers have been looked at.
        broken = cls.scratch / "broken"
        (broken / "Include").mkdir(parents=True)
        (broken / "Include" / "patchlevel.h").write_text('#define PY_VERSION "3.13.5"\n')
        (broken / "configure").write_text("#!/bin/sh\nexit 1\n")
        (broken / "configure").chmod(0o755)
        (broken / "README").write_text("This is Python.\n")
        cls.done = pytune("sweep", "--spec", cls.spec, "--source", str(broken), "--store", str(cls.store))
        skip_where_nobody_was_reached(cls.done.stderr)
        found = sorted(cls.store.glob("toolchain/*/root"))
        if not found:
            raise AssertionError(cls.done.stderr)
        cls.programs = found[-1] / "programs"
        cls.gcc = str(cls.programs / "gcc-14")

    def run_here(self, *words):
        done = subprocess.run(words, cwd=self.scratch, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_the_sweep_took_it_for_a_compiler_that_works_here(self):
        self.assertIn("the baseline does not build", self.done.stderr)
        self.assertNotIn("cannot be built here", self.done.stderr)

    def test_it_starts_its_own_assembler_and_linker(self):
        root = self.programs.resolve().parent
        for part in ("cc1", "as", "ld"):
            path = pathlib.Path(self.run_here(self.gcc, f"-print-prog-name={part}"))
            self.assertTrue(path.resolve().is_relative_to(root), path)

    def test_it_compiles_trains_and_links_with_lto_for_this_machine(self):
        (self.scratch / "hello.c").write_text(PROGRAM)
        lto = ("-O2", "-flto=auto", "hello.c", "-o")
        self.run_here(self.gcc, *lto, "plain")
        said = self.run_here("./plain")
        self.assertTrue(said.startswith("14."), said)
        self.run_here(self.gcc, "-fprofile-generate", *lto, "counting")
        self.run_here("./counting")
        self.assertTrue(list(self.scratch.glob("*.gcda")))
        self.run_here(self.gcc, "-fprofile-use", "-Wno-missing-profile", *lto, "trained")
        self.assertEqual(self.run_here("./trained"), said)
        self.run_here(self.gcc, "-O2", "-flto", "-c", "hello.c")
        self.run_here(str(self.programs / "gcc-ar-14"), "rcs", "libhello.a", "hello.o")
        self.assertIn("main", self.run_here(str(self.programs / "gcc-nm-14"), "libhello.a"))

    def test_an_extension_module_runs_in_the_systems_python(self):
        (self.scratch / "made.c").write_text(MODULE)
        headers = self.run_here("/usr/bin/python3", "-c", "import sysconfig; print(sysconfig.get_path('include'))")
        self.run_here(self.gcc, "-O2", "-shared", "-fPIC", f"-I{headers}", "made.c", "-o", "made.so")
        self.assertIn("compiled by 14.", self.run_here("/usr/bin/python3", "-c", "import made; print(made.__doc__)"))

    def test_the_same_compiler_is_not_fetched_again(self):
        again = pytune("sweep", "--spec", self.spec, "--plan", "--offline", "--store", str(self.store))
        self.assertNotIn("not fetched yet, so it was not tried", again.stdout)

    def test_a_version_that_the_release_has_not_is_dropped_with_those_it_has(self):
        other = self.scratch / "missing.json"
        other.write_text(json.dumps({**SPEC, "configurations": [{"name": "x", "compiler": "debian:13/gcc-99"}]}))
        told = pytune(
            "sweep", "--spec", str(other), "--source", str(self.scratch / "broken"), "--store", str(self.store)
        )
        skip_where_nobody_was_reached(told.stderr)
        self.assertRegex(told.stderr, r"Debian trixie has no gcc-99 for \w+; it has .*gcc-14")


if __name__ == "__main__":
    unittest.main()
