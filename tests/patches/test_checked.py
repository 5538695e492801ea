"""patches/checked.py: the page that is made of what `pytune patches verify --json` prints."""

import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "patches" / "checked.py"


def load():
    spec = importlib.util.spec_from_file_location("checked", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
checked = load()


def row(gate, patch, place="", outcome="passed", why="", log=""):
    return {"gate": gate, "place": place, "patch": patch, "outcome": outcome, "why": why, "log": log}


ROWS = [
    row("applies", "0001-first", why="2 hunks"),
    row("applies", "0002-second", why="2 hunks"),
    row("applies", "series", why="4 hunks"),
    row("builds", "0001-first", "gcc-12"),
    row("builds", "0001-first", "clang-19", "failed", "compiler-crash", "/store/compile/1/log.txt"),
    row("builds", "series", "gcc-12"),
    row("differential", "series", "gcc-12", why="7490 inputs in 12 areas, the same answers"),
    row("target", "series", outcome="skipped", why="nothing was built or run for AArch64: give --target neoverse-n1"),
]


def report(rows=None, version="3.13.5", **more):
    rows = ROWS if rows is None else rows
    counts = {outcome: sum(one["outcome"] == outcome for one in rows) for outcome in ("passed", "failed", "skipped")}
    return {"version": version, "source": "Debian python3.13 3.13.5-2 (trixie)", "rows": rows, **counts, **more}


class PageTest(unittest.TestCase):
    def lines(self, *reports):
        return checked.page(list(reports)).splitlines()

    def test_a_run_is_a_section_with_its_totals(self):
        lines = self.lines(report())
        self.assertIn("## CPython 3.13.5", lines)
        self.assertIn("- Source: Debian python3.13 3.13.5-2 (trixie)", lines)
        self.assertIn("- Built with: gcc-12, clang-19", lines)
        self.assertIn("- 6 checks passed, 1 failed, 1 skipped", lines)

    def test_the_table_has_a_row_for_each_patch_and_the_series_last(self):
        lines = self.lines(report())
        start = lines.index("| patch | applies | builds | differential | target |")
        self.assertEqual(
            lines[start + 2 : start + 5],
            [
                "| 0001-first | 1 passed | 1 passed, **1 failed** | - | - |",
                "| 0002-second | 1 passed | - | - | - |",
                "| series | 1 passed | 1 passed | 1 passed | 1 skipped |",
            ],
        )

    def test_what_was_said_of_several_patches_stands_once(self):
        lines = self.lines(report())
        self.assertIn("- 0001, 0002: 2 hunks", lines)
        self.assertIn("- series (gcc-12): 7490 inputs in 12 areas, the same answers", lines)

    def test_what_did_not_pass_is_named_as_that(self):
        lines = self.lines(report())
        self.assertIn("- 0001 (clang-19): **failed**: compiler-crash", lines)
        self.assertIn("- series: **skipped**: nothing was built or run for AArch64: give --target neoverse-n1", lines)

    def test_a_pass_without_words_is_a_pass(self):
        self.assertIn("- 0001, series (gcc-12): passed", self.lines(report()))

    def test_several_runs_follow_each_other_and_equal_versions_are_told_apart(self):
        lines = self.lines(report(), report(version="3.14.7"), report())
        self.assertEqual(
            [line for line in lines if line.startswith("## ")],
            ["## CPython 3.13.5", "## CPython 3.14.7", "## CPython 3.13.5, run 2"],
        )

    def test_the_same_input_gives_the_same_page(self):
        self.assertEqual(checked.page([report()]), checked.page([json.loads(json.dumps(report()))]))

    def test_no_line_but_a_table_is_longer_than_the_others(self):
        long = report([row("test suite", "series", "gcc-12", why=" ".join(["test_something"] * 40))])
        self.assertLessEqual(max(len(line) for line in self.lines(long) if not line.startswith("|")), 120)


class TextTest(unittest.TestCase):
    def test_paths_of_this_machine_are_shortened_and_those_of_every_machine_are_not(self):
        self.assertEqual(
            checked.one_line("no /home/me/.cache/pytune/x/Python-3.13.5.tar.xz for /usr/bin/gcc-12"),
            "no Python-3.13.5.tar.xz for /usr/bin/gcc-12",
        )

    def test_what_is_no_path_stays(self):
        self.assertEqual(checked.one_line("Modules/binascii.c and 1/2"), "Modules/binascii.c and 1/2")

    def test_lines_and_markup_do_not_break_the_page(self):
        self.assertEqual(checked.one_line("a\n b | <b>"), "a b \\| &lt;b>")


class ReportTest(unittest.TestCase):
    def refused(self, document):
        text = document if isinstance(document, str) else json.dumps(document)
        with self.assertRaises(checked.NotAReport) as caught:
            checked.read_report(text, "x.json")
        return str(caught.exception)

    def test_a_report_is_read(self):
        self.assertEqual(checked.read_report(json.dumps(report()), "x.json"), report())

    def test_what_is_none_is_refused_with_the_reason(self):
        self.assertIn("x.json: not JSON", self.refused("nonsense"))
        self.assertIn("it has no rows", self.refused([]))
        self.assertIn("rows[0] has no text 'gate'", self.refused(report(rows=[{"outcome": "passed"}])))
        self.assertIn("unknown outcome 'maybe'", self.refused(report([row("a", "b", outcome="maybe")])))
        self.assertIn("it has no text 'source'", self.refused(report(source=None)))
        self.assertIn("the file is damaged", self.refused(report(passed=7)))


class ProgramTest(unittest.TestCase):
    def run_script(self, *words):
        return subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, timeout=60, check=False)

    def test_it_prints_the_page(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "verify.json")
            file.write_text(json.dumps(report()), encoding="utf-8")
            done = self.run_script(file)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, checked.page([report()]), ""))

    def test_a_file_that_is_missing_is_named(self):
        done = self.run_script("/nonexistent.json")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("/nonexistent.json", done.stderr)

    def test_without_files_it_says_how_it_is_used(self):
        self.assertEqual(self.run_script().returncode, 2)


if __name__ == "__main__":
    unittest.main()
