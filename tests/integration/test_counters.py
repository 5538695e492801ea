"""`pytune measure --counters` over a fake perf: every kind of machine that perf may meet."""

import json
import os
import shutil
import unittest

import test_measure
from fakes import FAKES, Bench

RAN = ("instructions", "cycles", "branches", "branch-misses", "L1-icache-load-misses", "iTLB-load-misses")


class CountersTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.bench.workloads(["alpha"])
        make = test_measure.MeasureTest.interpreter.__func__
        self.plain = make(self, "plain", "-O3")
        self.fast = make(self, "fast", "-O3 -fprofile-use")
        self.tools = self.bench.root / "tools"
        self.tools.mkdir()

    def perf(self, **behaviour):
        """A perf on PATH before all others, on a machine of this kind."""
        shutil.copy(FAKES / "perf" / "perf", self.tools / "perf")
        (self.tools / "behaviour").write_text(json.dumps(behaviour))

    def measure(self, *words, path=None):
        path = path or f"{self.tools}:{os.environ['PATH']}"
        return self.bench.verb(
            "measure",
            self.plain,
            self.fast,
            "--rounds",
            "2",
            "--counters",
            "--store",
            str(self.bench.store),
            *words,
            PATH=path,
        )

    def result(self, *words, **options):
        done = self.measure("--json", *words, **options)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def arms(self, result):
        return {a["arm"].rsplit("-", 1)[0].removeprefix("python-"): a for a in result["counters"]["arms"]}

    def only_note(self, result):
        self.assertNotIn("counters", result)
        self.assertEqual({b["phase"] for b in result["measurement"]["blocks"]}, {"race"})
        notes = [n for n in result["measurement"]["notes"] if "counter" in n]
        self.assertEqual(len(notes), 1, result["measurement"]["notes"])
        return notes[0]

    def test_tells_instructions_ipc_and_misses_of_each(self):
        self.perf()
        result = self.result()
        arms = self.arms(result)
        self.assertEqual(set(arms), {"plain", "fast"})
        self.assertAlmostEqual(arms["fast"]["instructions_ratio"], 0.9)
        self.assertAlmostEqual(arms["plain"]["ipc"], 2)
        self.assertAlmostEqual(arms["plain"]["events"]["L1-icache-load-misses"]["per_1000_instructions"], 8)
        self.assertFalse(arms["plain"]["events"]["cycles"]["multiplexed"])
        self.assertEqual(result["counters"]["evidence"], "measured")

    def test_keeps_counted_processes_apart_from_timed_ones(self):
        self.perf()
        result = self.result("--pyperf-json", str(self.bench.root / "files"))
        blocks = result["measurement"]["blocks"]
        timed = [s for b in blocks if b["phase"] == "race" for s in b["samples"]]
        counted = [s for b in blocks if b["phase"] == "counters" for s in b["samples"]]
        self.assertFalse(any("counters" in s for s in timed))
        self.assertTrue(all(s["counters"]["instructions"]["value"] >= 900_000_000 for s in counted))
        self.assertEqual(result["comparison"]["rounds"], 2)
        for file in (self.bench.root / "files").iterdir():
            self.assertEqual([len(b["runs"]) for b in json.loads(file.read_text())["benchmarks"]], [2])

    def test_reads_names_with_the_unit_in_front(self):
        self.perf(long_names=True)
        self.assertAlmostEqual(self.arms(self.result())["fast"]["instructions_ratio"], 0.9)

    def test_takes_turns_where_counters_are_few(self):
        self.perf(counters=3)
        result = self.result()
        counted = [
            set(s["counters"])
            for b in result["measurement"]["blocks"]
            if b["phase"] == "counters"
            for s in b["samples"]
        ]
        self.assertEqual(max(map(len, counted)), 3)
        self.assertTrue(all("instructions" in events for events in counted))
        self.assertFalse(any(e["multiplexed"] for a in result["counters"]["arms"] for e in a["events"].values()))
        self.assertGreaterEqual(set().union(*counted), set(RAN))

    def test_marks_what_was_multiplexed_all_the_same(self):
        self.perf(counters=1)
        result = self.result()
        self.assertTrue(self.arms(result)["plain"]["events"]["branch-misses"]["multiplexed"])
        self.assertTrue(any("perf extrapolates" in n for n in result["measurement"]["notes"]))
        self.assertRegex(self.measure().stdout, r"python-fast.*\n? +0\.900x~ +2\.00~ +4\.00~")

    def test_leaves_out_what_the_machine_does_not_count(self):
        self.perf(unsupported=["iTLB-load-misses", "stalled-cycles-backend"])
        result = self.result()
        self.assertNotIn("iTLB-load-misses", self.arms(result)["plain"]["events"])
        notes = [n for n in result["measurement"]["notes"] if "does not show" in n]
        self.assertEqual(len(notes), 1)
        self.assertTrue(notes[0].endswith("iTLB-load-misses, stalled-cycles-backend"), notes)

    def test_says_once_that_there_are_none_and_measures_all_the_same(self):
        self.perf(unsupported=["*"])
        result = self.result()
        self.assertIn("has no hardware counters", self.only_note(result))
        self.assertEqual(result["comparison"]["rounds"], 2)

    def test_says_what_to_do_where_perf_is_not_permitted(self):
        self.perf(refuses=True)
        self.assertIn("sysctl kernel.perf_event_paranoid=2", self.only_note(self.result()))

    def test_says_what_to_install_where_there_is_no_perf(self):
        for name in ("env", "python3"):
            (self.tools / name).symlink_to(shutil.which(name))
        note = self.only_note(self.result(path=str(self.tools)))
        self.assertIn("perf is not on PATH: install it", note)

    def test_says_what_perf_said_where_it_does_not_start(self):
        (self.tools / "perf").write_text("#!/bin/sh\necho 'WARNING: perf not found for kernel 6.1' >&2\nexit 2\n")
        (self.tools / "perf").chmod(0o755)
        note = self.only_note(self.result())
        self.assertIn("exit status 2: WARNING: perf not found for kernel 6.1", note)

    def test_a_perf_that_dies_half_way_is_recorded(self):
        self.perf(dies=True)
        result = self.result()
        counted = [s for b in result["measurement"]["blocks"] if b["phase"] == "counters" for s in b["samples"]]
        self.assertTrue(counted and all("killed by signal 9" in s["error"] for s in counted))
        self.assertNotIn("counters", result)
        self.assertTrue(any(n.startswith("while counting: ") for n in result["measurement"]["notes"]))
        self.assertEqual(result["comparison"]["rounds"], 2)

    def test_counts_nothing_anew_in_a_second_run(self):
        self.perf()
        first = self.result()
        self.assertEqual(self.result()["measurement"]["blocks"], first["measurement"]["blocks"])

    def test_shows_a_table(self):
        self.perf()
        done = self.measure()
        self.assertIn("Hardware counters (measured, generic, 1 workload, user space)", done.stdout)
        self.assertRegex(done.stdout, r"python-fast.*\n? +0\.900x +2\.00 +4\.00 +8\.00 +0\.50")
        self.assertIn("Top-down, level 1 (measured, formulas: stalled-cycles)", done.stdout)

    def test_counts_nothing_unasked(self):
        self.perf()
        done = self.bench.verb(
            "measure",
            self.plain,
            self.fast,
            "--rounds",
            "2",
            "--json",
            "--store",
            str(self.bench.store),
            PATH=f"{self.tools}:{os.environ['PATH']}",
        )
        self.assertNotIn("counters", json.loads(done.stdout))


if __name__ == "__main__":
    unittest.main()
