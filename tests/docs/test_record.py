"""docs/record: how a recording becomes a picture. The terminal's emulation is another package's and not tested here."""

import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import unittest
from xml.etree import ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load(path):
    """A script without the ending .py as a module."""
    loader = importlib.machinery.SourceFileLoader("record", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("record", loader))
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True  # beside the script it would be a file of the checkout
record = load(ROOT / "docs" / "record")


def row(text, style=""):
    return record.runs([(character, style) for character in text])


def screen(*lines):
    return tuple(row(line) for line in lines)


class TimesTest(unittest.TestCase):
    def test_a_short_recording_plays_as_it_was(self):
        self.assertEqual(record.playback_times([0.5, 1.0, 1.25], 1, 15), [0.5, 1.0, 1.25])

    def test_no_pause_is_longer_than_idle(self):
        self.assertEqual(record.playback_times([0.5, 100.5, 100.75], 1, 15), [0.5, 1.5, 1.75])

    def test_twenty_minutes_of_a_line_each_second_take_fifteen_seconds(self):
        times = record.playback_times([float(second) for second in range(1, 1201)], 1, 15)
        self.assertAlmostEqual(times[-1], 15)
        self.assertEqual(times, sorted(times))

    def test_a_clock_that_steps_back_does_no_harm(self):
        self.assertEqual(record.playback_times([1.0, 0.5, 1.0], 5, 15), [1.0, 1.0, 1.5])

    def test_nothing_recorded_is_nothing_shown(self):
        self.assertEqual(record.playback_times([], 1, 15), [])

    def test_durations_are_words(self):
        texts = [record.duration_text(seconds) for seconds in (0, 59.4, 61, 1214.2, 3600, 7325)]
        self.assertEqual(texts, ["0 s", "59 s", "1 min 01 s", "20 min 14 s", "1 h 00 min", "2 h 02 min"])


class FramesTest(unittest.TestCase):
    def test_frames_that_follow_too_soon_are_merged_into_the_newest(self):
        frames = [(0.0, "a"), (0.01, "b"), (0.5, "c"), (0.55, "d")]
        self.assertEqual(record.thinned(frames, 0.1), [(0.0, "b"), (0.5, "d")])

    def test_the_last_screen_is_always_kept(self):
        frames = [(number / 1000, number) for number in range(1000)]
        self.assertEqual(record.thinned(frames, 0.3)[-1][1], 999)

    def test_a_screen_that_does_not_change_is_one_frame(self):
        self.assertEqual(record.thinned([(0.0, "a"), (1.0, "a"), (2.0, "b")], 0.1), [(0.0, "a"), (2.0, "b")])

    def test_only_rows_that_change_are_drawn_anew(self):
        frames = [(0.0, screen("one", "two")), (1.0, screen("one", "three"))]
        self.assertEqual(record.changes(frames), [(0.0, 0, row("one")), (0.0, 1, row("two")), (1.0, 1, row("three"))])

    def test_a_row_that_is_emptied_is_drawn_empty(self):
        self.assertEqual(record.changes([(0.0, screen("one")), (1.0, screen(""))])[-1], (1.0, 0, ()))

    def test_the_picture_ends_with_the_last_row_in_use(self):
        self.assertEqual(record.used_rows([(0.0, screen("a", "b", "")), (1.0, screen("a", "", ""))]), 2)


class RowTest(unittest.TestCase):
    def test_neighbours_of_one_style_are_one_run_without_the_blanks_around(self):
        cells = [(character, "") for character in "  ab "] + [(character, "green") for character in "c d"]
        self.assertEqual(record.runs(cells), ((2, "ab", ""), (5, "c d", "green")))

    def test_blocks_are_bars_of_their_width(self):
        self.assertEqual(list(record.pieces(3, "1x ██▌ ok")), [(3, "1x ", 0), (6, "██▌", 2.5), (9, " ok", 0)])

    def test_text_is_escaped_and_keeps_its_columns(self):
        text = record.text_of(row("  <&"))
        self.assertIn("&lt;&amp;</text>", text)
        self.assertIn(f'x="{2 * record.CELL_WIDTH:g}"', text)
        self.assertIn(f'textLength="{2 * record.CELL_WIDTH:g}"', text)


class PictureTest(unittest.TestCase):
    def picture(self, frames, columns=20, rows=2):
        return record.fitting_svg(frames, columns, rows, "a < b", "took 1 s")

    def test_it_is_xml_with_the_last_screen_as_text(self):
        root = ElementTree.fromstring(self.picture([(0.0, screen("one")), (1.0, screen("two", "three"))]))
        namespace = "{http://www.w3.org/2000/svg}"
        self.assertEqual(root.find(f"{namespace}title").text, "a < b")
        self.assertEqual(root.find(f"{namespace}desc").text, "two\nthree")
        self.assertIsNone(root.find(f".//{namespace}script"))

    def test_what_is_there_from_the_start_is_not_animated(self):
        picture = self.picture([(0.0, screen("one")), (1.5, screen("two"))])
        self.assertEqual(picture.count("animation-delay"), 1)
        self.assertIn("animation-delay:1.50s", picture)

    def test_rows_are_hidden_only_for_who_takes_motion(self):
        picture = self.picture([(0.0, screen("one"))])
        before, rule = picture.split("@media (prefers-reduced-motion:no-preference){")
        self.assertIn("visibility:hidden", rule.split("}")[0])
        self.assertNotIn("visibility:hidden", before)

    def test_a_title_leaves_room_for_the_caption(self):
        self.assertEqual(record.shortened("pytune  sweep\n", 12), "pytune sweep")
        self.assertEqual(record.shortened("pytune sweep --preset quick", 12), "pytune swee…")

    def test_both_themes_have_every_colour(self):
        dark, light = record.style_sheet().split("@media (prefers-color-scheme:light){")
        for name, (in_dark, in_light) in record.COLOURS.items():
            self.assertIn(f".{name}{{fill:{in_dark}}}", dark)
            self.assertIn(f".{name}{{fill:{in_light}}}", light)

    def test_equal_rows_are_stored_once(self):
        scrolled = [(float(at), screen(*(f"line {number}" for number in range(at, at + 10)))) for at in range(10)]
        self.assertEqual(self.picture(scrolled, rows=10).count("<g id="), 19)

    def test_a_long_recording_is_thinned_until_it_fits(self):
        frames = [(at / 80, screen(*(f"{at} {number} {'x' * 80}" for number in range(40)))) for at in range(1200)]
        picture = self.picture(frames, columns=100, rows=40)
        self.assertLessEqual(len(picture.encode()), record.LARGEST)
        self.assertIn("1199 39 xxx", picture)


class RecordingTest(unittest.TestCase):
    def test_a_recording_is_read_as_it_was_written(self):
        header, events = {"version": 2, "width": 80, "height": 24}, [(0.125, "a\r\n"), (1.5, "\x1b[1mé")]
        self.assertEqual(record.read_recording(record.written_recording(header, events)), (header, events))

    def test_a_command_runs_in_a_terminal_of_the_size_asked_for(self):
        program = "import os, sys; print(os.get_terminal_size(), sys.stdin.read() == '', 'é'); sys.exit(3)"
        echo = io.StringIO()
        status, _, events = record.capture([sys.executable, "-c", program], 91, 17, echo)
        self.assertEqual(status, 3)
        self.assertEqual("".join(data for _, data in events), "os.terminal_size(columns=91, lines=17) True é\r\n")
        self.assertEqual(echo.getvalue(), "".join(data for _, data in events))


if __name__ == "__main__":
    unittest.main()
