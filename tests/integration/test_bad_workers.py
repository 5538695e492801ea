"""`pytune measure` when a workload misbehaves, or the disk fills up: recorded with its reason, and the rest goes on."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

from fakes import SHEBANG, Bench

ONLY_BETA = "import os, sys, time\nif any('beta' in a for a in sys.argv) and '--worker' in sys.argv:\n    exec({!r})"
# A process with nothing left of its parents': another session, no parent, deaf to SIGTERM. {} is where its number goes.
DAEMON = """
import signal
if os.fork() == 0:
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.close(1), os.close(2)
    with open({!r}, 'a') as out:
        out.write(f'{{os.getpid()}}\\n')
    time.sleep(1000)
else:
    os.wait()
    while not os.path.exists({!r}):
        time.sleep(0.01)
"""
# And two that neither end nor listen, in the worker's own group.
ENDLESS = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
with open({!r}, 'a') as out:
    out.write(f'{{os.getpid()}}\\n')
while True:
    time.sleep(1)
"""


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Case(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.plain = self.interpreter("plain")
        self.pids = self.bench.root / "pids"

    def interpreter(self, name, on_beta="pass"):
        path = self.bench.root / f"python-{name}"
        body = (self.bench.tree / "fake-python").read_text()
        path.write_text(f"{SHEBANG}FLAGS = '-O3'\n{ONLY_BETA.format(on_beta)}\n{body}")
        path.chmod(0o755)
        return str(path)


class BadWorkersTest(Case):
    def measure(self, *words):
        return self.bench.verb("measure", "--json", "--rounds", "3", "--store", str(self.bench.store), *words)

    def result(self, *words):
        done = self.measure(*words)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def errors(self, result, workload):
        """By arm, the reasons of its failed samples."""
        arms = {}
        for block in result["measurement"]["blocks"]:
            if block["workload"] == workload:
                for sample in block["samples"]:
                    arms.setdefault(sample["arm"].rpartition("-")[0], []).append(sample.get("error", ""))
        return arms

    def fails_on_beta_only(self, result, name, reason):
        errors = self.errors(result, "beta")[f"python-{name}"]
        self.assertEqual(len(errors), 3)
        for error in errors:
            self.assertIn(reason, error)
        self.assertIn("not run", errors[2])
        self.assertEqual(self.errors(result, "alpha")[f"python-{name}"], [""] * 3)
        self.assertTrue(
            any("beta" in note and reason in note for note in result["measurement"]["notes"]),
            result["measurement"]["notes"],
        )

    def leaves_nobody(self):
        pids = [int(p) for p in self.pids.read_text().split()]
        self.assertTrue(pids)
        self.assertEqual([p for p in pids if alive(p)], [])

    def test_values_that_are_not_numbers(self):
        bad = self.interpreter(
            "nan",
            "plain = repr\nrepr = lambda value: plain(value).replace(\"'values': [\", \"'values': [NaN, \")",
        )
        self.fails_on_beta_only(self.result(self.plain, bad), "nan", "NaN")

    def test_one_that_prints_nan_is_no_fault(self):
        chatty = self.interpreter("chatty", "print('nan'); print('NaN', file=sys.stderr, flush=True)")
        self.assertEqual(self.errors(self.result(self.plain, chatty), "beta")["python-chatty"], [""] * 3)

    def test_one_that_never_ends_is_killed_with_what_it_started(self):
        pids = str(self.pids)
        bad = self.interpreter("endless", DAEMON.format(pids, pids) + ENDLESS.format(pids))
        self.fails_on_beta_only(self.result(self.plain, bad, "--timeout", "3s"), "endless", "timed out after")
        self.leaves_nobody()

    def test_a_workload_that_ends_nowhere_is_left_out(self):
        first = self.interpreter("first", "time.sleep(1000)")
        result = self.result(first, self.plain, "--timeout", "3s")
        self.assertEqual({w["name"] for w in result["measurement"]["workloads"]}, {"alpha", "gamma"})
        self.assertTrue(any("workload beta left out" in n and "timed out" in n for n in result["measurement"]["notes"]))

    def test_what_a_good_worker_leaves_behind_is_gone(self):
        daemon = self.interpreter("daemon", DAEMON.format(str(self.pids), str(self.pids)))
        result = self.result(self.plain, daemon)
        self.assertEqual(self.errors(result, "beta")["python-daemon"], [""] * 3)
        self.assertTrue(self.pids.read_text().split())  # the later ones may be gone before they write
        self.leaves_nobody()

    def test_one_that_eats_memory_is_ended_before_the_machine_is_out_of_it(self):
        bad = self.interpreter("hungry", "eaten = []\nwhile True: eaten.append(b'x' * (1 << 20))")
        self.fails_on_beta_only(
            self.result(self.plain, bad, "--memory-limit", "200M"), "hungry", "took more than 0.2 GB of memory"
        )

    def test_failures_under_a_low_limit_are_not_kept_for_a_higher_one(self):
        large = self.interpreter("large", "eaten = b'x' * (400 << 20); time.sleep(1)")
        self.fails_on_beta_only(self.result(self.plain, large, "--memory-limit", "200M"), "large", "took more than")
        self.assertEqual(
            self.errors(self.result(self.plain, large, "--memory-limit", "2G"), "beta")["python-large"], [""] * 3
        )

    def test_bad_limits(self):
        for words, text in [
            (("--timeout", "never"), '--timeout: "never" is not a time'),
            (("--memory-limit", "lots"), '"lots" is not an amount of memory'),
        ]:
            done = self.measure(self.plain, self.plain, *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)


class FullDiskTest(Case):
    """The store on a small disk of its own."""

    def setUp(self):
        super().setUp()
        self.disk = self.bench.root / "disk"
        self.disk.mkdir()
        if (
            shutil.which("mount") is None
            or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", "size=4m", "pytune-test", str(self.disk)],
                capture_output=True,
                check=False,
            ).returncode
            != 0
        ):
            self.skipTest("may not mount a small disk")
        self.addCleanup(subprocess.run, ["umount", str(self.disk)], check=True)
        self.bench.store = self.disk / "store"
        self.bench.provide_wheel(self.bench.store)
        self.second = self.interpreter("second")

    def fill(self, but):
        free = os.statvfs(self.disk)
        (self.disk / "filler").write_bytes(b"x" * (free.f_bavail * free.f_frsize - but))

    def rounds(self, number):
        return self.bench.verb(
            "measure", "--json", "--rounds", str(number), "--store", str(self.bench.store), self.plain, self.second
        )

    def says_it_is_full(self, done):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertIn("No space left on device; free some space", done.stderr)

    def test_blocks_that_find_no_room_lose_none_of_the_others(self):
        self.assertIn(self.rounds(1).returncode, (0, 3))
        self.fill(but=20_000)
        self.says_it_is_full(self.rounds(20))
        kept = self.bench.finished_steps()
        blocks = [step for step in kept if step.startswith("blocks/")]
        self.assertGreater(len(blocks), 3)
        (self.disk / "filler").unlink()
        done = self.rounds(20)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual(len(json.loads(done.stdout)["measurement"]["blocks"]), 60)
        now = self.bench.finished_steps()
        self.assertEqual({step: now.get(step) for step in kept}, kept)

    def test_a_full_disk_is_not_taken_for_a_workload_that_does_not_run(self):
        self.fill(but=0)
        self.says_it_is_full(self.rounds(1))
        (self.disk / "filler").unlink()
        done = self.rounds(1)
        self.assertEqual(len(json.loads(done.stdout)["measurement"]["workloads"]), 3)


if __name__ == "__main__":
    unittest.main()
