"""The suite "numeric" does what it promises, as far as that shows without NumPy, Numba, Cython, or a network.

Alone: PYTUNE_PYPERF=<directory holding pyperf> python tests/profiles/test_numeric.py
"""

import ast
import contextlib
import importlib
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import types
import unittest

from test_profiles import TRAINING, WORKLOADS, bodies, environment, imported, needs_pyperf, only_run, run_worker

NUMERIC = WORKLOADS / "numeric"
KEYS = {
    "name",
    "script",
    "kind",
    "about",
    "benchmark",
    "arguments",
    "environment",
    "requirements",
    "build",
    "needs",
    "clock",
}
FAMILIES = ("fibonacci", "jacobi", "gemm", "elementwise")


def rows():
    return json.loads((WORKLOADS / "numeric.json").read_text("utf-8"))["workloads"]


def load(name):
    """A script as a module; it needs pyperf only once it measures."""
    sys.dont_write_bytecode = True
    stub = sys.modules.setdefault("pyperf", types.ModuleType("pyperf"))
    sys.path.insert(0, str(NUMERIC))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(NUMERIC))
        if not hasattr(stub, "Runner"):
            del sys.modules["pyperf"]


def run(script, *arguments, **variables):
    return subprocess.run(
        [sys.executable, str(NUMERIC / script), *arguments],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Manifest(unittest.TestCase):
    def test_entries_are_complete(self):
        self.assertEqual(len({row["name"] for row in rows()}), len(rows()))
        for row in rows():
            with self.subTest(row["name"]):
                self.assertLessEqual(set(row), KEYS)
                self.assertTrue((WORKLOADS / row["script"]).is_file())
                self.assertTrue(row["about"].strip())
                for file in row.get("build", []):
                    self.assertTrue((WORKLOADS / file).is_file())

    def test_every_file_is_used(self):
        used = {file for row in rows() for file in [row["script"], *row.get("build", [])]}
        present = {str(path.relative_to(WORKLOADS)) for path in NUMERIC.iterdir() if path.is_file()}
        self.assertEqual(present - used, set())

    def test_what_the_two_classics_are_measured_with(self):
        names = {row["name"] for row in rows()}
        for family in ("fibonacci", "jacobi"):
            for way in ("numpy", "cython", "numba", "multiprocessing", "threading", "c"):
                self.assertIn(f"{family}_{way}", names)
        self.assertLessEqual({"fibonacci_recursive", "jacobi_2d"}, names)

    def test_requirements_are_pinned(self):
        for row in rows():
            for line in row.get("requirements", []):
                self.assertRegex(line, r"^[A-Za-z0-9]+==[0-9.]+(; .+)?$")

    def test_parallel_work_is_timed_by_the_wall_clock(self):
        for row in rows():
            parallel = (
                set(row.get("arguments", [])) & {"threading", "multiprocessing"}
                or row.get("environment", {}).get("OMP_NUM_THREADS") == "2"
            )
            with self.subTest(row["name"]):
                self.assertEqual(bool(parallel) or "pycuda" in row["name"], row.get("clock") == "wall")

    def test_single_threaded_libraries_are_told_so(self):
        for row in rows():
            if any(line.startswith("numpy") for line in row.get("requirements", [])) and "pycuda" not in row["name"]:
                self.assertIn("OPENBLAS_NUM_THREADS", row.get("environment", {}), row["name"])

    def test_rows_that_share_a_script_say_what_it_calls_the_benchmark(self):
        for row in rows():
            if row["script"] == "numeric/gemm.py":
                self.assertEqual(row["benchmark"], "gemm_" + row["arguments"][0])
            elif row["script"].startswith("numeric/"):
                self.assertEqual(row["name"], f"{pathlib.Path(row['script']).stem}_{row['arguments'][0]}")


class Sources(unittest.TestCase):
    def test_scripts_say_what_they_do_and_do_not_exercise(self):
        for family in FAMILIES:
            documentation = ast.get_docstring(ast.parse((NUMERIC / (family + ".py")).read_text("utf-8"))) or ""
            self.assertIn("Exercises:", documentation)
            self.assertIn("Does not exercise:", documentation)

    def test_packages_are_imported_where_their_absence_can_be_told(self):
        """At the top of a file, a missing package would be a failure."""
        for path in sorted(NUMERIC.glob("*.py")):
            top = [
                node
                for node in ast.parse(path.read_text("utf-8")).body
                if isinstance(node, (ast.Import, ast.ImportFrom))
            ]
            outside = imported(path) - set(getattr(sys, "stdlib_module_names", imported(path)))
            self.assertFalse({alias.name for node in top for alias in node.names} & (outside - {"pyperf"}), path.name)

    def test_no_function_is_trained_on(self):
        measured, trained = bodies(NUMERIC), bodies(TRAINING)
        self.assertGreater(len(measured), 15)
        self.assertEqual([(measured[dump], trained[dump]) for dump in set(measured) & set(trained)], [])


class Checks(unittest.TestCase):
    def test_a_wrong_fibonacci_number_is_refused(self):
        script = load("fibonacci")
        script.check(script.fib, script.SMALL)
        with self.assertRaises(ValueError):
            script.check(lambda n: script.fib(n) + 1, script.SMALL)

    def test_wrong_temperatures_are_refused(self):
        script = load("jacobi")

        def plain(size, error=0.0):
            rows = script.relaxed(script.plate(size[0]), size[1])
            rows[-1][-1] += error
            return rows

        script.check(plain, script.SMALL)
        with self.assertRaises(ValueError):
            script.check(lambda size: plain(size, 1e-4), script.SMALL)

    def test_a_wrong_product_is_refused(self):
        script = load("gemm")

        class Product:
            def __init__(self, error):
                self.error = error

            def __getitem__(self, cell):
                return script.expected_cell(*cell) + self.error

        script.check(Product(0))
        with self.assertRaises(ValueError):
            script.check(Product(1))

    def test_a_wrong_element_is_refused(self):
        script = load("elementwise")
        xs, ys = [i / 1000 for i in range(0, 1000, 7)], [i / 777 for i in range(0, 777, 5)][:143]
        right = [script.expected(x, y) for x, y in zip(xs, ys)]
        script.check(right, xs, ys, 1e-12)
        with self.assertRaises(ValueError):
            script.check([value + 1e-3 for value in right], xs, ys, 1e-5)

    def test_workers_come_to_the_same(self):
        for name in ("fibonacci", "jacobi"):
            for way in ("threading", "multiprocessing"):
                with self.subTest(name=name, way=way):
                    # In a process of its own: a script's pool lives as long as the script.
                    code = (
                        f"import sys, types; sys.path.insert(0, {str(NUMERIC)!r})\n"
                        "sys.modules['pyperf'] = types.ModuleType('pyperf')\n"
                        f"import {name} as script; script.check(*script.IMPLEMENTATIONS[{way!r}]())"
                    )
                    done = subprocess.run(
                        [sys.executable, "-c", code],
                        env=environment(),
                        stderr=subprocess.PIPE,
                        timeout=120,
                        check=False,
                    )
                    self.assertEqual(done.returncode, 0, done.stderr)


@unittest.skipUnless(shutil.which("cc"), "no C compiler")
class Floor(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_c_comes_to_the_same(self):
        done = run("compile.py", self.folder, str(NUMERIC / "numeric_floor.c"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        sys.path.append(self.folder)
        self.addCleanup(sys.path.remove, self.folder)
        for name in ("fibonacci", "jacobi"):
            script = load(name)
            workload, size = script.IMPLEMENTATIONS["c"]()
            script.check(workload, size)

    def test_a_source_that_is_wrong_fails_with_the_compilers_words(self):
        source = pathlib.Path(self.folder) / "wrong.c"
        source.write_text("int f( { }\n")
        done = run("compile.py", self.folder, str(source))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.splitlines()[-1], "cc: .*error:")


class CannotRun(unittest.TestCase):
    """Exit status 77 and the reason as the last line: that is what pytune takes for skipping."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        for package in ("numpy", "numba", "numeric_kernels", "Cython"):
            (pathlib.Path(self.folder) / (package + ".py")).write_text("raise ImportError('not in this test')\n")

    def says(self, done, reason):
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertRegex(done.stderr.strip().splitlines()[-1], reason)

    def test_no_compiler(self):
        self.says(
            run("compile.py", self.folder, str(NUMERIC / "numeric_floor.c"), PATH=self.folder),
            "no C compiler: apt-get install gcc",
        )

    @unittest.skipUnless(shutil.which("cc"), "no C compiler")
    def test_no_cython(self):
        self.says(
            run("compile.py", self.folder, str(NUMERIC / "numeric_kernels.pyx"), PYTHONPATH=self.folder),
            "Cython cannot be imported",
        )

    @needs_pyperf
    def test_no_package(self):
        from test_profiles import PYPERF

        path = f"{self.folder}:{PYPERF}"
        for words, reason in [
            (("gemm.py", "float64"), "NumPy cannot be imported"),
            (("elementwise.py", "float32"), "NumPy cannot be imported"),
            (("fibonacci.py", "numba"), "Numba cannot be imported"),
            (("fibonacci.py", "cython"), "Cython module cannot be imported"),
            (("fibonacci.py", "c"), "libnumeric_floor.so was not compiled"),
            (("jacobi.py", "numpy"), "NumPy cannot be imported"),
        ]:
            with self.subTest(words):
                self.says(run(*words, "--worker", "-l1", "-w0", "-n1", PYTHONPATH=path), reason)

    @unittest.skipIf(list(pathlib.Path("/dev").glob("nvidia[0-9]*")), "there is a graphics card")
    def test_no_graphics_card(self):
        with self.assertRaises(SystemExit) as refusal, contextlib.redirect_stderr(io.StringIO()) as said:
            load("jacobi").with_pycuda()
        self.assertIn("no NVIDIA graphics card", said.getvalue())
        self.assertEqual(refusal.exception.code, 77)


@needs_pyperf
class Worker(unittest.TestCase):
    def test_workers_of_a_script_do_not_keep_its_manager_waiting(self):
        """The processes of a pool hold the manager's pipe: it ends when they do."""
        for name in ("fibonacci", "jacobi"):
            for way in ("threading", "multiprocessing"):
                with self.subTest(name=name, way=way):
                    document, printed = run_worker(NUMERIC / (name + ".py"), way, "-l", "1", "-w", "1", "-n", "2")
                    run_, metadata = only_run(document)
                    self.assertEqual(printed, "")
                    self.assertEqual(metadata["name"], f"{name}_{way}")
                    self.assertEqual(len(run_["values"]), 2)


if __name__ == "__main__":
    unittest.main()
