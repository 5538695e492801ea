"""Arms of one interpreter with other surroundings: `measure "NAME=VALUE PYTHON"` and --preload."""

import json
import pathlib
import platform
import sys
import unittest

from fakes import SHEBANG, Bench

# Of glibc itself, and in no interpreter by itself.
LIBRARY = "libc_malloc_debug.so.0"
REAL = sys.executable


class ArmsTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.seen = self.bench.root / "seen"
        self.python = self.interpreter("python")

    def interpreter(self, name):
        """Writes down the environment of each of its workers."""
        path = self.bench.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        note = f"""
import sys
if '--worker' in sys.argv:
    import os
    print(dict(os.environ), file=open({str(self.seen)!r}, 'a'))
"""
        path.write_text(f"{SHEBANG}FLAGS = '-O3'\n{note}\n{(self.bench.tree / 'fake-python').read_text()}")
        path.chmod(0o755)
        return str(path)

    def measure(self, *words, **extra):
        return self.bench.verb("measure", *words, "--rounds", "5", "--store", str(self.bench.store), **extra)

    def result(self, *words, **extra):
        done = self.measure("--json", *words, **extra)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def speeds(self, result):
        names = {one["arm"]: one["name"] for one in result["interpreters"]}
        return {names.get(row["arm"], row["arm"]): row["speed"]["estimate"] for row in result["comparison"]["arms"]}

    def workers(self):
        return [eval(line) for line in self.seen.read_text().splitlines()]

    def test_variables_make_another_arm_of_the_same_interpreter(self):
        slow = f"FAKE_TIME=1.25 PYTHONMALLOC=malloc {self.python}"
        result = self.result(self.python, slow)
        self.assertAlmostEqual(self.speeds(result)[slow], 0.8, delta=0.02)
        self.assertAlmostEqual(self.speeds(result)["copy"], 1, delta=0.02)
        first, second = result["interpreters"]
        self.assertEqual(second["variables"], {"FAKE_TIME": "1.25", "PYTHONMALLOC": "malloc"})
        self.assertNotIn("variables", first)
        self.assertEqual((first["python"], first["sha256"]), (second["python"], second["sha256"]))
        self.assertNotEqual(first["arm"], second["arm"])
        arms = {arm["id"]: arm for arm in result["measurement"]["arms"]}
        self.assertEqual(arms[second["arm"]]["variables"], second["variables"])
        self.assertIn(f"PYTHONMALLOC=malloc {self.python}", self.measure(self.python, slow).stdout)

    def test_all_workers_of_a_block_have_an_environment_of_one_size(self):
        self.result(f"PYTHONPATH=/a {self.python}", f"PYTHONMALLOC=malloc A=bcd {self.python}")
        workers = [one for one in self.workers() if "PYTUNE_PADDING" in one]
        sizes = {}
        for one in workers:
            size = sum(len(name) + len(value) + 2 + 8 for name, value in one.items())
            sizes.setdefault(one["PYTHONHASHSEED"], set()).add(size)
        self.assertGreater(len(sizes), 3)
        self.assertEqual({len(one) for one in sizes.values()}, {1}, sizes)
        paths = {one["PYTHONPATH"].rpartition(":")[2] for one in workers if "A" not in one}
        self.assertEqual(paths, {"/a"})

    def test_other_surroundings_are_not_answered_from_the_store(self):
        def slow(time):
            return self.speeds(self.result(self.python, f"FAKE_TIME={time} {self.python}"))

        self.assertAlmostEqual(slow(1.25)[f"FAKE_TIME=1.25 {self.python}"], 0.8, delta=0.02)
        self.assertAlmostEqual(slow(2)[f"FAKE_TIME=2 {self.python}"], 0.5, delta=0.02)
        count = len(self.workers())
        slow(1.25)
        slow(2)
        self.assertEqual(len(self.workers()), count)

    def test_a_kept_result_names_them_again(self):
        result = self.result(self.python, f"PYTHONMALLOC=malloc {self.python}")
        out = self.bench.root / "out"
        out.mkdir()
        done = self.bench.verb(
            "compare", result["id"], "--json", "--store", str(self.bench.store), "--export", f"pyperf={out}"
        )
        self.assertIn(done.returncode, (0, 3), done.stderr)
        again = json.loads(done.stdout)
        self.assertEqual(again["interpreters"], result["interpreters"])
        self.assertEqual(again["measurement"]["arms"], result["measurement"]["arms"])
        kept = [json.loads(file.read_text())["metadata"] for file in out.iterdir()]
        self.assertEqual([m["pytune_variables"] for m in kept if "pytune_variables" in m], ["PYTHONMALLOC=malloc"])
        text = self.bench.verb(
            "compare", result["id"], "--store", str(self.bench.store), "--export", f"markdown={out}/m.md"
        )
        self.assertIn(f"PYTHONMALLOC=malloc {self.python}", text.stdout)
        self.assertIn("PYTHONMALLOC=malloc", (out / "m.md").read_text())

    def test_a_file_or_a_build_whose_name_looks_like_variables_is_that(self):
        odd = self.interpreter("A=1 B=2/py thon")
        here = self.bench.root
        result = self.result(self.python, odd, f"FAKE_TIME=2 {odd}")
        self.assertEqual([one["python"] for one in result["interpreters"]], [self.python, odd, odd])
        self.assertEqual(result["interpreters"][2]["variables"], {"FAKE_TIME": "2"})
        self.assertTrue(here.exists())
        self.bench.spec.write_text(
            json.dumps(
                {
                    **json.loads(self.bench.spec.read_text()),
                    "configurations": [],
                    "axes": {"opt": ["O2"], "lto": ["full"]},
                }
            )
        )
        self.assertIn(self.bench.sweep().returncode, (0, 3))
        result = self.result("baseline", "opt=O2 lto=full", "FAKE_TIME=2 opt=O2 lto=full")
        self.assertEqual([one.get("variables") for one in result["interpreters"]], [None, None, {"FAKE_TIME": "2"}])

    def test_preload_measures_each_interpreter_with_the_library_too(self):
        other = self.interpreter("other")
        result = self.result(self.python, other, "--preload", LIBRARY)
        names = [one["name"] for one in result["interpreters"]]
        self.assertEqual(
            names, [self.python, other, f"LD_PRELOAD={LIBRARY} {self.python}", f"LD_PRELOAD={LIBRARY} {other}"]
        )
        self.assertEqual(len(result["interpreters"][2]["preloaded_sha256"]), 64)
        self.assertNotIn("preloaded_sha256", result["interpreters"][0])
        result = self.result(f"LD_PRELOAD=libm.so.6 {self.python}", self.python, "--preload", LIBRARY)
        self.assertEqual(len(result["interpreters"]), 3)
        result = self.result(self.python, "--preload", LIBRARY)
        self.assertEqual(len(result["interpreters"]), 2)

    def test_what_cannot_be_is_told_in_one_line(self):
        there = self.bench.root / "not-a-library.so"
        there.write_text("text")
        for words, text in (
            (["A='b python3"], "the value of A has a ' that does not end"),
            (["A=1 A=2 python3"], "A is there twice"),
            (["PYTHON_JIT=1"], "names no interpreter after its variables"),
            ([f"PYTHONHASHSEED=1 {self.python}"], "PYTHONHASHSEED cannot be set for an interpreter: every arm"),
            ([f"PYTUNE_X=1 {self.python}"], "names that begin so are pytune's own"),
            ([f"A=1 {self.bench.root}/none"], "no such file"),
            (["--preload", "libjemalloc-none.so.2"], "libjemalloc-none.so.2 cannot be preloaded (cannot open"),
            (["--preload", str(there)], "cannot be preloaded ("),
            (["--preload", "/no/such.so"], "--preload: /no/such.so: no such file"),
            (["--preload", "a b"], "must be one library"),
            ([f"A=1 {self.python}", f"A=1 {self.python}"], "again; a copy of the first"),
            ([f"A-B=1 {self.python}"], '"A-B" is no name of a variable'),
            ([f"{self.python} -X dev"], f"an interpreter is given without options: {self.python}"),
            ([f"env A=1 {self.python}"], "without env"),
            ([f"LD_TRACE_LOADED_OBJECTS=1 {self.python}"], "would list libraries and start no program"),
            ([f"LD_AUDIT=/no/such.so {self.python}"], "LD_AUDIT: /no/such.so cannot be loaded (cannot open"),
            ([f"GLIBC_TUNABLES=hugetlb {self.python}"], '"hugetlb" is not NAME=VALUE; glibc would ignore it'),
        ):
            with self.subTest(words):
                done = self.measure(self.python, *words)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
                self.assertIn(text, done.stderr)

    def test_variables_that_the_interpreter_does_not_know_are_said_to_do_nothing(self):
        result = self.result(self.python, f"PYTHON_LAZY_IMPORTS=all PYTHONMALLOC=malloc {self.python}")
        notes = " ".join(result["measurement"]["notes"])
        self.assertIn("PYTHON_LAZY_IMPORTS has no effect: CPython 3.13", notes)
        self.assertNotIn("PYTHONMALLOC has", notes)

    def test_a_library_of_another_machine_is_told_as_one(self):
        library = bytearray(pathlib.Path(REAL).resolve().read_bytes())
        library[18:20] = (62 if platform.machine() == "aarch64" else 183).to_bytes(2, "little")
        other = self.bench.root / "other.so"
        other.write_bytes(library)
        done = self.measure(REAL, "--preload", str(other))
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn(f"{other} cannot be preloaded (it is for ", done.stderr)

    def test_preload_that_adds_nothing_says_so(self):
        done = self.measure(f"LD_PRELOAD=libm.so.6 {self.python}", "--preload", LIBRARY)
        self.assertEqual(done.returncode, 2)
        self.assertIn("has LD_PRELOAD of its own, so nothing is added", done.stderr)

    def test_tunables_that_glibc_would_ignore_are_refused(self):
        for value, text in (
            ("glibc.malloc.hugetbl=1", 'has no "glibc.malloc.hugetbl"; did you mean "glibc.malloc.hugetlb"?'),
            ("glibc.malloc.perturb=256", "glibc.malloc.perturb=256: 0 (min: 0, max: 255); glibc would ignore it"),
            ("glibc.malloc.perturb=many", "glibc.malloc.perturb=many: 0 (min"),
        ):
            with self.subTest(value):
                done = self.measure(REAL, f"GLIBC_TUNABLES={value} {REAL}")
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertIn(text, done.stderr)

    def test_what_variables_break_is_told_with_them(self):
        done = self.measure(REAL, f"PYTHONHOME=/nowhere {REAL}")
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"PYTHONHOME=/nowhere {REAL}: is not a Python interpreter", done.stderr)
        self.assertIn("Fatal Python error", done.stderr)

    def test_relative_paths_mean_where_the_user_is(self):
        here = pathlib.Path.cwd()
        self.result(self.python, f"LD_LIBRARY_PATH=lib PYTHONPATH=./p {self.python}")
        mine = [one for one in self.workers() if "LD_LIBRARY_PATH" in one]
        self.assertEqual({one["LD_LIBRARY_PATH"] for one in mine}, {str(here / "lib")})
        self.assertEqual({one["PYTHONPATH"].rpartition(":")[2] for one in mine}, {str(here / "p")})


if __name__ == "__main__":
    unittest.main()
