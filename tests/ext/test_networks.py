"""The workloads that bf16mm is measured with: what they are made of, and that they compute."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import extension

EXT = extension.HOME / "ext"
SCRIPT = EXT / "workloads" / "networks.py"
BUILD = EXT / "workloads" / "build_module.py"
NETWORKS = ("resnet50", "gpt2", "bert", "maskrcnn", "gemm")


def run(*words, **environment):
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        check=False,
    )


def workloads(suite):
    return json.loads((EXT / f"{suite}.json").read_text("utf-8"))["workloads"]


class Suites(unittest.TestCase):
    def test_each_network_is_there_in_both_types_and_of_the_suites_size(self):
        for suite, size in (("networks", "part"), ("networks-small", "small")):
            rows = workloads(suite)
            self.assertEqual(
                [row["arguments"] for row in rows],
                [[network, size, t] for network in NETWORKS for t in ("fp32", "bf16")],
            )
            for row in rows:
                self.assertEqual(row["name"], f"{row['arguments'][0]}_{row['arguments'][2]}")

    def test_everything_that_is_compiled_is_named(self):
        build = workloads("networks")[0]["build"]
        # model/ is for the tests, bench/ and demo/ for by hand, workloads/ holds what runs it.
        others = {"model", "bench", "workloads", "demo", "__pycache__"}
        folders = {path.name for path in EXT.iterdir() if path.is_dir()}
        cmake = {path.name for path in EXT.glob("*.cmake")} | {"CMakeLists.txt"}
        self.assertEqual(set(build[1:]), folders - others | cmake)


class Networks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.path = str(extension.module_path().parent)

    def test_bf16_is_near_float32_and_not_the_same(self):
        for network in NETWORKS:
            with self.subTest(network):
                done = run(SCRIPT, network, "small", "--accuracy", PYTHONPATH=self.path)
                self.assertEqual(done.returncode, 0, done.stderr)
                answer = json.loads(done.stdout)
                self.assertEqual(answer["network"], network)
                # Operands have 8 bits: a relative error of 2**-9 each, which grows with the layers.
                self.assertGreater(answer["difference"], 1e-4)
                self.assertLess(answer["difference"], 0.1)
                self.assertLessEqual(answer["rows"] * 0.9, answer["same_largest"])
                self.assertLessEqual(answer["same_largest"], answer["rows"])

    def test_the_same_answer_twice(self):
        first, second = (run(SCRIPT, "gpt2", "small", "--accuracy", PYTHONPATH=self.path).stdout for _ in range(2))
        self.assertEqual(first, second)

    def test_without_the_module_it_cannot_run_and_says_why(self):
        done = run(SCRIPT, "gpt2", "small", "--accuracy", PYTHONPATH="")
        self.assertEqual(done.returncode, 77)
        self.assertEqual(done.stderr.splitlines(), ["bf16mm cannot be imported: No module named 'bf16mm'"])


class BuildModule(unittest.TestCase):
    def refused(self, **environment):
        with tempfile.TemporaryDirectory() as folder:
            done = run(BUILD, folder, EXT / "CMakeLists.txt", **environment)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        return done.stderr

    def test_without_cmake_it_says_what_to_install(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertIn("apt-get install cmake", self.refused(PATH=empty))

    def test_of_another_machine_it_needs_headers_modules_and_a_compiler(self):
        extension.need("cmake")
        with tempfile.TemporaryDirectory() as prefix:
            self.assertIn(
                "no headers or no extension modules below " + prefix,
                self.refused(PYTUNE_TARGET_PREFIX=prefix, PYTUNE_TARGET_CC="aarch64-linux-gnu-gcc"),
            )
            for name in (
                "include/python3.13/Python.h",
                "lib/python3.13/lib-dynload/_struct.cpython-313-aarch64-linux-gnu.so",
            ):
                path = pathlib.Path(prefix, name)
                path.parent.mkdir(parents=True)
                path.touch()
            self.assertIn("no no-such-gcc", self.refused(PYTUNE_TARGET_PREFIX=prefix, PYTUNE_TARGET_CC="no-such-gcc"))


if __name__ == "__main__":
    unittest.main()
