"""`pytune measure --flame-graph` over a fake perf."""

import json
import os
import shutil
import unittest
import xml.dom.minidom

import test_measure
from fakes import FAKES, Bench


class FlameGraphTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.bench.workloads(["alpha", "beta"])
        make = test_measure.MeasureTest.interpreter.__func__
        self.plain = make(self, "plain", "-O3")
        self.fast = make(self, "fast", "-O3 -fprofile-use")
        self.tools = self.bench.root / "tools"
        self.tools.mkdir()
        self.out = self.bench.root / "out"

    def perf(self, **behaviour):
        shutil.copy(FAKES / "perf" / "perf", self.tools / "perf")
        (self.tools / "behaviour").write_text(json.dumps(behaviour))

    def result(self, path=None):
        done = self.bench.verb(
            "measure",
            self.plain,
            self.fast,
            "--rounds",
            "1",
            "--json",
            "--flame-graph",
            str(self.out),
            "--store",
            str(self.bench.store),
            PATH=path or f"{self.tools}:{os.environ['PATH']}",
        )
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def titles(self, file):
        document = xml.dom.minidom.parse(str(file))
        return [t.firstChild.data for t in document.getElementsByTagName("title")]

    def notes(self, result):
        return [n for n in result["measurement"]["notes"] if "flame" in n]

    def recorded(self):
        return [json.loads(line) for line in (self.tools / "recorded").read_text().splitlines() if "--worker" in line]

    def test_writes_one_drawing_for_each_interpreter_with_every_workload(self):
        self.perf()
        result = self.result()
        files = {f.stem.rsplit("-", 1)[0]: f for f in self.out.iterdir()}
        self.assertEqual(set(files), {"python-plain", "python-fast"})
        titles = self.titles(files["python-fast"])
        self.assertIn("alpha (3 samples, 50.00 %)", titles)
        self.assertIn("py::work:/srv/app.py (3 samples, 50.00 %)", titles)
        self.assertEqual(self.notes(result), [])
        self.assertEqual({b["phase"] for b in result["measurement"]["blocks"]}, {"race"})

    def test_takes_the_software_clock_where_there_are_no_counters(self):
        self.perf()
        self.result()
        self.assertEqual({words[words.index("-e") + 1] for words in self.recorded()}, {"cpu-clock:u"})

    def test_goes_over_to_dwarf_where_frame_pointers_show_nothing(self):
        self.perf(no_frame_pointers=True)
        self.result()
        ways = [w[w.index("--call-graph") + 1] for w in self.recorded() if self.plain in w]
        self.assertEqual(ways, ["fp", "dwarf,32768", "dwarf,32768"])

    def test_says_what_to_do_where_perf_is_not_permitted(self):
        self.perf(refuses=True)
        result = self.result()
        self.assertEqual(len(self.notes(result)), 1)
        self.assertIn("sysctl kernel.perf_event_paranoid=2", self.notes(result)[0])
        self.assertEqual(list(self.out.iterdir()), [])

    def test_says_what_to_install_where_there_is_no_perf(self):
        for name in ("env", "python3"):
            (self.tools / name).symlink_to(shutil.which(name))
        reason = "perf is not on PATH: install it (setup/install perf, or on Debian: apt-get install linux-perf)"
        self.assertEqual(self.notes(self.result(path=str(self.tools))), [f"no flame graphs: {reason}"])

    def test_garbage_from_perf_is_a_note(self):
        self.perf(garbage=True)
        notes = self.notes(self.result())
        self.assertEqual(len(notes), 2)
        self.assertIn("cannot be read", notes[0])
        self.assertEqual(list(self.out.iterdir()), [])

    def test_a_directory_that_cannot_be_made_is_refused_before_anything_is_measured(self):
        (self.bench.root / "out").write_text("a file")
        done = self.bench.verb(
            "measure", self.plain, self.fast, "--flame-graph", str(self.out), "--store", str(self.bench.store)
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("--flame-graph", done.stderr)


if __name__ == "__main__":
    unittest.main()
