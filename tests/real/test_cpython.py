"""A small sweep over real CPython with the real gcc: build, train, measure, recommend, package, and the printed recipe.

The store is kept outside the checkout, so a second run only measures; nothing depends on its being there. Needs the
network the first time, through apt and pip; without it the tests are skipped with the reason.
"""

import json
import os
import pathlib
import runpy
import shutil
import subprocess
import tempfile
import unittest

from offline import skip_where_nobody_was_reached

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTUNE = os.environ.get("PYTUNE_BIN", str(ROOT / "build" / "dev" / "pytune"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "pytune-tests"

# -O1 throughout: it compiles in half the time, and what is tested does not depend on the level.
SPEC = {
    "schema": 1,
    "source": "debian:trixie/3.13",
    "baseline": {"compiler": "gcc", "opt": "O1"},
    "configurations": [{"name": "trained", "pgo": "training", "pie": "no-pie"}],
    "measure": {"rounds": 5, "confirm_rounds": 5, "min_time": 0.02, "numeric_rounds": 1},
}
WORKLOADS = ["fibonacci_recursive", "jacobi_2d", "json_roundtrip"]


def pytune(*words, **options):
    environment = {**os.environ, "PYTUNE_HOME": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        [PYTUNE, *words], env=environment, capture_output=True, text=True, timeout=1500, check=False, **options
    )


class RealTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(tempfile.mkdtemp(prefix="pytune-real-"))
        cls.addClassCleanup(shutil.rmtree, cls.scratch, ignore_errors=True)
        entries = []
        for name in WORKLOADS:
            shutil.copy(ROOT / "profiles" / "workloads" / f"{name}.py", cls.scratch)
            entries.append(
                {"name": name, "script": f"{name}.py", "kind": "pure-python", "about": "of the builtin suite"}
            )
        suite = cls.scratch / "suite.json"
        suite.write_text(json.dumps({"schema": 1, "name": "suite", "workloads": entries}))
        spec = cls.scratch / "real.json"
        spec.write_text(json.dumps(SPEC))
        cls.suite = str(suite)
        cls.store = CACHE / "store"
        cls.store.mkdir(parents=True, exist_ok=True)
        done = pytune(
            "sweep", "--spec", str(spec), "--suite", str(suite), "--store", str(cls.store), "--json", "--no-tests"
        )
        if done.returncode not in (0, 3):
            skip_where_nobody_was_reached(done.stderr)
            raise AssertionError(done.stderr)
        cls.result = json.loads(done.stdout)
        cls.trained = next(b for b in cls.result["builds"] if b["name"] == "trained")

    def test_every_build_worked_and_its_flags_are_in_effect(self):
        for build in self.result["builds"]:
            self.assertNotIn("failure", build)
            self.assertEqual(build["flag_mismatches"], [])
            self.assertIn("-O1", build["effective_flags"].split())
        self.assertIn("-fprofile-use", self.trained["effective_flags"].split())

    def test_no_build_compiles_its_library_at_start_and_each_has_its_own_settings(self):
        for build in self.result["builds"]:
            library = next(pathlib.Path(build["prefix"]).glob("lib/python3.*"))
            unsure = [
                str(file.relative_to(library))
                for file in library.rglob("*.pyc")
                if file.read_bytes()[4:8] != b"\x01\0\0\0"
            ]
            self.assertEqual(unsure, [])
            told = subprocess.run(
                [build["python"], "-c", "import sysconfig; print(sysconfig.get_config_var('CONFIG_ARGS'))"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            (settings,) = library.glob("_sysconfigdata_*.py")
            self.assertEqual(told.strip(), runpy.run_path(str(settings))["build_time_vars"]["CONFIG_ARGS"])

    def test_bf16mm_was_built_for_every_build_and_its_networks_ran(self):
        numeric = self.result["numeric"]
        builds = {b["id"] for b in self.result["builds"]}
        self.assertEqual({row["arm"] for row in numeric["comparison"]["arms"]} & builds, {self.trained["id"]})
        good = {s["arm"] for b in numeric["measurement"]["blocks"] for s in b["samples"] if not s.get("error")}
        self.assertLessEqual(builds, good)
        self.assertEqual(
            [network["network"] for network in numeric["networks"]], ["resnet50", "gpt2", "bert", "maskrcnn", "gemm"]
        )
        for network in numeric["networks"]:
            self.assertTrue(0 < network["difference"] < 0.1, network)

    def test_the_interpreter_is_the_asked_one(self):
        header = subprocess.run(
            ["readelf", "-h", self.trained["python"]], capture_output=True, text=True, check=True
        ).stdout
        self.assertIn("EXEC (Executable file)", header)
        baseline = next(b for b in self.result["builds"] if b["name"] == "baseline")
        header = subprocess.run(
            ["readelf", "-h", baseline["python"]], capture_output=True, text=True, check=True
        ).stdout
        self.assertIn("DYN (Position-Independent Executable", header)

    def test_every_arm_was_measured_in_every_block_with_cpu_time(self):
        for block in self.result["measurement"]["blocks"]:
            for sample in block["samples"]:
                self.assertEqual(sample.get("error", ""), "")
                self.assertEqual(len(sample["cpu_values"]), len(sample["wall_values"]))

    def test_measure_takes_a_build_and_the_systems_python_and_pyperf_reads_its_files(self):
        out = self.scratch / "pyperf"
        done = pytune(
            "measure",
            "/usr/bin/python3",
            self.trained["id"],
            "--suite",
            self.suite,
            "--rounds",
            "3",
            "--store",
            str(self.store),
            "--pyperf-json",
            str(out),
            "--json",
        )
        self.assertIn(done.returncode, (0, 3), done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual([i["implementation"] for i in result["interpreters"]], ["CPython", "CPython"])
        for block in result["measurement"]["blocks"]:
            self.assertEqual([s.get("error", "") for s in block["samples"]], ["", "", ""])
        # Each its own memory, and not that of the program that started it.
        peaks = [s["max_rss_kib"] for b in result["measurement"]["blocks"] for s in b["samples"]]
        self.assertTrue(all(5_000 < peak < 200_000 for peak in peaks), peaks)
        # Kept, it gives the same files again, and pyperf accepts what pyperformance adds to them.
        again = self.scratch / "pyperformance"
        kept = pytune(
            "compare", result["id"], "--store", str(self.store), "--export", f"pyperformance={again}", "--json"
        )
        self.assertEqual(json.loads(kept.stdout), result, kept.stderr)
        pyperf = next((self.store / "wheel").glob("*/pyperf-*"))
        for folder in (out, again):
            files = [str(folder / f"{i['arm']}.json") for i in result["interpreters"]]
            compared = subprocess.run(
                [self.trained["python"], "-m", "pyperf", "compare_to", "--table", *files],
                env={**os.environ, "PYTHONPATH": str(pyperf)},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            self.assertEqual(compared.returncode, 0, compared.stderr)
            for name in WORKLOADS:
                self.assertIn(name, compared.stdout)

    def test_the_shell_form_makes_the_same_code(self):
        shown = pytune(
            "recommend",
            "--format",
            "shell",
            "--sweep",
            self.result["id"],
            "--build",
            "trained",
            "--store",
            str(self.store),
        )
        self.assertEqual(shown.returncode, 0, shown.stderr)
        script = self.scratch / "recipe.sh"
        script.write_text(shown.stdout)
        environment = {**os.environ, "WORK": str(self.scratch / "by-hand"), "PREFIX": str(self.scratch / "prefix")}
        done = subprocess.run(
            ["sh", str(script)],
            env=environment,
            cwd=self.scratch,
            capture_output=True,
            text=True,
            timeout=1500,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        self.assertIn("The same code as in pytune's build.", done.stdout)

    def test_the_package_passes_its_own_check(self):
        out = self.scratch / "out"
        done = pytune(
            "package",
            "--sweep",
            self.result["id"],
            "--build",
            "trained",
            "--store",
            str(self.store),
            "--output",
            str(out),
            "--json",
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        made = json.loads(done.stdout)
        self.assertEqual(
            {c["name"] for c in made["checks"]} & {"unpack", "tests", "venv", "extension"},
            {"unpack", "tests", "venv", "extension"},
        )
        self.assertEqual(
            sorted(p.name for p in out.iterdir()),
            sorted(pathlib.Path(made[k]["path"]).name for k in ("full", "install")),
        )


if __name__ == "__main__":
    unittest.main()
