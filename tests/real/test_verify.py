"""The reduced gate over the patches that come with pytune, on real CPython with the real gcc.

The store is test_cpython.py's, and so is the unpatched build: what is new is one build with the patches, a few objects
and a minute of running. Needs the network the first time; without it the tests are skipped with the reason.
"""

import json
import os
import pathlib
import subprocess
import unittest

from offline import skip_where_nobody_was_reached

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTUNE = os.environ.get("PYTUNE_BIN", str(ROOT / "build" / "dev" / "pytune"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "pytune-tests"
PATCHES = [path.stem for path in sorted((ROOT / "patches/3.13").glob("*.patch"))]


class VerifyRealTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        store = CACHE / "store"
        store.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTUNE_HOME": str(ROOT), "NO_COLOR": "1"}
        done = subprocess.run(
            [
                PYTUNE,
                "patches",
                "verify",
                "--source",
                "debian:trixie/3.13",
                "--reduced",
                "--store",
                str(store),
                "--json",
            ],
            env=environment,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        if not done.stdout:
            skip_where_nobody_was_reached(done.stderr)
        cls.status, cls.result = done.returncode, json.loads(done.stdout)

    def rows(self, gate):
        return {row["patch"]: row for row in self.result["rows"] if row["gate"] == gate}

    def test_nothing_fails(self):
        self.assertEqual([row for row in self.result["rows"] if row["outcome"] == "failed"], [])
        self.assertEqual(self.status, 0)

    def test_everything_but_the_target_was_looked_at(self):
        self.assertEqual(
            [
                row["gate"]
                for row in self.result["rows"]
                if row["outcome"] == "skipped" and row["gate"] != "x86-64 objects"
            ],
            ["target"],
        )
        self.assertEqual(list(self.rows("applies")), [*PATCHES, "series"])
        self.assertEqual(list(self.rows("micro-benchmark")), PATCHES)
        for gate in ("generated files", "builds", "differential", "test suite"):
            self.assertEqual(self.rows(gate)["series"]["outcome"], "passed")

    def test_generators_did_run(self):
        self.assertIn("the global objects", self.rows("generated files")["series"]["why"])
        self.assertIn("the arguments of Modules/binascii.c", self.rows("generated files")["series"]["why"])

    def test_tests_did_run(self):
        why = self.rows("test suite")["series"]["why"]
        self.assertGreater(int(why.split()[0]), 100, why)


if __name__ == "__main__":
    unittest.main()
