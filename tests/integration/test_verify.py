"""`pytune patches verify` over fake tools: what each gate says of patches that are fine, and of those that are not."""

import difflib
import json
import pathlib
import platform
import signal
import subprocess
import time
import unittest

from fakes import PYTUNE, ROOT, Bench
from test_cross import make_sysroot

HEADER = (
    "Description: {name}\nAuthor: pytune\nForwarded: no\nLast-Update: 2026-11-25\n"
    "Architecture: {architecture}\nCompiler: any\nVersions: 3.13.5\nEffect: {effect}\n---\n"
)
CLINIC = """import pathlib, sys
source = pathlib.Path(sys.argv[1])
made = source.parent / "clinic" / (source.name + ".h")
made.write_text(f"of {len(source.read_text())} bytes")
"""


class VerifyTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.patches = self.bench.home / "patches"
        for folder in ("3.13", "bench"):
            (self.patches / folder).mkdir(parents=True)
        for program in ("differential.py", "bench.py"):
            (self.patches / program).write_text("'''only the fake interpreter runs this'''\n")
        for folder in ("cpus", "identity"):
            (self.bench.home / "profiles" / folder).symlink_to(ROOT / "profiles" / folder)
        self.names = []
        # Both are fine: one for all machines, one that leaves this machine's objects alone.
        self.add("0001-quick", {"fake-python": ("COST = 1.0", "COST = 0.5")})
        self.add(
            "0002-there",
            {"Objects/a.c": ("return 2;", "return 3;")},
            architecture="aarch64",
            effect="not counted: a test",
        )

    def add(self, name, changes, architecture="any", effect="counted: a test"):
        text = HEADER.format(name=name, architecture=architecture, effect=effect)
        for path, (old, new) in changes.items():
            before = (self.bench.tree / path).read_text()
            self.assertIn(old, before)
            text += "".join(
                difflib.unified_diff(
                    before.splitlines(True), before.replace(old, new).splitlines(True), f"a/{path}", f"b/{path}"
                )
            )
        (self.patches / "3.13" / f"{name}.patch").write_text(text)
        (self.patches / "bench" / f"{name}.py").write_text("WORK = {}\n")
        self.names.append(name)
        (self.patches / "3.13" / "series").write_text("".join(f"{one}.patch\n" for one in self.names))

    def command(self, *words):
        return [PYTUNE, "patches", "verify", "--source", str(self.bench.tree), "--store", str(self.bench.store), *words]

    def verify(self, *words, **extra):
        return subprocess.run(
            self.command(*words),
            env=self.bench.environment(**extra),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def rows(self, *words, status=0, **extra):
        done = self.verify("--json", *words, **extra)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return json.loads(done.stdout)["rows"]

    @staticmethod
    def of(rows, gate, patch, place="gcc-12"):
        found = [r for r in rows if r["gate"] == gate and r["patch"] == patch and r["place"] in ("", place)]
        assert len(found) == 1, (gate, patch, place, rows)
        return found[0]

    def reduced(self, *words, status=0):
        tests = () if "--tests" in words else ("--tests", "test_alpha,test_beta")
        return self.rows("--reduced", *tests, *words, status=status)

    def failed(self, *words):
        """The rows that failed, in a run that did."""
        return [r for r in self.reduced(*words, status=1) if r["outcome"] == "failed"]

    def test_patches_that_are_fine_pass_everything(self):
        rows = self.rows()
        self.assertEqual([r for r in rows if r["outcome"] == "failed"], [])
        for gate in ("applies", "builds"):
            for patch in ("0001-quick", "0002-there", "series"):
                self.assertEqual(self.of(rows, gate, patch)["outcome"], "passed")
        self.assertIn("in Objects/a.o", self.of(rows, "x86-64 objects", "0002-there")["why"])
        self.assertFalse([r for r in rows if r["gate"] == "x86-64 objects" and r["patch"] == "0001-quick"])
        self.assertIn("150000 inputs in 1 areas", self.of(rows, "differential", "series")["why"])
        self.assertIn("4 tests in 2 files; 0 fail", self.of(rows, "test suite", "series")["why"])
        self.assertIn("2 statements run", self.of(rows, "micro-benchmark", "0001-quick")["why"])
        self.assertIn("no generator", self.of(rows, "generated files", "0001-quick")["why"])
        self.assertIn("--target", self.of(rows, "target", "series")["why"])
        for row in rows:
            self.assertEqual(len(row["why"].splitlines()), 1)
            self.assertTrue(not row["log"] or pathlib.Path(row["log"]).is_file(), row)

    def test_a_repeat_makes_nothing_again(self):
        first = self.verify("--reduced")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertRegex(first.stdout.splitlines()[-1], r"^\d+ passed, 0 failed, \d+ skipped: ")
        calls, steps = self.bench.log.read_text(), self.bench.finished_steps()
        again = self.verify("--reduced")
        self.assertEqual(again.stdout, first.stdout)
        self.assertEqual(self.bench.log.read_text(), calls)
        self.assertEqual(self.bench.finished_steps(), steps)

    def test_a_killed_run_goes_on_where_it_was(self):
        kept = {}
        for seconds in (0.7, 1.5):
            process = subprocess.Popen(
                self.command(), env=self.bench.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            process.wait()
            now = self.bench.finished_steps()
            self.assertEqual({k: now.get(k) for k in kept}, kept, "a finished step was made again after a kill")
            kept = now
        self.assertTrue(kept)
        self.rows()
        now = self.bench.finished_steps()
        self.assertEqual({k: now.get(k) for k in kept}, kept)

    def test_reduced_builds_the_series_only_with_one_compiler(self):
        rows = self.rows("--reduced")
        self.assertEqual(
            {(r["place"], r["patch"]) for r in rows if r["gate"] == "builds"},
            {("gcc-12", "unpatched"), ("gcc-12", "series")},
        )
        self.assertIn("300 inputs", self.of(rows, "differential", "series")["why"])
        self.assertTrue(
            any("-O1" in line for line in self.bench.log.read_text().splitlines() if line.startswith("make"))
        )

    def test_one_patch_alone(self):
        rows = self.rows("--patch", "0002")
        self.assertEqual(
            {r["patch"] for r in rows}, {"0002-there", "unpatched", "series"}
        )  # the series' only row: no target
        self.assertEqual([r["gate"] for r in rows if r["patch"] == "series"], ["target"])
        self.assertEqual(self.of(rows, "differential", "0002-there")["outcome"], "passed")

    def test_a_patch_that_does_not_apply_fails_and_is_not_built(self):
        self.add("0003-misfit", {"fake-make": ("sleep 0.03", "sleep 0.01")})
        (self.bench.tree / "fake-make").write_text(
            (self.bench.tree / "fake-make").read_text().replace("sleep 0.03", "sleep 0.02")
        )
        rows = self.rows(status=1)
        self.assertIn("fake-make, hunk 1", self.of(rows, "applies", "0003-misfit")["why"])
        self.assertEqual({r["patch"] for r in rows if r["outcome"] == "failed"}, {"0003-misfit", "series"})
        self.assertEqual(self.of(rows, "builds", "0003-misfit")["outcome"], "skipped")
        self.assertEqual(self.of(rows, "builds", "0001-quick")["outcome"], "passed")
        self.assertEqual(self.of(rows, "test suite", "series")["outcome"], "skipped")

    def test_a_build_that_fails_has_its_log(self):
        self.add(
            "0003-broken",
            {"fake-make": ("sleep 0.03", "echo '../src/x.c:9:1: internal compiler error: Killed' >&2; exit 1")},
        )
        rows = self.reduced("--patch", "0003-broken", status=1)
        row = self.of(rows, "builds", "0003-broken")
        self.assertEqual(row["outcome"], "failed")
        self.assertIn("compiler-crash", row["why"])
        self.assertIn("internal compiler error", pathlib.Path(row["log"]).read_text())
        self.assertEqual(self.of(rows, "differential", "0003-broken")["why"], "it does not build")

    def test_other_answers_fail(self):
        self.add("0003-wrong", {"fake-python": ('ANSWER = "right"', 'ANSWER = "wrong"')})
        [row] = self.failed()
        self.assertEqual((row["gate"], row["patch"]), ("differential", "series"))
        self.assertIn("in: hex", row["why"])
        self.assertIn("hex 300", pathlib.Path(row["log"]).read_text())

    def test_an_interpreter_that_crashes_fails(self):
        self.add(
            "0003-crash", {"fake-python": ('ANSWER = "right"', "import signal; os.kill(os.getpid(), signal.SIGSEGV)")}
        )
        gates = {r["gate"]: r["why"] for r in self.failed("--patch", "0003")}
        self.assertIn("Segmentation fault", gates.get("differential", gates.get("builds")))

    def test_a_test_that_fails_only_with_the_patches_fails_and_is_named(self):
        (self.bench.tree / "fake-python").write_text(
            (self.bench.tree / "fake-python").read_text().replace("FAILING = []", 'FAILING = ["test_alpha_always"]')
        )
        self.add("0003-breaks", {"fake-python": ('["test_alpha_always"]', '["test_alpha_always", "test_beta_new"]')})
        [row] = self.failed()
        self.assertEqual((row["gate"], row["patch"]), ("test suite", "series"))
        self.assertEqual(row["why"], "fails with the patches only: test_beta_new (test.test_beta.C.test_beta_new)")
        self.assertIn("FAIL: test_beta_new", pathlib.Path(row["log"]).read_text())

    def test_tests_that_fail_in_both_are_no_fault_of_the_patches(self):
        (self.bench.tree / "fake-python").write_text(
            (self.bench.tree / "fake-python").read_text().replace("FAILING = []", 'FAILING = ["test_alpha_always"]')
        )
        row = self.of(self.reduced("--tests", "test_alpha"), "test suite", "series")
        self.assertEqual(row["why"], "2 tests in 1 files; 1 fail, the same names as without the patches")
        self.assertIn("test_alpha_always", pathlib.Path(row["log"]).read_text())

    @unittest.skipUnless(platform.machine() == "x86_64", "x86-64 objects are made on such a machine")
    def test_other_objects_where_the_header_says_there_are_none_fail(self):
        self.add("0003-leaks", {"Objects/a.c": ("return 1;", "return 4;")}, architecture="aarch64")
        for row in self.failed("--patch", "0003"):
            self.assertEqual((row["gate"], row["patch"]), ("x86-64 objects", "0003-leaks"))
            self.assertIn("gated to aarch64, and other instructions in Objects/a.o", row["why"])

    def test_a_patch_without_a_micro_benchmark_fails(self):
        (self.patches / "bench" / "0001-quick.py").unlink()
        self.assertEqual({(r["gate"], r["patch"]) for r in self.failed()}, {("micro-benchmark", "0001-quick")})

    def test_a_generated_file_that_its_patch_forgot_fails(self):
        tree = self.bench.tree
        for folder in ("Tools/clinic", "Objects/clinic"):
            (tree / folder).mkdir(parents=True)
        (tree / "Tools/clinic/clinic.py").write_text(CLINIC)
        (tree / "Objects/b.c").write_text("/*[clinic input]\n")
        (tree / "Objects/clinic/b.c.h").write_text("of 17 bytes")
        self.add("0003-forgets", {"Objects/b.c": ("input]", "input] more")})
        row = self.of(self.reduced("--patch", "0003", status=1), "generated files", "0003-forgets")
        self.assertEqual((row["outcome"], row["why"]), ("failed", "not what its generator makes: Objects/clinic/b.c.h"))
        # What is so without the patch too is not its fault.
        (tree / "Objects/clinic/b.c.h").write_text("of 99 bytes")
        row = self.of(self.reduced("--patch", "0003"), "generated files", "0003-forgets")
        self.assertEqual(row["outcome"], "skipped")
        self.assertIn("so it is without the patches", row["why"])

    @unittest.skipIf(platform.machine() == "aarch64", "neoverse-n1 is of this machine's own architecture")
    def test_builds_runs_and_counts_for_the_target(self):
        self.add("0003-dearer", {"fake-python": ("COST = 1.0", "COST = 1.5")}, effect="counted: a lie")
        self.names.remove("0001-quick")  # both change one line
        (self.patches / "3.13" / "series").write_text("0002-there.patch\n0003-dearer.patch\n")
        sysroot = make_sysroot(self.bench.root / "sysroot")
        rows = self.reduced("--target", "neoverse-n1", "--sysroot", str(sysroot), status=1)
        place = "gcc-12 for neoverse-n1"
        for gate in ("builds", "differential", "test suite"):
            self.assertEqual(self.of(rows, gate, "series", place)["outcome"], "passed")
        row = self.of(rows, "micro-benchmark", "0003-dearer", place)
        self.assertEqual(
            (row["outcome"], row["why"]),
            ("failed", "2 statements, 0.667x to 0.667x fewer instructions (counted): it makes every one dearer"),
        )
        self.assertIn("1000000.0 1500000.0 0.667", pathlib.Path(row["log"]).read_text())
        self.assertEqual([r for r in rows if r["gate"] == "target"], [])

    @unittest.skipIf(platform.machine() == "aarch64", "neoverse-n1 is of this machine's own architecture")
    def test_what_is_missing_for_the_target_is_skipped_with_the_remedy(self):
        rows = self.reduced("--target", "neoverse-n1", "--offline")
        self.assertIn("nothing was built or run for neoverse-n1: ", self.of(rows, "target", "series")["why"])
        poor = make_sysroot(self.bench.root / "poor", but="libffi-dev")
        rows = self.reduced("--target", "neoverse-n1", "--sysroot", str(poor))
        self.assertIn("add the package libffi-dev", self.of(rows, "target", "series")["why"])
        self.assertEqual({r["outcome"] for r in rows if r["gate"] == "target"}, {"skipped"})

    def test_without_a_version_it_is_the_newest_that_there_are_patches_for(self):
        for minor in "3.9", "3.14":
            (self.patches / minor).mkdir()
            (self.patches / minor / "series").write_text("")
        told = self.bench.verb("patches", "verify", "--offline", "--store", str(self.bench.store)).stderr
        self.assertIn("debian:3.14: not in the store", told)
        for minor in "3.9", "3.13", "3.14":
            (self.patches / minor / "series").unlink()
        done = self.bench.verb("patches", "verify", "--offline", "--store", str(self.bench.store))
        self.assertEqual(done.returncode, 2)
        self.assertIn("verify: there are no patches; give a tarball or a tree: --source", done.stderr)

    def test_bad_usage(self):
        for words, told in (
            (("--cases", "0"), "--cases must be between"),
            (("--tests", "-v"), "no test file"),
            (("--jobs", "0"), "--jobs must be between"),
            (("--patch", "9"), "there are 0001-quick, 0002-there"),
            (("--minor", "3.11"), "is CPython 3.13.5"),
            (("--sysroot", "/"), "give one, or drop it"),
            (("--emulated-tests", "test_int"), "goes with a --target only; give one, or drop it"),
            (("--target", "neoverse-n1", "--emulated-tests", "-v"), "no test file"),
            (("--progress", "alwys"), 'did you mean "always"?'),
            (("x",), "a TREE goes with apply only"),
        ):
            with self.subTest(words):
                done = self.verify(*words)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(told, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        done = self.bench.verb("patches", "list", "--reduced")
        self.assertEqual((done.returncode, "--reduced goes with verify only" in done.stderr), (2, True))


if __name__ == "__main__":
    unittest.main()
