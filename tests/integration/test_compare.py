"""`pytune compare` on pyperf files."""

import gzip
import json
import pathlib
import random
import tempfile
import time
import unittest

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
        self.says(self.bench.verb("compare", good), 2, "give a second one")


if __name__ == "__main__":
    unittest.main()
