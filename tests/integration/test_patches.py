"""`pytune patches` over a series and a source tree of its own: all or nothing, and one clear line when nothing."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PYTUNE = os.environ.get("PYTUNE_BIN", "build/dev/pytune")
HEADER = (
    "Description: {0}\nAuthor: pytune\nForwarded: no\nLast-Update: 2026-11-25\nArchitecture: any\nCompiler: any\n"
    "Versions: 3.13.5\nEffect: not counted: a test\n---\n"
)
FIRST = "--- a/Python/a.c\n+++ b/Python/a.c\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"
SECOND = "--- a/Python/b.c\n+++ b/Python/b.c\n@@ -1 +1 @@\n-x\n+y\n"


class PatchesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home, self.tree = pathlib.Path(folder.name, "home"), pathlib.Path(folder.name, "tree")
        for path in (
            self.home / "profiles/workloads",
            self.home / "patches/3.13",
            self.tree / "Include",
            self.tree / "Python",
        ):
            path.mkdir(parents=True)
        self.write_patch("0001-first", FIRST)
        self.write_patch("0002-second", SECOND)
        (self.home / "patches/3.13/series").write_text("0001-first.patch\n0002-second.patch\n")
        self.write_tree("3.13.5")

    def write_patch(self, name, diff):
        (self.home / f"patches/3.13/{name}.patch").write_text(HEADER.format(name) + diff)

    def write_tree(self, version, first="one\ntwo\nthree\n"):
        (self.tree / "Include/patchlevel.h").write_text(f'#define PY_VERSION "{version}"\n')
        (self.tree / "configure").write_text("")
        (self.tree / "Python/a.c").write_text(first)
        (self.tree / "Python/b.c").write_text("x\n")

    def patches(self, *words):
        environment = {**os.environ, "PYTUNE_HOME": str(self.home)}
        return subprocess.run(
            [PYTUNE, "patches", *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def refused(self, *words):
        before = {path: path.read_bytes() for path in self.tree.rglob("*") if path.is_file()}
        done = self.patches(*words)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual({path: path.read_bytes() for path in self.tree.rglob("*") if path.is_file()}, before)
        return done.returncode, done.stderr

    def test_lists_and_shows_what_there_is(self):
        self.assertIn("0001-first", self.patches("list").stdout)
        [series] = json.loads(self.patches("list", "--json").stdout)
        self.assertEqual([patch["name"] for patch in series["patches"]], ["0001-first", "0002-second"])
        self.assertEqual(series["patches"][0]["files"], ["Python/a.c"])
        self.assertEqual(self.patches("show", "--patch", "0002").stdout, HEADER.format("0002-second") + SECOND)

    def test_applies_the_series_and_refuses_to_do_it_twice(self):
        done = self.patches("apply", self.tree)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((self.tree / "Python/a.c").read_text(), "one\n2\nthree\n")
        self.assertEqual((self.tree / "Python/b.c").read_text(), "y\n")
        status, told = self.refused("apply", self.tree)
        self.assertEqual(status, 1)
        self.assertIn("0001-first: Python/a.c, hunk 1 (line 1) is in the file already", told)

    def test_applies_one_patch_alone(self):
        self.assertEqual(self.patches("apply", self.tree, "--patch", "0002-second").returncode, 0)
        self.assertEqual((self.tree / "Python/a.c").read_text(), "one\ntwo\nthree\n")
        self.assertEqual((self.tree / "Python/b.c").read_text(), "y\n")
        self.assertIn("partly patched", self.refused("apply", self.tree)[1])

    def test_refuses_other_trees(self):
        self.write_tree("3.14.2")
        self.assertIn("no patches for 3.14", self.refused("apply", self.tree)[1])
        self.assertIn("is CPython 3.14.2", self.refused("apply", self.tree, "--minor", "3.13")[1])
        self.write_tree("3.13.5", "one\nzwei\nthree\n")
        self.assertIn(
            "0001-first: Python/a.c, hunk 1 (line 1) its lines are not there", self.refused("apply", self.tree)[1]
        )
        self.assertIn("not a CPython source tree", self.refused("apply", self.home)[1])

    def test_refuses_bad_patches(self):
        self.write_patch("0002-second", SECOND.replace("/b.c", "/../../b.c"))
        self.assertIn("no path inside the source tree", self.refused("apply", self.tree)[1])
        self.write_patch("0002-second", SECOND[:-3])
        self.assertIn(
            "0002-second.patch, line 13: Python/b.c, hunk 1: the patch is cut off", self.refused("apply", self.tree)[1]
        )

    def test_tells_how_it_is_used(self):
        for words in (
            (),
            ("verify", "x"),
            ("check",),
            ("apply",),
            ("list", "x"),
            ("show", "--json"),
            ("list", "--patch", "0001"),
        ):
            status, _ = self.refused(*words)
            self.assertEqual(status, 2, words)
        self.assertIn("there are 0001-first, 0002-second", self.refused("show", "--patch", "0003")[1])


if __name__ == "__main__":
    unittest.main()
