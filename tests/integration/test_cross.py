"""Sweeps for another machine, over fake tools: compiler, emulator and interpreters pretend to be aarch64's."""

import json
import platform
import re
import subprocess
import unittest

from fakes import ROOT, Bench

SPEC = {
    "schema": 1,
    "source": "unused",
    "target": "neoverse-n1",
    "baseline": {"compiler": "gcc-12"},
    "configurations": [{"name": "pgo", "pgo": "training"}, {"name": "later", "cpu": "neoverse-v1"}],
    "measure": {"rounds": 2, "confirm_rounds": 2, "system_python": False, "numeric_rounds": 2},
}


def make_sysroot(root, but=""):
    """Empty files where tuner/source/sysroot.cc looks for what a build needs."""
    table = re.findall(
        r'Needed\{"[^"]*", "([^"]*)", "([^"]*)", "([^"]*)"\}', (ROOT / "tuner/source/sysroot.cc").read_text()
    )
    assert table
    for header, library, package in table:
        for folder, name in (("usr/include", header), ("usr/lib/aarch64-linux-gnu", library)):
            if name and package != but:
                (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
                (root / folder / name).touch()
    return root


@unittest.skipIf(platform.machine() == "aarch64", "neoverse-n1 is of this machine's own architecture")
class CrossTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.bench.spec.write_text(json.dumps(SPEC))
        for folder in ("cpus", "identity"):
            (cls.bench.home / "profiles" / folder).symlink_to(ROOT / "profiles" / folder)
        cls.bench.networks("networks-small")
        cls.sysroot = make_sysroot(cls.bench.root / "sysroot")
        cls.done = cls.bench.sweep("--json", "--sysroot", str(cls.sysroot))

    def result(self):
        self.assertIn(self.done.returncode, (0, 3), self.done.stderr)
        return json.loads(self.done.stdout)

    def refused(self, *arguments, **options):
        done = self.bench.sweep(*arguments, **options)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done.stderr

    def test_the_numeric_column_is_counted_too(self):
        numeric = self.result()["numeric"]
        pgo = next(build for build in self.result()["builds"] if build["name"] == "pgo")
        row = next(row for row in numeric["comparison"]["arms"] if row["arm"] == pgo["id"])
        self.assertEqual(numeric["comparison"]["clock"], "instructions")
        self.assertAlmostEqual(row["speed"]["estimate"], 1 / 0.8, places=3)
        self.assertEqual([network["speed"]["evidence"] for network in numeric["networks"]], ["counted"])

    def test_counts_and_recommends_at_level_counted(self):
        result = self.result()
        self.assertEqual(result["recommendation"]["evidence"], "counted")
        self.assertEqual(result["target"], "neoverse-n1")
        pgo = next(build for build in result["builds"] if build["name"] == "pgo")
        self.assertEqual(result["recommendation"]["arm"], pgo["id"])
        # The fake interpreter with a profile counts 0.8 as many.
        self.assertAlmostEqual(result["recommendation"]["speed"]["estimate"], 1 / 0.8, places=3)
        for block in result["measurement"]["blocks"]:
            for sample in block["samples"]:
                self.assertEqual(sample["wall_values"], [])
                self.assertGreater(sample["counters"]["instructions"]["value"], 0)

    def test_says_what_a_count_does_not_see(self):
        self.assertTrue(any("caches" in warning for warning in self.result()["race"]["warnings"]))

    def test_drops_code_that_the_target_cannot_run(self):
        reasons = [dropped["reason"] for dropped in self.result()["dropped"]]
        self.assertEqual(len(reasons), 1)
        self.assertIn("code for neoverse-v1 does not run on neoverse-n1", reasons[0])

    def test_trains_under_the_emulator_and_records_it_without_paths_of_this_store(self):
        pgo = next(build for build in self.result()["builds"] if build["name"] == "pgo")
        train = next(c["line"] for c in pgo["commands"] if c["stage"] == "train")
        self.assertRegex(train, r'qemu-aarch64 -L "\$WORK/sysroot" -cpu neoverse-n1 -plugin "\$WORK/plugin.so"')
        for command in pgo["commands"]:
            self.assertNotIn(str(self.bench.root / "store"), command["line"])
        self.assertIn("--host=aarch64-linux-gnu", pgo["configure_arguments"])

    def test_the_finished_sweep_is_not_made_again(self):
        self.result()
        before = self.bench.finished_steps()
        again = self.bench.sweep("--json", "--sysroot", str(self.sysroot))
        self.assertEqual(again.stdout, self.done.stdout)
        self.assertEqual(self.bench.finished_steps(), before)

    def test_the_forms_for_the_machine_itself_need_no_emulator(self):
        self.result()
        shell = self.bench.verb("recommend", "--format", "shell", "--store", str(self.bench.store)).stdout
        self.assertIn("SYSROOT=${SYSROOT:-", shell)
        self.assertEqual(subprocess.run(["sh", "-n"], input=shell, text=True, check=False).returncode, 0)
        for form in ("pyenv", "debian", "dockerfile"):
            text = self.bench.verb("recommend", "--format", form, "--store", str(self.bench.store)).stdout
            with self.subTest(form=form):
                self.assertIn("gcc-12", text)
                for word in ("qemu", "sysroot", "aarch64-linux-gnu-gcc", "--host=", "ac_cv_"):
                    self.assertNotIn(word, text)

    def measure(self, *names, **extra):
        arguments = ("--emulate", "neoverse-n1", "--rounds", "2", "--store", str(self.bench.store), "--json")
        return self.bench.verb("measure", *names, *arguments, **extra)

    def test_its_builds_are_measured_by_name_in_the_sysroot_they_were_made_against(self):
        self.result()
        roots = self.bench.root / "qemu-roots"
        roots.touch()
        done = self.measure("baseline", "pgo", HOME=str(self.bench.root))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)["comparison"]["arms"]
        self.assertAlmostEqual(rows[-1]["speed"]["estimate"], 1 / 0.8, places=3)
        self.assertEqual(rows[-1]["speed"]["evidence"], "counted")
        self.assertEqual(set(roots.read_text().split()), {str(self.sysroot)})

    def test_a_build_whose_sysroot_is_gone_says_how_to_have_it_back(self):
        self.result()
        self.sysroot.rename(self.bench.root / "elsewhere")
        try:
            done = self.measure("baseline", "pgo")
        finally:
            (self.bench.root / "elsewhere").rename(self.sysroot)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(
            done.stderr.strip(),
            f"pytune: baseline: the sysroot it was built against is gone ({self.sysroot}); "
            "run its sweep again to have it back",
        )

    def test_an_unknown_target_is_refused_with_a_suggestion(self):
        self.assertIn(
            'unknown target "neoverse-m1"; did you mean "neoverse-n1"', self.refused("--target", "neoverse-m1")
        )

    def test_a_target_of_this_machines_kind_is_refused(self):
        self.assertIn("leave --target out", self.refused("--target", "x86-64-v2"))

    def test_a_sysroot_that_lacks_a_library_is_refused_with_the_package(self):
        poor = make_sysroot(self.bench.root / "poor", but="libffi-dev")
        self.assertIn("libffi: no usr/include/ffi.h; add the package libffi-dev", self.refused("--sysroot", str(poor)))

    def test_a_sysroot_that_is_not_there_is_refused(self):
        self.assertIn("no such directory", self.refused("--sysroot", "/nowhere/at/all"))

    def test_an_emulator_without_plugins_is_refused_before_anything_is_built(self):
        self.assertIn("takes no plugins", self.refused("--sysroot", str(self.sysroot), FAKE_QEMU="static"))

    def test_a_plan_needs_no_sysroot(self):
        store = self.bench.root / "other-store"
        plan = self.bench.sweep("--plan", "--json", store=store)
        self.assertEqual(plan.returncode, 0, plan.stderr)
        self.assertFalse(store.exists())
        self.assertEqual([c["name"] for c in json.loads(plan.stdout)["configurations"]], ["baseline", "pgo"])

    def test_a_sysroot_without_a_target_is_refused(self):
        spec = self.bench.root / "native.json"
        spec.write_text(
            json.dumps(
                {**{key: value for key, value in SPEC.items() if key != "target"}, "measure": {"numeric_rounds": 0}}
            )
        )
        self.assertIn("give one, or drop it", self.refused("--sysroot", "/", spec=spec))


if __name__ == "__main__":
    unittest.main()
