"""The workloads, the training set and the pyperf hook do what they promise.

    PYTUNE_PYPERF=<directory holding pyperf> python tests/profiles/test_profiles.py

The interpreter that runs the tests is the one the scripts are tried on. Without
PYTUNE_PYPERF, the pyperf that pytune pins is fetched by pip and kept in the user's
cache; where that fails, the tests that need it are skipped with the reason.
"""

import ast
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import pyperf_wheel

PROFILES = pathlib.Path(__file__).resolve().parents[2] / "profiles"
WORKLOADS = PROFILES / "workloads"
TRAINING = PROFILES / "training"
HOOK = PROFILES / "pyperf_hook"


PYPERF, WHY_NO_PYPERF = pyperf_wheel.find()

REQUIRED = {"fibonacci_recursive", "fibonacci_iterative", "jacobi_2d"}
TIMEOUT = 120

needs_pyperf = unittest.skipUnless(PYPERF, f"no pyperf: {WHY_NO_PYPERF}; PYTUNE_PYPERF may name one")


def environment(**extra):
    result = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result["PYTHONDONTWRITEBYTECODE"] = "1"
    result.update(extra)
    return result


def run_worker(script, *arguments, hook=False):
    """Drive a script as a pyperf manager does: its JSON, and all it printed."""
    path = [PYPERF] + ([str(HOOK)] if hook else [])
    reader, writer = os.pipe()
    with os.fdopen(reader) as pipe:
        try:
            process = subprocess.Popen(
                [sys.executable, str(script), "--worker", "--pipe", str(writer), "--worker-task", "0", *arguments],
                pass_fds=[writer],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(PYTHONPATH=os.pathsep.join(path)),
                text=True,
            )
        finally:
            os.close(writer)
        try:
            # One run's JSON fits into the pipe's buffer, so the order of reading is free.
            out, errors = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        text = pipe.read()
    if process.returncode:
        raise AssertionError(f"{script} ended with status {process.returncode}: {errors}")
    return json.loads(text), out


def only_run(document):
    """The single run of a pyperf document, with the metadata pyperf moved upwards."""
    (benchmark,) = document["benchmarks"]
    (run,) = benchmark["runs"]
    metadata = dict(document.get("metadata", {}))
    metadata.update(benchmark.get("metadata", {}))
    metadata.update(run.get("metadata", {}))
    return run, metadata


def workload_names():
    return [entry["name"] for entry in json.loads((WORKLOADS / "builtin.json").read_text("utf-8"))["workloads"]]


class Manifest(unittest.TestCase):
    def setUp(self):
        self.manifest = json.loads((WORKLOADS / "builtin.json").read_text("utf-8"))

    def test_header(self):
        self.assertEqual(self.manifest["schema"], 1)
        self.assertEqual(self.manifest["name"], "builtin")

    def test_lists_exactly_the_scripts_present(self):
        listed = [entry["script"] for entry in self.manifest["workloads"]]
        present = sorted(path.name for path in WORKLOADS.glob("*.py"))
        self.assertEqual(sorted(listed), present)
        self.assertEqual(len(set(listed)), len(listed))

    def test_enough_and_the_required_ones(self):
        names = {entry["name"] for entry in self.manifest["workloads"]}
        self.assertGreaterEqual(len(names), 12)
        self.assertLessEqual(REQUIRED, names)

    def test_entries_are_complete(self):
        for entry in self.manifest["workloads"]:
            with self.subTest(entry["name"]):
                self.assertEqual(set(entry), {"name", "script", "kind", "about"})
                self.assertEqual(entry["script"], entry["name"] + ".py")
                self.assertEqual(entry["kind"], "pure-python")
                self.assertTrue(entry["about"].strip())
                self.assertNotIn("\n", entry["about"])


class Sources(unittest.TestCase):
    def test_workloads_say_what_they_do_and_do_not_exercise(self):
        for path in sorted(WORKLOADS.glob("*.py")):
            with self.subTest(path.name):
                documentation = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
                self.assertIn("Exercises:", documentation)
                self.assertIn("Does not exercise:", documentation)

    @unittest.skipUnless(hasattr(sys, "stdlib_module_names"), "this Python does not know its own modules")
    def test_imports_are_of_the_standard_library(self):
        own = {path.stem for path in TRAINING.glob("*.py")}
        for directory, allowed in ((WORKLOADS, {"pyperf"}), (TRAINING, own), (HOOK, set())):
            for path in sorted(directory.glob("*.py")):
                with self.subTest(path.name):
                    self.assertLessEqual(imported(path), allowed | set(sys.stdlib_module_names))

    def test_training_modules_do_not_hide_modules_of_the_standard_library(self):
        names = {path.stem for path in TRAINING.glob("*.py")} | {"pytune_hook"}
        self.assertFalse(names & set(getattr(sys, "stdlib_module_names", ())))


def imported(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition(".")[0])
    return names


class Anonymous(ast.NodeTransformer):
    """Replaces every identifier by its number in order of appearance."""

    def __init__(self):
        self.numbers = {}

    def number(self, name):
        return f"n{self.numbers.setdefault(name, len(self.numbers))}"

    def generic_visit(self, node):
        for field in ("name", "id", "arg", "attr"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                setattr(node, field, self.number(value))
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            node.names = [self.number(name) for name in node.names]
        return super().generic_visit(node)


def body_of(function):
    """A function's body without its docstring and names, or None if it is too short."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    statements = sum(isinstance(node, ast.stmt) for part in body for node in ast.walk(part))
    if statements < 4:
        return None
    return ast.dump(Anonymous().visit(ast.Module(body=body, type_ignores=[])))


def bodies(directory):
    """Dump to "file: function", for the functions of the modules and of their classes."""
    found = {}
    for path in sorted(directory.glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            for part in node.body if isinstance(node, ast.ClassDef) else [node]:
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    dump = body_of(part)
                    if dump is not None:
                        found[dump] = f"{path.name}: {part.name}"
    return found


class Separation(unittest.TestCase):
    """What is measured is never trained on."""

    def test_no_function_is_shared(self):
        measured, trained = bodies(WORKLOADS), bodies(TRAINING)
        self.assertGreater(len(measured), 30)
        self.assertGreater(len(trained), 90)
        self.assertEqual([(measured[dump], trained[dump]) for dump in set(measured) & set(trained)], [])

    def test_no_program_is_named_after_a_workload(self):
        names = set(workload_names())
        for path in sorted(TRAINING.glob("*.py")):
            self.assertNotIn(path.stem, names)
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    self.assertNotIn(node.name, names)
                    self.assertIsNone(re.search("fib|jacobi", node.name))

    def test_training_does_not_import_workloads(self):
        for path in TRAINING.glob("*.py"):
            self.assertFalse(imported(path) & set(workload_names()))

    def test_a_renamed_copy_would_be_found(self):
        first, second, third = ast.parse(
            "def f(a):\n 'd'\n t = 0\n for x in a:\n  t += x.v\n return t\n"
            "def g(rows):\n s = 0\n for row in rows:\n  s += row.w\n return s\n"
            "def h(rows):\n s = 0\n for row in rows:\n  s -= row.w\n return s\n"
        ).body
        dumps = [body_of(function) for function in (first, second, third)]
        self.assertEqual(dumps[0], dumps[1])
        self.assertNotEqual(dumps[0], dumps[2])


@needs_pyperf
class Worker(unittest.TestCase):
    def test_every_workload_yields_values_and_prints_nothing(self):
        for name in workload_names():
            with self.subTest(name):
                document, printed = run_worker(WORKLOADS / (name + ".py"), "-l", "1", "-w", "1", "-n", "3")
                run, metadata = only_run(document)
                self.assertEqual(printed, "")
                self.assertEqual(metadata["name"], name)
                self.assertEqual(len(run["values"]), 3)
                self.assertEqual(len(run["warmups"]), 1)
                self.assertTrue(all(value > 0 for value in run["values"]), run["values"])

    def test_calibration(self):
        document, printed = run_worker(
            WORKLOADS / "jacobi_2d.py", "--calibrate-loops", "--min-time", "0.1", "-w", "1", "-n", "3"
        )
        run, metadata = only_run(document)
        self.assertEqual(printed, "")
        self.assertGreaterEqual(metadata["calibrate_loops"], 1)
        self.assertEqual(run["warmups"][-1][0], metadata["calibrate_loops"])

    def test_a_wrong_result_is_refused(self):
        # Imported and with another expectation, so that the script stays as it is.
        for name in workload_names():
            with self.subTest(name):
                code = (
                    f"import sys; sys.path.insert(0, {str(WORKLOADS)!r}); import {name} as script\n"
                    "script.EXPECTED = 0\n"
                    "make = [getattr(script, name) for name in vars(script)"
                    " if name.startswith('make_') or name == 'candidates']\n"
                    "make = make if script.check.__code__.co_argcount else []\n"
                    "try: script.check(*[function() for function in make])\n"
                    "except ValueError: sys.exit(7)\n"
                )
                done = subprocess.run(
                    [sys.executable, "-c", code],
                    env=environment(PYTHONPATH=PYPERF),
                    capture_output=True,
                    timeout=TIMEOUT,
                    check=False,
                )
                self.assertEqual(done.returncode, 7, done.stderr)


@needs_pyperf
class Hook(unittest.TestCase):
    def measure(self, *arguments):
        document, printed = run_worker(WORKLOADS / "jacobi_2d.py", *arguments, "--hook", "pytune_cpu", hook=True)
        self.assertEqual(printed, "")
        run, metadata = only_run(document)
        self.assertEqual(metadata["hooks"], "pytune_cpu")
        seconds = [float(word) for word in metadata["pytune_cpu_seconds"].split(" ")]
        batches = [int(word) for word in metadata["pytune_cpu_batches"].split(" ")]
        self.assertEqual(sum(batches), len(seconds))
        self.assertEqual(metadata["pytune_python_version"], sys.version.split()[0])
        self.assertEqual(metadata["pytune_python_executable"], os.path.realpath(sys.executable))
        self.assertIn(hex(sys.hexversion), metadata["pytune_python_build"])
        self.assertTrue(5_000 < metadata["pytune_peak_rss_kib"] < 500_000, metadata["pytune_peak_rss_kib"])
        return run, seconds, batches

    def test_every_value_has_its_cpu_time(self):
        run, seconds, batches = self.measure("-l", "8", "-w", "2", "-n", "3")
        self.assertEqual(batches, [2, 3])
        wall = [loops * value for loops, value in run["warmups"]] + [8 * value for value in run["values"]]
        self.assertEqual(len(seconds), len(wall))
        for cpu, elapsed in zip(seconds, wall):
            self.assertGreater(cpu, 0)
            self.assertLessEqual(cpu, elapsed * 1.2)

    def test_counts_the_children_of_a_command(self):
        """pyperf runs a command by a program of its own, which is handed the hook as well.

        So there is one figure a value, and not of the worker alone.
        """
        script = (
            "import pyperf, sys\n"
            "runner = pyperf.Runner()\n"
            "runner.bench_command('busy', [sys.executable, '-c', 'sum(range(3_000_000))'])\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "busy.py"
            path.write_text(script)
            document, _ = run_worker(path, "-l", "2", "-w", "1", "-n", "2", "--hook", "pytune_cpu", hook=True)
        _, metadata = only_run(document)
        seconds = [float(word) for word in metadata["pytune_cpu_seconds"].split(" ")]
        self.assertEqual(len(seconds), 3)
        for cpu in seconds:
            self.assertGreater(cpu, 0.03)  # two interpreters, each adding up three million numbers

    def test_without_warm_ups(self):
        run, seconds, batches = self.measure("-l", "1", "-w", "0", "-n", "4")
        self.assertEqual(batches, [4])
        self.assertEqual(len(seconds), len(run["values"]))

    def test_in_a_calibration(self):
        run, seconds, batches = self.measure("--calibrate-loops", "--min-time", "0.02", "-w", "1", "-n", "2")
        self.assertEqual(len(batches), 1)
        self.assertEqual(len(seconds), len(run["warmups"]))


class Training(unittest.TestCase):
    def train(self, *arguments, seed="0", code=None):
        command = ["-c", code] if code else [str(TRAINING / "run.py")]
        return subprocess.run(
            [sys.executable, *command, *arguments],
            env=environment(PYTHONHASHSEED=seed),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )

    def altered(self, alteration):
        """Code that trains after an alteration of `run` or of the interpreter."""
        return (
            f"import sys; sys.dont_write_bytecode = True; sys.path.insert(0, {str(TRAINING)!r})\n"
            f"import run\n{alteration}\nrun.main()\n"
        )

    def test_all_programs_under_two_hash_seeds(self):
        first = self.train("--scale", "0.05", "--verbose", seed="1")
        self.assertEqual(first.returncode, 0, first.stderr)
        count = re.fullmatch(r"training: ok \((\d+) programs\)\n", first.stdout)
        self.assertIsNotNone(count, first.stdout)
        self.assertGreaterEqual(int(count.group(1)), 50)
        second = self.train("--scale", "0.05", "--verbose", seed="4242")
        self.assertEqual((first.stdout, first.stderr), (second.stdout, second.stderr))

    def test_modules_listed_are_the_modules_present(self):
        present = sorted(path.stem for path in TRAINING.glob("*.py") if path.stem not in ("run", "support"))
        done = self.train(code=self.altered("print(*sorted(run.MODULES)); sys.exit()"))
        self.assertEqual(done.stdout.split(), present)
        self.assertTrue(8 <= len(present) <= 10)

    def test_leaves_no_files(self):
        before = sorted(path.name for path in TRAINING.rglob("*"))
        done = subprocess.run(
            [sys.executable, str(TRAINING / "run.py"), "--scale", "0.01"],
            env={name: value for name, value in environment().items() if name != "PYTHONDONTWRITEBYTECODE"},
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(path.name for path in TRAINING.rglob("*")), before)

    def test_a_wrong_result_fails(self):
        done = self.train(
            "--scale",
            "0.01",
            code=self.altered(
                "run.MODULES = ('ordering',)\nimport ordering\n"
                "ordering.PROGRAMS[2] = ordering.PROGRAMS[2][:2] + ('something else',)"
            ),
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertIn("something else", done.stderr)

    def test_a_missing_module_is_skipped(self):
        done = self.train(
            "--scale", "0.01", code=self.altered("run.MODULES = ('encodings_work',)\nsys.modules['zlib'] = None")
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^training: ok \(\d+ programs\)\n$")
        self.assertRegex(done.stderr, r"training: skipped encodings_work\.compression: .*zlib")

    def test_a_broken_training_module_is_not_skipped(self):
        done = self.train("--scale", "0.01", code=self.altered("sys.modules['support'] = None"))
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
