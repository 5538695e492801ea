"""`pytune compare` on pyperf files."""

import gzip
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import tempfile
import time
import unittest

import fakes
from fakes import Bench


def document(seconds, runs=12, **metadata):
    """A pyperf file of two benchmarks; every process's values scatter by 0.5 %."""
    noise = random.Random(str(seconds))
    benchmarks = []
    for name in ("alpha", "beta"):
        values = [{"values": [seconds * (1 + noise.gauss(0, 0.005)) for _ in range(3)]} for _ in range(runs)]
        benchmarks.append({"metadata": {"name": name}, "runs": [{"warmups": [[1, seconds]]}, *values]})
    head = {"unit": "second", "hostname": "h", "cpu_model_name": "c", "python_version": "3.11.2 (64-bit)", **metadata}
    return json.dumps({"version": "1.0", "metadata": head, "benchmarks": benchmarks})


class CompareTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, text):
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    def says(self, done, status, text):
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_says_how_much_faster_the_second_is(self):
        slow, fast = self.file("slow.json", document(0.1)), self.file("fast.json", document(0.08))
        done = self.bench.verb("compare", slow, fast)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.splitlines()[0], r"fast.json .*: 1\.2[45]\dx faster than the baseline")
        self.assertIn("measured one after the other", " ".join(done.stdout.split()))
        result = json.loads(self.bench.verb("compare", "--json", slow, fast).stdout)
        self.assertAlmostEqual(result["comparison"]["arms"][0]["speed"]["estimate"], 1.25, delta=0.01)
        self.assertEqual(result["comparison"]["clock"], "wall")

    def test_files_of_one_speed_exit_with_3(self):
        one, two = self.file("1.json", document(0.1, runs=3)), self.file("2.json", document(0.1000001, runs=3))
        done = self.bench.verb("compare", one, two)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("cannot tell", done.stdout)

    def test_files_of_two_machines_are_told_apart(self):
        one, two = self.file("1.json", document(0.1)), self.file("2.json", document(0.1, cpu_model_name="other"))
        self.assertIn("measured on another machine", " ".join(self.bench.verb("compare", one, two).stdout.split()))

    def test_files_that_pytune_interleaved_need_no_warning(self):
        one, two = (self.file(f"{n}.json", document(s, pytune_measurement="m")) for n, s in ((1, 0.1), (2, 0.09)))
        self.assertNotIn("one after the other", self.bench.verb("compare", one, two).stdout)
        other = self.file("3.json", document(0.09, pytune_measurement="another"))
        self.assertIn("one after the other", self.bench.verb("compare", one, other).stdout)

    def test_files_that_gzip_compressed_are_read(self):
        packed = self.folder / "slow.json.gz"
        packed.write_bytes(gzip.compress(document(0.1).encode()))
        done = self.bench.verb("compare", str(packed), self.file("fast.json", document(0.08)))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("faster than the baseline", done.stdout)

    def test_one_file_may_come_from_standard_input(self):
        fast = self.file("fast.json", document(0.08))
        done = self.bench.verb("compare", "-", fast, given=document(0.1))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1.25", done.stdout)
        self.says(self.bench.verb("compare", "-", "-", given=document(0.1)), 2, "can be read only once")

    def test_a_shells_pipe_is_a_file(self):
        fast = self.file("fast.json", document(0.08))
        done = self.bench.verb("compare", "/dev/stdin", fast, given=document(0.1))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1.25", done.stdout)

    def test_what_it_prints_as_json_it_reads_again(self):
        slow, fast = self.file("slow.json", document(0.1)), self.file("fast.json", document(0.08))
        shown = self.bench.verb("compare", "--json", slow, fast).stdout
        again = self.bench.verb("compare", "--json", self.file("both.json", shown))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(json.loads(again.stdout), json.loads(shown))

    def test_a_benchmark_may_have_no_name(self):
        both = json.loads(document(0.1))
        both["benchmarks"] = both["benchmarks"][:1]
        del both["benchmarks"][0]["metadata"]["name"]
        file = self.file("nameless.json", json.dumps(both))
        self.assertIn("(without a name)", self.bench.verb("compare", file, file).stdout)

    def test_a_file_made_to_fill_memory_is_refused(self):
        bomb = self.folder / "bomb.json.gz"
        bomb.write_bytes(gzip.compress(b" " * 200_000_000))
        start = time.monotonic()
        self.says(self.bench.verb("compare", str(bomb), str(bomb)), 2, "unpacks to more than")
        self.assertLess(time.monotonic() - start, 5)

    def processor_time(self, benchmarks):
        """Of a comparison in every format of a file of so many benchmarks with itself."""
        noise = random.Random(1)
        runs = [{"values": [noise.uniform(0.9, 1.1)]} for _ in range(200)]
        many = [{"metadata": {"name": f"b{n}"}, "runs": [runs[n % 200], runs[n % 199]]} for n in range(benchmarks)]
        file = self.file("many.json", json.dumps({"version": "1.0", "benchmarks": many}))
        exports = [f"--export={name}={self.folder / name}" for name in ("csv", "markdown", "svg", "pyperformance")]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = self.bench.verb("compare", file, file, *exports)
        self.assertEqual(done.stderr, "")
        self.assertIn(f"b{benchmarks - 1}", done.stdout)
        self.assertEqual(len((self.folder / "csv").read_text().splitlines()), benchmarks + 2)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def test_four_times_as_many_benchmarks_take_four_times_as_long(self):
        # What is quadratic takes sixteen times as long: a hundred thousand took more than a minute.
        self.assertLess(self.processor_time(20_000), 8 * self.processor_time(5_000))

    def test_ends_at_once_where_it_is_asked_to(self):
        for sent in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(sent.name):
                command = [fakes.PYTUNE, "compare", "-", "-", "--store", str(self.bench.store)]
                process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.bench.environment()
                )
                process.stdin.write(b"[" * 100_000)  # more than a pipe holds: it is reading when all is written
                process.stdin.flush()
                process.send_signal(sent)
                self.assertEqual(process.wait(timeout=20), -sent)
                process.stdin.close()

    def test_files_of_an_emulator_are_labelled(self):
        native = self.file("native.json", document(0.1, cpu_model_name="Neoverse-N1", platform="Linux-6.1-aarch64"))
        windows = self.file(
            "windows.json",
            document(0.2, cpu_model_name="ARMv8 (64-bit), Qualcomm", python_compiler="MSC v.1938 64 bit (AMD64)"),
        )
        shown = " ".join(self.bench.verb("compare", native, windows).stdout.split())
        self.assertIn("windows.json (Python 3.11.2, emulated)", shown)
        self.assertIn("measured under emulation (x86 on Arm, by Windows)", shown)
        result = json.loads(self.bench.verb("compare", "--json", native, windows).stdout)
        self.assertEqual(result["interpreters"][1]["emulated"], "x86 on Arm, by Windows")
        self.assertIn("emulated)", self.bench.verb("compare", native, windows, "--export=markdown=-").stdout)

    def test_names_in_files_steer_no_terminal(self):
        name = "evil\x1b]0;title\x07\x1b[31m\u009b1m\u202ename"
        file = self.file("name.json", document(0.1).replace('"alpha"', json.dumps(name)))
        for arguments in ((), ("--json",), ("--export=csv=-",), ("--export=markdown=-",)):
            with self.subTest(arguments):
                shown = self.bench.verb("compare", file, file, *arguments).stdout
                self.assertIn("evil", shown)
                self.assertNotRegex(shown, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")

    def on_terminal(self, *words, **extra):
        """What it writes to a terminal."""
        ours, its = os.openpty()
        command = [fakes.PYTUNE, *words, "--store", str(self.bench.store)]
        environment = self.bench.environment(**{"NO_COLOR": "", "TERM": "xterm", **extra})
        process = subprocess.Popen(command, stdout=its, stderr=its, stdin=subprocess.DEVNULL, env=environment)
        os.close(its)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # EIO: the other end is closed
            pass
        os.close(ours)
        process.wait(timeout=60)
        return shown

    def test_colours_are_for_terminals_that_have_them(self):
        slow, fast = self.file("slow.json", document(0.1)), self.file("fast.json", document(0.08))
        self.assertIn(b"\x1b[32m", self.on_terminal("compare", slow, fast))
        for plain in ({"TERM": "dumb"}, {"TERM": ""}, {"NO_COLOR": "1"}):
            with self.subTest(plain):
                shown = self.on_terminal("compare", slow, fast, **plain)
                self.assertIn(b"faster", shown)
                self.assertNotIn(b"\x1b", shown)

    def test_bad_files_are_named(self):
        good = self.file("good.json", document(0.1))
        for name, text, message in [
            ("cut.json", document(0.1)[:-50], "cut.json: neither a pytune result nor a pyperf file: breaks off"),
            ("nan.json", document(0.1).replace('"values": [', '"values": [NaN, ', 1), "NaN"),
            ("list.json", "[1]", "list.json: not a pyperf file"),
            ("binary.json", "\x00\x01", "binary.json: neither a pytune result nor a pyperf file"),
        ]:
            with self.subTest(name):
                self.says(self.bench.verb("compare", good, self.file(name, text)), 2, message)
        self.says(self.bench.verb("compare", good, str(self.folder)), 2, "is a directory")
        self.says(self.bench.verb("compare", good, str(self.folder / "none")), 2, "no such file")
        (self.folder / "dangling").symlink_to("nowhere")
        self.says(self.bench.verb("compare", good, str(self.folder / "dangling")), 2, "a link to nowhere")
        done = self.bench.verb("compare", good, "https://me:secret@host/x.json")
        self.says(done, 2, "https://host/x.json: is a URL: fetch it first")
        self.says(self.bench.verb("compare", good, ""), 2, "--result is empty; give RESULT")
        self.says(self.bench.verb("compare", good), 2, "give a second one")


if __name__ == "__main__":
    unittest.main()
