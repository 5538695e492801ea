"""A new axis is one struct and its name in the list: tests/new_axis adds one to a copy of the header."""

import json
import pathlib
import subprocess
import unittest

from fakes import PYTUNE


class NewAxisTest(unittest.TestCase):
    def points(self, **axes):
        done = self.run_on({"schema": 1, "source": "debian:newest", "baseline": {}, "axes": axes})
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def run_on(self, definition):
        program = pathlib.Path(PYTUNE).with_name("pytune_new_axis")
        return subprocess.run(
            [program], input=json.dumps(definition), capture_output=True, text=True, timeout=60, check=False
        )

    def test_it_is_read_and_multiplied_with_the_others(self):
        points = self.points(new_axis=["plain", "marked"], lto=["none", "full"])
        self.assertEqual(
            {point["difference"] for point in points},
            {"baseline", "new_axis=marked", "lto=full", "lto=full new_axis=marked"},
        )
        self.assertEqual(len({point["id"] for point in points}), 4)

    def test_its_value_reaches_the_key_the_flags_and_the_environment(self):
        plain, marked = sorted(self.points(new_axis=["plain", "marked"]), key=lambda point: point["difference"])
        self.assertEqual(marked["canonical"]["new_axis"], "marked")
        self.assertEqual(marked["environment"], {"MARKS": "1"})
        for family in ("gcc", "clang"):
            self.assertIn("-DMARKED=1", marked[family]["compile"])
            self.assertIn("--with-marks", marked[family]["configure"])
            self.assertNotIn("--with-marks", plain[family]["configure"])

    def test_results_from_before_it_keep_their_keys(self):
        (point,) = self.points(opt=["O3"])
        self.assertNotIn("new_axis", point["canonical"])
        self.assertEqual(point["id"], "254c4e299171", "the id that tests/unit/spec holds for the baseline")

    def test_a_misspelt_value_gets_a_suggestion(self):
        done = self.run_on({"schema": 1, "source": "debian:newest", "baseline": {}, "axes": {"new_axis": ["maked"]}})
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
        self.assertIn('axes.new_axis[0]: unknown value "maked"; did you mean "marked"?', done.stderr)


if __name__ == "__main__":
    unittest.main()
