"""A user's environment that would change everything changes nothing but what is said."""

import json
import unittest

from fakes import FAKES, Bench

HOSTILE = {
    "PYTHONHOME": "/nowhere",
    "PYTHONPATH": "/nowhere",
    "PYTHONOPTIMIZE": "2",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=0",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "7",
    "PIP_TARGET": "/nowhere",
    "PIP_USER": "1",
    "PIP_REQUIRE_HASHES": "1",
    "CFLAGS": "-odd",
    "LDFLAGS": "-odd",
    "CPATH": "/nowhere",
    "C_INCLUDE_PATH": "/nowhere",
    "LIBRARY_PATH": "/nowhere",
    "GCC_EXEC_PREFIX": "/nowhere/",
    "COMPILER_PATH": "/nowhere",
    "CCC_OVERRIDE_OPTIONS": "+-odd",
    "MAKEFLAGS": "-n",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "SOURCE_DATE_EPOCH": "1",
    "LANGUAGE": "de",
    "LC_ALL": "de_DE.UTF-8",
}
# What the fakes write down of their environment.
RECORD = """#!/bin/sh
env >>"$FAKE_RECORD"
exec {} "$@"
"""


class SurroundingsTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def seen(self, record):
        return {line.partition("=")[0] for line in record.read_text().splitlines()}

    def test_a_sweep_comes_to_the_same_and_says_what_it_left_out(self):
        wrappers = self.bench.root / "bin"
        wrappers.mkdir()
        for name in ("gcc-11", "gcc-12"):
            (wrappers / name).write_text(RECORD.format(FAKES / "bin" / name))
            (wrappers / name).chmod(0o755)
        record = self.bench.root / "record"
        path = f"{wrappers}:{self.bench.environment()['PATH']}"
        clean = self.bench.result(PATH=path, FAKE_RECORD=str(record))
        other = Bench()
        self.addCleanup(other.close)
        record.unlink()
        for name in ("spec", "home", "tree"):
            setattr(other, name, getattr(self.bench, name))
        dirty = other.result(PATH=path, FAKE_RECORD=str(record), **HOSTILE)
        ids = [build["id"] for build in clean["builds"]]
        self.assertEqual([build["id"] for build in dirty["builds"]], ids)
        self.assertEqual(dirty["recommendation"]["arm"], clean["recommendation"]["arm"])
        self.assertGreater(dirty["created"], "2020")
        self.assertEqual(self.seen(record) & HOSTILE.keys(), {"LC_ALL"})
        self.assertIn("LC_ALL=C\n", record.read_text())
        notes = set(dirty["measurement"]["notes"]) - set(clean["measurement"]["notes"])
        built = [note for note in notes if note.startswith("built without")]
        measured = [note for note in notes if note.startswith("measured without")]
        self.assertEqual((len(built), len(measured)), (1, 1), notes)
        for name in ("CFLAGS", "CPATH", "GCC_EXEC_PREFIX", "MAKEFLAGS", "CCC_OVERRIDE_OPTIONS"):
            self.assertIn(name, built[0])
        for name in ("PYTHONHOME", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS"):
            self.assertIn(name, measured[0])

    def test_a_plan_is_the_same(self):
        plain = self.bench.sweep("--plan", "--json")
        hostile = self.bench.sweep("--plan", "--json", **HOSTILE)
        self.assertEqual((hostile.returncode, hostile.stderr), (0, ""))
        self.assertEqual(json.loads(hostile.stdout), json.loads(plain.stdout))


if __name__ == "__main__":
    unittest.main()
