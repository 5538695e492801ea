"""`pytune test` over fake interpreters: whose tests fail, by name, and whose fault that is not."""

import json
import pathlib
import unittest

from fakes import SHEBANG, Bench


class OwnTestsTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def interpreter(self, name, failing=(), before=""):
        path = self.bench.root / f"python-{name}"
        body = (self.bench.tree / "fake-python").read_text()
        self.assertIn("FAILING = []", body)
        body = body.replace("FAILING = []", f"FAILING = {list(failing)!r}")
        path.write_text(f"{SHEBANG}FLAGS = '''-O3'''\n{before}\n{body}")
        path.chmod(0o755)
        return str(path)

    def run_tests(self, *words, status=0, **extra):
        done = self.bench.verb("test", *words, "--store", str(self.bench.store), **extra)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def result(self, *words, status=0):
        return json.loads(self.run_tests("--json", *words, status=status).stdout)

    def test_the_same_failures_are_nobodys_fault(self):
        one, other = (self.interpreter(name, ["test_alpha_x"]) for name in ("one", "other"))
        result = self.result(one, other)
        self.assertEqual(result["files"], ["test_alpha", "test_beta"])
        for row in result["interpreters"]:
            self.assertEqual((row["ran"], row["failing"]), (4, ["test_alpha_x (test.test_alpha.C.test_alpha_x)"]))
            self.assertEqual((row["only_here"], row["only_in_first"]), ([], []))
        self.assertIn("4 tests, 1 fail, the same ones", self.run_tests(one, other).stdout)

    def test_a_test_that_fails_in_another_only_is_named_and_the_status_says_so(self):
        result = self.result(self.interpreter("sound"), self.interpreter("broken", ["test_beta_y"]), status=1)
        self.assertEqual(result["interpreters"][1]["only_here"], ["test_beta_y (test.test_beta.C.test_beta_y)"])
        log = pathlib.Path(result["log"]).read_text()
        self.assertIn("test_beta_y (test.test_beta.C.test_beta_y)", log)
        logs = next(line for line in log.splitlines() if line.startswith("  logs: ")).split()[1:]
        self.assertIn("FAIL: test_beta_y", pathlib.Path(logs[1]).read_text())

    def test_a_test_that_fails_in_the_first_only_is_told_and_no_fault(self):
        done = self.run_tests(self.interpreter("broken", ["test_beta_y"]), self.interpreter("sound"))
        self.assertRegex(done.stdout, r"only in \S+python-broken:\n +test_beta_y \(test\.test_beta\.C\.test_beta_y\)")

    def test_a_test_that_fails_once_only_is_tried_again(self):
        once = self.bench.root / "once"
        before = (
            f"import os, sys\nFIRST = sys.argv[-1] == 'test_beta' and not os.path.exists('{once}')\n"
            f"if FIRST: open('{once}', 'w').close()"
        )
        unsteady = pathlib.Path(self.interpreter("unsteady", before=before))
        unsteady.write_text(unsteady.read_text().replace("FAILING = []", "FAILING = ['test_beta_y'] if FIRST else []"))
        done = self.run_tests(self.interpreter("sound"), str(unsteady))
        self.assertRegex(done.stdout, r"not when tried again:\n +test_beta_y")

    def test_one_alone_lists_what_fails(self):
        self.assertRegex(
            self.run_tests(self.interpreter("alone", ["test_alpha_x"])).stdout,
            r"4 tests, 1 fail\n +failing:\n +test_alpha_x",
        )

    def test_the_files_asked_for_are_run_and_no_others(self):
        self.assertEqual(self.result(self.interpreter("one"), "--tests", "test_beta")["interpreters"][0]["ran"], 2)

    def test_bad_words_are_one_line(self):
        python = self.interpreter("one")
        for words, text in (
            ((), "give an interpreter; usage: pytune test"),
            ((python, "--tests", "x/y"), '"x/y" is no test file'),
            ((python, "--tests", ","), "give names as in"),
            ((python, "--jobs", "0"), "--jobs must be between 1 and 64"),
            ((python, "--emulate", "neoverse-n1", "--jobs", "70"), "--jobs"),
            (("/nowhere/python",), "/nowhere/python: no such file"),
            ((python, "--tests", "test_alfa"), 'has no test_alfa; did you mean "test_alpha"?'),
        ):
            with self.subTest(words=words):
                done = self.run_tests(*words, status=2)
                self.assertIn(text, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_an_interpreter_without_the_suite_is_named(self):
        none = self.interpreter(
            "none", before="import sys\nif '--list-tests' in sys.argv: sys.exit('No module named test.__main__')"
        )
        done = self.run_tests(none, status=1)
        self.assertIn("No module named test", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
