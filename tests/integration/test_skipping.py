"""Workloads that need more than an interpreter, over fakes: who cannot run what is told, the rest goes on."""

import json
import pathlib
import unittest

import test_measure
from fakes import Bench


class SkippingTest(unittest.TestCase):
    interpreter = test_measure.MeasureTest.__dict__["interpreter"]

    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.pythons = {name: cls.interpreter(name, flags) for name, flags in test_measure.SPEEDS.items()}

    def suite(self, **workloads):
        """A suite of fakes; each workload is what its entry has besides the usual, `text` is its script's."""
        folder = self.bench.root / "suite"
        folder.mkdir(exist_ok=True)
        entries = []
        for name, more in workloads.items():
            (folder / f"{name}.py").write_text(more.pop("text", "'''a fake'''\n"))
            entries.append({"name": name, "script": f"{name}.py", "kind": "numeric", "about": "a fake", **more})
        path = folder / "suite.json"
        path.write_text(json.dumps({"schema": 1, "name": "fakes", "workloads": entries}))
        return str(path)

    def measure(self, suite, *words):
        return self.bench.verb("measure", *words, "--suite", suite, "--rounds", "5", "--store", str(self.bench.store))

    def result(self, suite, *names):
        """The result, its skipped rows and its numbers of blocks, both by the interpreters' short names."""
        done = self.measure(suite, "--json", *(self.pythons[name] for name in names))
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        short = {i["arm"]: pathlib.Path(i["name"]).name.removeprefix("python-") for i in result["interpreters"]}
        skipped = {(row["workload"], short[row["arm"]]): row["reason"] for row in result["measurement"]["skipped"]}
        blocks = {
            short.get(a["arm"], a["arm"]): {w["workload"]: w["blocks"] for w in a["workloads"]}
            for a in result["comparison"]["arms"]
        }
        return result, skipped, blocks

    def test_what_pip_refuses_is_skipped_and_the_rest_is_measured(self):
        suite = self.suite(
            plain={}, good={"requirements": ["possible==1"]}, bad={"requirements": ["possible==1", "impossible==1"]}
        )
        result, skipped, blocks = self.result(suite, "plain", "fast")
        self.assertEqual(list(skipped), [("bad", "plain")])
        self.assertRegex(
            skipped["bad", "plain"], r"^impossible==1: no wheel for this interpreter \(pip: No matching distribution"
        )
        self.assertEqual(blocks["fast"], {"plain": 5, "good": 5})
        self.assertFalse(any("fail" in w for w in result["comparison"]["warnings"] + result["measurement"]["notes"]))

    def test_the_copy_has_the_packages_of_the_baseline(self):
        result, _, _ = self.result(self.suite(good={"requirements": ["possible==1"]}), "plain", "fast")
        paths = [arm["python_path"] for arm in result["measurement"]["arms"]]
        self.assertEqual(paths[0], paths[1])
        self.assertNotEqual(paths[0], paths[2])
        self.assertTrue((pathlib.Path(paths[0][0]) / "possible-1.dist-info").is_dir())

    def test_an_interpreter_without_a_package_has_its_mean_over_the_rest(self):
        suite = self.suite(plain={}, some={"requirements": ["not_for_O2==1"]}, good={"requirements": ["possible==1"]})
        result, skipped, blocks = self.result(suite, "plain", "fast", "slow")
        self.assertEqual(list(skipped), [("some", "slow")])
        self.assertEqual(set(blocks["fast"]), {"plain", "some", "good"})
        self.assertEqual(set(blocks["slow"]), {"plain", "good"})
        self.assertTrue(any("skipped 1 of 3 workloads" in w for w in result["comparison"]["warnings"]))
        (slow,) = (a for a in result["comparison"]["arms"] if "slow" in a["arm"])
        self.assertAlmostEqual(slow["speed"]["estimate"], 1 / 1.10, delta=0.02)

    def test_a_script_says_itself_that_it_cannot_run(self):
        suite = self.suite(plain={}, card={"text": "# refused by -O2: no card here: put one in\n"})
        _, skipped, blocks = self.result(suite, "plain", "fast", "slow")
        self.assertEqual(skipped, {("card", "slow"): "no card here: put one in"})
        self.assertEqual(set(blocks["slow"]), {"plain"})
        self.assertEqual(set(blocks["fast"]), {"plain", "card"})

    def test_what_no_other_interpreter_runs_is_not_measured(self):
        suite = self.suite(plain={}, card={"text": "# refused by -O2: no card here\n"})
        result, skipped, _ = self.result(suite, "plain", "slow")
        self.assertEqual(skipped, {("card", "slow"): "no card here"})
        self.assertEqual({block["workload"] for block in result["measurement"]["blocks"]}, {"plain"})

    def test_what_was_missing_is_asked_for_again(self):
        needed = self.bench.root / "card1"
        suite = self.suite(plain={}, card={"needs": {str(needed): "no card here"}})
        first = self.measure(suite, self.pythons["plain"], self.pythons["fast"])
        self.assertRegex(first.stdout, r"(?m)^  card +no card here$")
        needed.write_text("")
        second = self.measure(suite, self.pythons["plain"], self.pythons["fast"])
        self.assertRegex(second.stdout, r"(?m)^  card +1\.\d+x")

    def test_a_skipped_row_stands_below_the_others(self):
        suite = self.suite(plain={}, card={"text": "# refused by -O2: no card here\n"})
        done = self.measure(suite, self.pythons["plain"], self.pythons["fast"], self.pythons["slow"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^  plain +0\.9.*\n  card  skipped: no card here$")
        self.assertIn("over 1 of 2 workloads", done.stdout)

    def test_a_missing_file_skips_before_anything_is_installed(self):
        needs = {str(self.bench.root / "card0"): "no card here"}
        suite = self.suite(plain={}, card={"needs": needs, "requirements": ["impossible==1"]})
        _, skipped, _ = self.result(suite, "plain", "fast")
        self.assertEqual(skipped, {("card", "plain"): "no card here"})

    def test_nothing_left_to_compare_is_one_line(self):
        suite = self.suite(bad={"requirements": ["impossible==1"]})
        done = self.measure(suite, self.pythons["plain"], self.pythons["fast"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing can be compared", done.stderr)
        self.assertIn("impossible==1", done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_a_sweep_measures_such_a_suite_too(self):
        suite = self.suite(plain={}, good={"requirements": ["possible==1"]}, bad={"requirements": ["impossible==1"]})
        result = self.bench.result("--suite", suite)
        self.assertEqual([row["workload"] for row in result["measurement"]["skipped"]], ["bad"])
        self.assertEqual({w["workload"] for a in result["race"]["arms"] for w in a["workloads"]}, {"plain", "good"})


if __name__ == "__main__":
    unittest.main()
