"""Axes of a sweep that change how a build is run, or what its files are called: jit, runtime, gil."""

import json
import pathlib
import unittest

from fakes import SPEC, Bench


class RunTimeAxesTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)

    def spec(self, *configurations, **changes):
        self.bench.spec.write_text(json.dumps({**SPEC, "configurations": list(configurations), **changes}))

    def builds(self, result):
        return {build["name"]: build for build in result["builds"]}

    def runs_of(self, command):
        return [line for line in self.bench.log.read_text().splitlines() if line.startswith(command)]

    def test_one_build_is_measured_with_its_jit_off_and_on(self):
        self.spec({"name": "off", "jit": "off"}, {"name": "on", "jit": "on"})
        result = self.bench.result()
        self.assertEqual(len([line for line in self.runs_of("configure") if "yes-off" in line]), 1)
        builds = self.builds(result)
        self.assertEqual(builds["off"]["code_sha256"], builds["on"]["code_sha256"])
        variables = {arm["id"]: arm.get("variables") for arm in result["measurement"]["arms"]}
        self.assertEqual(variables[builds["off"]["id"]], {"PYTHON_JIT": "0"})
        self.assertEqual(variables[builds["on"]["id"]], {"PYTHON_JIT": "1"})
        self.assertIsNone(variables["copy"])
        self.assertEqual(result["recommendation"]["arm"], builds["on"]["id"])
        self.assertAlmostEqual(result["recommendation"]["speed"]["estimate"], 1 / 0.7, delta=0.02)

    def test_the_recommendation_says_what_to_export(self):
        self.spec({"name": "on", "jit": "on"})
        self.assertIn("Run it with: export PYTHON_JIT=1", self.bench.sweep().stdout)
        for form, line in {
            "shell": "Run it with: export PYTHON_JIT=1",
            "configure": "run it with: export PYTHON_JIT=1",
            "dockerfile": "ENV PYTHON_JIT='1'",
        }.items():
            said = self.bench.verb("recommend", "--format", form, "--store", str(self.bench.store))
            self.assertIn(line, said.stdout, form)
        said = self.bench.verb("recommend", "--format", "json", "--store", str(self.bench.store))
        self.assertEqual(json.loads(said.stdout)["environment"], {"PYTHON_JIT": "1"})

    def test_a_build_with_a_jit_is_trained_without_and_with_it(self):
        self.spec({"name": "on", "jit": "on", "pgo": "training"})
        build = self.builds(self.bench.result())["on"]
        training = [c["line"] for c in build["commands"] if c["stage"] == "train"]
        self.assertEqual([("PYTHON_JIT=0" in line, "PYTHON_JIT=1" in line) for line in training], [(1, 0), (0, 1)])

    def test_a_users_program_trains_a_build_too(self):
        program = self.bench.root / "mine" / "run.py"
        program.parent.mkdir()
        program.write_text("print('mine')\n")
        self.spec({"name": "pgo", "pgo": "training"})
        plain = self.builds(self.bench.result())["pgo"]
        trained = self.builds(self.bench.result("--training", str(program)))["pgo"]
        lines = [c["line"] for c in trained["commands"] if c["stage"] == "train"]
        self.assertEqual(len([line for line in lines if str(program) in line]), 1, lines)
        self.assertEqual(len(lines), 2)
        self.assertNotEqual(trained["training_sha256"], plain["training_sha256"])
        done = self.bench.sweep("--training", str(program.parent / "absent.py"))
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
        self.assertIn("--training: ", done.stderr)

    def test_a_jit_that_is_not_enabled_is_an_error_and_no_figure(self):
        self.spec({"name": "plain", "lto": "full"}, {"name": "idle", "jit": "on", "opt": "O2"})
        result = self.bench.result()
        idle = self.builds(result)["idle"]
        self.assertEqual(idle["failure"]["class"], "no-effect")
        self.assertIn("PYTHON_JIT=1 has no effect: the interpreter says that its JIT", idle["failure"]["message"])
        self.assertNotIn(idle["id"], [arm["id"] for arm in result["measurement"]["arms"]])

    def test_runtimes_are_arms_of_the_build_that_is_there(self):
        self.spec({"name": "quick", "runtime": "FAKE_TIME=0.5 PYTHONMALLOC=malloc"}, {"name": "b", "runtime": "malloc"})
        result = self.bench.result()
        self.assertEqual(len(self.runs_of("make")), 1)
        quick = self.builds(result)["quick"]
        self.assertEqual(result["recommendation"]["arm"], quick["id"])
        self.assertAlmostEqual(result["recommendation"]["speed"]["estimate"], 2, delta=0.03)
        found = self.bench.verb(
            "measure", "baseline", "quick", "--json", "--rounds", "5", "--store", str(self.bench.store)
        )
        self.assertEqual(json.loads(found.stdout)["interpreters"][1]["variables"]["FAKE_TIME"], "0.5", found.stderr)

    def test_a_runtime_that_would_do_nothing_is_dropped_with_the_reason(self):
        other = self.bench.root / "other.so"
        other.write_bytes(b"\x7fELF" + bytes(60))
        self.spec(
            {"name": "kept", "lto": "full"},
            {"name": "absent", "runtime": "LD_PRELOAD=/nonexistent/libx.so"},
            {"name": "other", "runtime": f"LD_PRELOAD={other}"},
            {"name": "later", "runtime": "PYTHON_TLBC=0"},
            {"name": "tunable", "runtime": "GLIBC_TUNABLES=glibc.malloc.hugetlbs=1"},
            {"name": "both", "gil": "off", "runtime": "malloc"},
            {"name": "huge", "pages": "pymalloc"},
            {"name": "idle", "pages": "pymalloc", "runtime": "malloc"},
        )
        planned = self.bench.sweep("--plan")
        self.assertEqual(planned.returncode, 0, planned.stderr)
        for reason in (
            "/nonexistent/libx.so cannot be preloaded (cannot open shared object file)",
            f"{other} cannot be preloaded (",
            "PYTHON_TLBC has no effect: CPython 3.13 does not know it, 3.14 is the first that does",
            'the interpreter\'s C library has no "glibc.malloc.hugetlbs"',
            "a free-threaded CPython has an allocator of its own",
            "PYTHON_PYMALLOC_HUGEPAGES has no effect: CPython 3.13 does not know it, 3.15 is the first",
            "PYTHONMALLOC of another allocator leaves pymalloc and its huge pages unused",
        ):
            self.assertIn(reason, planned.stdout)

    def test_a_runtime_that_is_none_is_told_in_one_line(self):
        self.spec({"name": "x", "runtime": "jemaloc"})
        done = self.bench.sweep()
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
        self.assertIn('unknown value "jemaloc"; did you mean "jemalloc"?', done.stderr)

    def test_a_free_threaded_build_has_its_own_names(self):
        self.spec({"name": "free", "gil": "off", "opt": "O2"})
        result = self.bench.result()
        python = pathlib.Path(self.builds(result)["free"]["python"])
        self.assertEqual(python.name, "python3.13t")
        self.assertEqual((python.parent / "python3.13").readlink(), pathlib.Path("python3.13t"))
        self.assertTrue((python.parents[1] / "lib" / "python3.13t" / "__pycache__").is_dir())
        self.assertIn(self.builds(result)["free"]["id"], [row["arm"] for row in result["race"]["arms"]])
        script = self.bench.verb("recommend", "--format", "shell", "--build", "free", "--store", str(self.bench.store))
        self.assertIn("$PREFIX/lib/libpython3.13t.so.1.0", script.stdout)


if __name__ == "__main__":
    unittest.main()
