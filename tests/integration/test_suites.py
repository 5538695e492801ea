"""What `pytune measure` takes as a suite, and where it runs it: scripts, pyperformance's manifests, lanes, all CPUs."""

import json
import os
import unittest

from fakes import SHEBANG, Bench


class SuitesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        body = (cls.bench.tree / "fake-python").read_text()
        cls.pythons = []
        for name, flags in [("plain", "-O3"), ("fast", "-O3 -fprofile-use")]:
            path = cls.bench.root / f"python-{name}"
            seen = (
                "import os, sys\nif '-l' in sys.argv:\n"
                f"    open({str(cls.bench.root / 'affinities')!r}, 'a').write("
                "' '.join(map(str, sorted(os.sched_getaffinity(0)))) + '\\n')\n"
            )
            path.write_text(f"{SHEBANG}FLAGS = '''{flags}'''\n{seen}{body}")
            path.chmod(0o755)
            cls.pythons.append(str(path))
        cls.suite = cls.bench.root / "mine"
        for program, names in [("first", "first"), ("xml", "xml_parse xml_write")]:
            folder = cls.suite / f"bm_{program}"
            folder.mkdir(parents=True)
            (folder / "run_benchmark.py").write_text(f"# benchmarks: {names}\n")
            (folder / "pyproject.toml").write_text(f'[tool.pyperformance]\nname = "{program}"\n')
        (cls.suite / "bm_future").mkdir()
        (cls.suite / "bm_future" / "run_benchmark.py").write_text("# benchmarks: future\n")
        (cls.suite / "bm_future" / "pyproject.toml").write_text(
            '[project]\nrequires-python = ">=3.99"\n[tool.pyperformance]\nname = "future"\n'
        )
        (cls.suite / "MANIFEST").write_text(
            "[benchmarks]\nname\tmetafile\nfirst\t<local>\nxml\t<local>\nfuture\t<local>\n"
        )

    def measure(self, *words):
        return self.bench.verb("measure", *self.pythons, *words, "--rounds", "2", "--store", str(self.bench.store))

    def result(self, *words):
        done = self.measure("--json", *words)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def workloads(self, result):
        return [w["name"] for w in result["measurement"]["workloads"]]

    def refused(self, *words):
        done = self.measure(*words)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done.stderr

    def test_a_manifest_of_pyperformances_kind_gives_every_benchmark_of_its_programs(self):
        result = self.result("--suite", str(self.suite / "MANIFEST"))
        self.assertEqual(self.workloads(result), ["first", "xml_parse", "xml_write"])
        self.assertEqual([w.get("task", 0) for w in result["measurement"]["workloads"]], [0, 0, 1])
        self.assertTrue(all(s["error"] == "" for b in result["measurement"]["blocks"] for s in b["samples"]))

    def test_a_program_for_a_later_python_is_skipped_with_the_reason(self):
        result = self.result("--suite", str(self.suite / "MANIFEST"))
        self.assertIn(
            ("future", "needs Python 3.99 or later"),
            [(s["workload"], s["reason"]) for s in result["measurement"]["skipped"]],
        )

    def test_a_pyperf_script_is_a_suite(self):
        script = self.suite / "bm_xml" / "run_benchmark.py"
        self.assertEqual(self.workloads(self.result("--suite", str(script))), ["xml_parse", "xml_write"])

    def test_only_the_workloads_asked_for_are_run(self):
        self.assertEqual(self.workloads(self.result("--workloads", "al*,gamma")), ["alpha", "gamma"])
        self.assertIn('the suite has no "alpa"; did you mean "alpha"?', self.refused("--workloads", "alpa"))

    def test_what_is_no_suite_is_refused(self):
        (self.suite / "BROKEN").write_text("[benchmarks]\nfirst\t<local>\n")
        for word, text in [
            ("pyperformace", 'unknown suite "pyperformace"; did you mean "pyperformance"?'),
            (str(self.suite / "none.py"), "no such file"),
            (str(self.suite / "none"), "no such file"),
            (str(self.suite), "is a directory, not a file"),
            (str(self.suite / "BROKEN"), "BROKEN:2: expected the header"),
        ]:
            with self.subTest(word):
                self.assertIn(text, self.refused("--suite", word))

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "lanes need two CPUs")
    def test_lanes_measure_the_same_blocks(self):
        one = self.result("--seed", "3")
        (self.bench.root / "affinities").unlink()
        two = self.result("--seed", "3", "--lanes", "2")
        lanes = {tuple(line.split()) for line in (self.bench.root / "affinities").read_text().splitlines()}
        cpus = len(os.sched_getaffinity(0))
        self.assertEqual([len(lane) for lane in lanes], [cpus // 2] * len(lanes))
        self.assertLessEqual(len(lanes), 2)

        def order(result):
            blocks = result["measurement"]["blocks"]
            return [(b["round"], b["workload"], [s["arm"] for s in b["samples"]]) for b in blocks]

        self.assertEqual(order(one), order(two))
        # --time and the ETA are of the clock on the wall, whatever runs at once.
        seconds = sum(s["process_wall_seconds"] for b in two["measurement"]["blocks"] for s in b["samples"])
        self.assertAlmostEqual(two["minutes"], seconds / 60 / 2)

    def test_more_lanes_than_cpus_are_refused(self):
        self.assertIn("--lanes must be between 1 and", self.refused("--lanes", "100000"))

    def test_throughput_is_the_work_of_all_cpus_at_once(self):
        result = self.result("--throughput", "--price", "0.5")
        cpus = len(os.sched_getaffinity(0))
        self.assertEqual(len(result["throughput"]["cpus"]), cpus)
        for block in result["measurement"]["blocks"]:
            for sample in block["samples"]:
                self.assertEqual(len(sample["per_cpu_seconds"]), cpus)
                self.assertAlmostEqual(sample["wall_values"][0], 1 / sum(1 / s for s in sample["per_cpu_seconds"]))
        for arm in result["throughput"]["arms"]:
            for workload in arm["workloads"]:
                self.assertAlmostEqual(workload["per_unit_of_money"], workload["per_second"] * 3600 / 0.5)
        done = self.measure("--throughput", "--price", "0.5")
        self.assertIn(f"work of {cpus} CPUs at once", done.stdout)
        self.assertIn("Work done per unit of money (measured, this machine alone)", done.stdout)
        self.assertNotIn("gave no CPU times", done.stdout)

    def test_options_that_contradict_each_other(self):
        self.assertIn("--throughput measures; add it", self.refused("--price", "1"))
        self.assertIn("--price must be above 0", self.refused("--throughput", "--price", "0"))
        if len(os.sched_getaffinity(0)) > 1:
            self.assertIn("--throughput uses all CPUs at once", self.refused("--throughput", "--lanes", "2"))


if __name__ == "__main__":
    unittest.main()
