"""The programs that try the interpreter patches: any interpreter can run them, and they notice what differs."""

import os
import pathlib
import runpy
import stat
import subprocess
import sys
import tempfile
import timeit
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PATCHES = HERE.parent.parent / "patches"


def run(*words):
    return subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, timeout=300, check=False)


class BenchTest(unittest.TestCase):
    def test_every_patch_has_a_micro_benchmark_that_runs(self):
        names = sorted({patch.stem for patch in PATCHES.glob("*/*.patch")})
        self.assertTrue(names)
        for name in names:
            with self.subTest(patch=name):
                work = runpy.run_path(str(PATCHES / "bench" / f"{name}.py"))["WORK"]
                self.assertTrue(work)
                for statement, setup in work.values():
                    timeit.Timer(statement, setup).timeit(1)

    def test_no_micro_benchmark_is_left_of_a_patch_that_is_gone(self):
        for bench in PATCHES.glob("bench/*.py"):
            self.assertTrue(list(PATCHES.glob(f"*/{bench.stem}.patch")), bench)


class CountTest(unittest.TestCase):
    """`count.py --function` over a plugin's file that is made up, and an nm that knows one function."""

    def test_only_what_is_inside_a_function_of_that_name_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            nm = pathlib.Path(folder, "nm")
            nm.write_text(
                "#!/bin/sh\ncase $* in */python) printf '%s\\n' '0000000000000100 0000000000000020 t wanted' "
                "'0000000000000120 0000000000000020 T other';; esac\n"
            )
            nm.chmod(nm.stat().st_mode | stat.S_IXUSR)
            program = (
                f"import sys; sys.path.insert(0, {str(HERE)!r}); import count\n"
                "files = ['', '/usr/bin/python', '/usr/lib/other.so']\n"
                "blocks = [[1, 0xfc, 2, 2], [1, 0x100, 5, 50], [1, 0x11c, 1, 7], [1, 0x120, 9, 900]]\n"
                "blocks.append([2, 0x100, 3, 3000])\n"
                "print(count.inside({'files': files, 'blocks': blocks}, ['wanted']))\n"
            )
            done = subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "NM": str(nm)},
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual((done.stdout, done.stderr), ("57\n", ""))


class DifferentialTest(unittest.TestCase):
    def test_the_same_interpreter_agrees_with_itself(self):
        done = run(HERE / "compare.py", sys.executable, sys.executable, "--cases", 20)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 12)
        self.assertNotIn("DIFFER", done.stdout)

    def test_one_wrong_answer_among_all_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            # An interpreter whose CRC is wrong for one length.
            wrong = pathlib.Path(folder, "python")
            prologue = (
                "import sys, zlib; right = zlib.crc32\n"
                "zlib.crc32 = lambda data, start=0: right(data, start) ^ (len(data) == 129)"
            )
            wrong.write_text(
                f"#!{sys.executable}\n{prologue}\nimport runpy\n"
                "sys.argv = [word for word in sys.argv[1:] if not word in ('-s', '-P')]\n"
                "runpy.run_path(sys.argv[0], run_name='__main__')\n",
                encoding="utf-8",
            )
            wrong.chmod(wrong.stat().st_mode | stat.S_IXUSR)
            done = run(HERE / "compare.py", sys.executable, wrong, "--cases", 150, "hex", "crc32")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual([line.split(": ")[2] for line in done.stdout.splitlines()], ["agree", "DIFFER"])

    def test_a_failing_interpreter_and_an_unknown_area_are_told(self):
        done = run(HERE / "compare.py", sys.executable, "/bin/false")
        self.assertIn("/bin/false: exit status 1", done.stderr)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such area", run(PATCHES / "differential.py", "nowhere").stderr)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    unittest.main()
