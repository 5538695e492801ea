"""Two runs at once: refused on the same CPUs, whatever the store, and let go side by side on others."""

import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from fakes import PYTUNE, SHEBANG, Bench

CPUS = sorted(os.sched_getaffinity(0))
SLEEPY = """
import os, sys, time
if '--worker' in sys.argv and '--calibrate-loops' not in sys.argv:
    open({!r}, 'w').close()
    time.sleep(1000)
"""


class ClaimsTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.mark = self.bench.root / "measuring"
        self.plain, self.other = self.interpreter("plain"), self.interpreter("other")

    def interpreter(self, name, before=""):
        path = self.bench.root / f"python-{name}"
        path.write_text(f"{SHEBANG}FLAGS = '-O3'\n{before}\n{(self.bench.tree / 'fake-python').read_text()}")
        path.chmod(0o755)
        return str(path)

    def command(self, *words, store=None):
        return [PYTUNE, "measure", "--json", "--rounds", "2", "--store", str(store or self.bench.store), *words]

    def measure(self, *words, **extra):
        return subprocess.run(
            self.command(*words),
            env=self.bench.environment(**extra),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *words, **extra):
        process = subprocess.Popen(
            self.command(*words),
            env=self.bench.environment(**extra),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def start_endless(self, *words):
        """A run in the midst of its first block, in which it stays."""
        process = self.start(self.interpreter("sleepy", SLEEPY.format(str(self.mark))), self.plain, *words)
        while not self.mark.exists():
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        return process

    def refused(self, done, first, cpus):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertIn(f"CPU {cpus} is being measured on by pid {first.pid} (", done.stderr)
        self.assertIn("pytune measure", done.stderr)
        self.assertIn("--no-wait", done.stderr)

    def works(self, done):
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def test_the_same_cpus_are_refused_with_the_reason_until_the_first_run_is_gone(self):
        first = self.start_endless("--cpus", str(CPUS[0]))
        self.refused(self.measure(self.plain, self.other, "--no-wait"), first, CPUS[0])  # unpinned: all CPUs
        elsewhere = Bench()
        self.addCleanup(elsewhere.close)
        done = subprocess.run(
            self.command(self.plain, self.other, "--no-wait", store=elsewhere.store),
            env=self.bench.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.refused(done, first, CPUS[0])  # another store is no other machine
        first.send_signal(signal.SIGKILL)
        first.wait()
        self.works(self.measure(self.plain, self.other))

    def start_sweep(self, *words):
        process = subprocess.Popen(
            self.bench.command(*words),
            env=self.bench.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_a_sweep_builds_beside_who_measures_and_then_waits(self):
        first = self.start_endless()
        sweep = self.start_sweep()
        said = [sweep.stderr.readline() for _ in range(2)]
        who = rf"CPU \S+ is being measured on by pid {first.pid} \(.*pytune measure .*\) since \d\d:\d\d"
        self.assertRegex(said[0], who + ", which building disturbs; --wait waits for its end before building too")
        self.assertRegex(said[1], who + "; waiting for its end")
        self.assertEqual(len(list(self.bench.store.glob("build/*/record.json"))), 4)
        self.assertEqual(list(self.bench.store.glob("sweep/*")), [])
        self.assertIsNone(sweep.poll())
        first.send_signal(signal.SIGKILL)
        out, err = sweep.communicate(timeout=120)
        self.assertEqual(sweep.returncode, 0, err)
        self.assertNotIn("being measured on", err)
        self.assertIn("pgo-lto", out)

    def test_ctrl_c_ends_the_wait_of_a_sweep_and_of_a_measurement(self):
        first = self.start_endless()
        for process, lines in ((self.start_sweep(), 2), (self.start(self.plain, self.other), 1)):
            for _ in range(lines):
                self.assertIn(f"pid {first.pid} (", process.stderr.readline())
            process.send_signal(signal.SIGINT)
            err = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, 130, err)
            self.assertLessEqual(len(err.strip().splitlines()), 1, err)
        self.assertIsNone(first.poll())

    def test_a_sweep_builds_nothing_before_the_others_end_if_asked_to(self):
        first = self.start_endless()
        done = self.bench.sweep("--no-wait")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"is being measured on by pid {first.pid} (", done.stderr)
        sweep = self.start_sweep("--wait")
        self.assertIn("; waiting for its end", sweep.stderr.readline())
        self.assertEqual(list(self.bench.store.glob("compile/*")), [])
        first.send_signal(signal.SIGKILL)
        err = sweep.communicate(timeout=120)[1]
        self.assertEqual(sweep.returncode, 0, err)

    def test_prune_leaves_alone_what_a_measurement_uses(self):
        suite = self.bench.home / "profiles" / "workloads" / "builtin.json"
        content = json.loads(suite.read_text())
        for workload in content["workloads"]:
            workload["requirements"] = ["one==1"]
        suite.write_text(json.dumps(content))
        first = self.start_endless()

        def kept():
            return sorted(p.parts[-3:-1] for p in self.bench.store.glob("*/*/record.json"))

        before = kept()
        self.assertLessEqual({"environment", "wheel", "calibration"}, {kind for kind, _ in before})
        for words in (["--all", "--dry-run"], ["--all"]):
            done = self.bench.verb("store", "prune", *words, "--store", str(self.bench.store))
            self.assertIn("a pytune that is running uses them", done.stdout, done.stderr)
            self.assertEqual(kept(), before)
        first.send_signal(signal.SIGKILL)
        first.wait()
        self.bench.verb("store", "prune", "--all", "--store", str(self.bench.store))
        self.assertEqual(kept(), [])

    @unittest.skipIf(len(CPUS) < 2, "one CPU")
    def test_other_cpus_of_one_store_go_side_by_side(self):
        first = self.start_endless("--cpus", str(CPUS[0]))
        self.works(self.measure(self.plain, self.other, "--cpus", str(CPUS[1])))
        self.assertIsNone(first.poll())

    def test_it_waits_and_says_so(self):
        first = self.start_endless()
        second = self.start(self.plain, self.other)
        said = second.stderr.readline()
        self.assertIn(f"is being measured on by pid {first.pid} (", said)
        self.assertIn("waiting", said)
        self.assertIsNone(second.poll())
        first.send_signal(signal.SIGKILL)
        second.wait(timeout=120)
        self.assertIn(second.returncode, (0, 3))

    def test_two_that_do_not_see_each_others_locks_still_write_no_block_twice(self):
        words = (self.interpreter("slow", "import sys, time\nif '--worker' in sys.argv: time.sleep(0.05)"), self.plain)
        pair = [self.start(*words, PYTUNE_LOCKS=str(self.bench.root / f"locks-{n}")) for n in range(2)]
        results = [json.loads(p.communicate(timeout=120)[0]) for p in pair]
        self.assertEqual(results[0]["measurement"]["blocks"], results[1]["measurement"]["blocks"])

    def test_what_a_lock_file_says_is_not_believed(self):
        locks = pathlib.Path(self.bench.environment()["PYTUNE_LOCKS"])
        locks.mkdir(exist_ok=True)
        for cpu in CPUS:
            (locks / f"pytune-cpu-{cpu}.lock").write_text(f"{os.getpid()}\n")
        self.works(self.measure(self.plain, self.other))

    def test_a_place_for_locks_that_cannot_be_is_refused(self):
        done = self.measure(self.plain, self.other, PYTUNE_LOCKS="/dev/null/locks")
        self.assertEqual(done.returncode, 2)
        self.assertIn("PYTUNE_LOCKS: /dev/null/locks: not a directory", done.stderr)


if __name__ == "__main__":
    unittest.main()
