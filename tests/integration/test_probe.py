"""How `pytune measure` asks real interpreters what they are: whatever launches them, and whatever their sites print.

Nothing is measured: one that is named twice is refused only when both have answered.
"""

import pathlib
import subprocess
import sys
import unittest

from fakes import Bench

ANSWERED = "again; a copy of the first interpreter is measured in any case"
# Of this very interpreter, without an environment that it may be in.
PYTHON = str(pathlib.Path(sys.executable).resolve())


class ProbeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.venv = cls.bench.root / "venv"
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", cls.venv], check=True, capture_output=True)
        cls.python = cls.venv / "bin" / "python"
        cls.site = next(cls.venv.glob("lib/python3.*/site-packages"))

    def script(self, name, body):
        path = self.bench.root / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def says(self, text, *words, **options):
        done = self.bench.verb("measure", *words, "--store", str(self.bench.store), **options)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertIn(text, done.stderr)

    def test_it_is_heard_whatever_its_site_says(self):
        for customize in (
            "print('hello')",
            "import atexit; atexit.register(lambda: print('bye'))",
            "import sys, io; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-16')",
            "import sys; sys.executable = '/bin/true'",
        ):
            with self.subTest(customize):
                (self.site / "sitecustomize.py").write_text(customize + "\n")
                self.says(ANSWERED, str(self.python), str(self.python))
        (self.site / "sitecustomize.py").write_text("import os; os._exit(0)\n")
        self.says("it ended without an answer", str(self.python), str(self.python))
        for nothing in ("None", "''"):
            (self.site / "sitecustomize.py").write_text(f"import sys; sys.executable = {nothing}\n")
            self.says("its sys.executable is empty", str(self.python), str(self.python))
        (self.site / "sitecustomize.py").unlink()

    def test_a_launcher_is_heard_whatever_it_says(self):
        for name, body in (
            ("after", f'{PYTHON} "$@"; status=$?; echo done; exit $status'),
            ("verbose", f'exec {PYTHON} -v "$@"'),
            ("called", f'exec -a "$0" {PYTHON} "$@"'),
        ):
            with self.subTest(name):
                launcher = self.script(name, body)
                self.says(ANSWERED, launcher, launcher)

    def test_one_that_ignores_its_environment_is_refused(self):
        for option in ("-E", "-I"):
            launcher = self.script("isolated", f'exec {PYTHON} {option} "$@"')
            self.says("it starts Python with -E or -I", PYTHON, launcher)

    def test_a_launcher_that_passes_on_its_name_is_a_launcher(self):
        """sys.executable is the launcher's path whichever it starts, as of Nix's wrappers and some shims."""
        copy = self.bench.root / "copy"
        (copy / "bin").mkdir(parents=True)
        (copy / "pyvenv.cfg").write_text(f"home = {pathlib.Path(PYTHON).parent}\n")
        other = copy / "bin" / pathlib.Path(PYTHON).name
        other.write_bytes(pathlib.Path(PYTHON).read_bytes())
        other.chmod(0o755)
        body = f'if [ "$PWD" = / ]; then exec -a "$0" {PYTHON} "$@"; else exec -a "$0" {other} "$@"; fi'
        self.says("is a launcher (shim)", PYTHON, self.script("by-directory", body))


if __name__ == "__main__":
    unittest.main()
