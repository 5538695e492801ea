"""What may be skipped is listed, and the list is of tests that are there."""

import fnmatch
import pathlib
import re
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
import skips  # noqa: E402

UNITTEST = """\
test_new (test_a.Case.test_new) ... skipped 'no compiler'
test_old (test_a.Case) ... skipped "it's old"
test_told (test_a.Case.test_told)
What it is about. ... skipped 'no'
setUpClass (test_a.Other) ... skipped 'no network'
test_fine (test_a.Case.test_fine) ... ok
test_shouts (test_a.Case.test_shouts) ... a warning that it printed
skipped 'too'
"""
GOOGLETEST = """\
[ RUN      ] Suite.Left
[  SKIPPED ] Suite.Left (3 ms)
[       OK ] Suite.Ran (0 ms)
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Suite.Left
"""


def names_of_tests():
    for module in TESTS.glob("*/test_*.py"):
        text = module.read_text()
        of_class = ""
        for found in re.finditer(r"^class (\w+)|^    def (test_\w+|setUp\w*)", text, re.MULTILINE):
            of_class = found[1] or of_class
            yield f"{module.parent.name}/{module.stem}.{of_class}.{found[2] or 'setUpClass'}"
    for source in TESTS.glob("unit/*/*.cc"):
        for suite, name in re.findall(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", source.read_text(), re.MULTILINE):
            yield f"unit/{suite}.{name}"


class SkipsTest(unittest.TestCase):
    def test_skipped_tests_are_found_in_the_logs_of_both_frameworks(self):
        cases = ("Case.test_new", "Case.test_old", "Case.test_told", "Other.setUpClass", "Case.test_shouts")
        self.assertEqual(list(skips.skipped("x", UNITTEST)), [f"x/test_a.{case}" for case in cases])
        self.assertEqual(list(skips.skipped("unit", GOOGLETEST)), ["unit/Suite.Left"])

    def test_what_is_not_listed_may_not_be_skipped(self):
        self.assertEqual(skips.not_allowed("unit", GOOGLETEST, offline=True), ["unit/Suite.Left"])

    def test_what_fetches_may_be_skipped_offline_only(self):
        log = "setUpClass (test_cpython.Sweep) ... skipped 'no network'\n"
        self.assertEqual(skips.not_allowed("real", log, offline=False), ["real/test_cpython.Sweep.setUpClass"])
        self.assertEqual(skips.not_allowed("real", log, offline=True), [])

    def test_each_row_of_the_list_is_about_a_test_that_is_there(self):
        there = list(names_of_tests())
        for _, pattern, _ in skips.allowed():
            self.assertTrue(fnmatch.filter(there, pattern), f"tests/skips: there is no test like {pattern}")


if __name__ == "__main__":
    unittest.main()
