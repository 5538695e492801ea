"""The rules of the house that neither compiler nor linters know: who lives where, under what name, how large."""

import ast
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ("tuner", "emulator", "ext", "tests", "setup", "profiles", "patches")
SOURCES = (".cc", ".c", ".h", ".py", ".sh", ".bash")

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 80
MOST_PARAMETERS = 5
MOST_LINES_OF_RUN_SWEEP = 60
MOST_LINES_OF_CLI = 3700
# Names that say nothing of what a file or a folder holds. A room may be called measure; a file in it may not.
EMPTY_NAMES = {
    *("measuring", "sweep_measure", "session", "preparing", "finished", "one_line", "work", "subject"),
    *("util", "utils", "common", "helper", "helpers", "misc", "own_machine"),
}
# Each word of these enumerations stands in its table, and nowhere else: all others use the enumerator.
TABLES = ("tuner/analyze/evidence.h", "tuner/analyze/comparison.h", "tuner/measure/sample.h")
# What is also the name of an option or of a record's member.
NOT_ONLY_ENUMERATORS = {"rebuilds", "numeric", "counters", "baseline", "candidate", "copy", "reference", "system"}
OTHER_MEANINGS = {
    "tuner/result/sweep_result.cc": {"race", "confirm"},  # members of the record
    "tuner/report/export_markdown.cc": {"faster"},  # the end of "1.3x faster"
}


def files(*folders, suffixes=SOURCES):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "corpus" not in path.parts and "golden" not in path.parts:
                yield path


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def first_comment(text):
    """The comment or docstring that a file begins with; empty where it begins with something else."""
    if text.startswith('"""'):
        return text[3 : text.index('"""', 3)]
    lines = []
    for line in text.splitlines():
        if not line.startswith(("//", "#!", "# ")):
            break
        lines.append(line.lstrip("/# "))
    return "\n".join(lines)


def lines_of_function(text, name):
    """How many lines the definition of a C++ function takes, by its braces; 0 where there is none."""
    start = re.search(rf"^[\w:<>&* ]*\b{name}\([^;{{]*\{{$", text, re.MULTILINE)
    if not start:
        return 0
    end = text.index("\n}\n", start.end())
    return text.count("\n", start.start(), end) + 1


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def strings(text):
    """(line number, words) of every string literal outside comments and includes."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith(("//", "#include")):
            for match in re.finditer(r'"((?:[^"\\]|\\.)*)"', line):
                yield number, match.group(1)


def words_of_table(text):
    return set(re.findall(r'std::pair\{\w+::\w+, "([a-z ]+)"\}', text))


class House(unittest.TestCase):
    def test_includes_follow_the_list_of_rooms(self):
        done = subprocess.run(
            [sys.executable, ROOT / "setup" / "rooms.py"], capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual((done.returncode, (done.stdout + done.stderr).strip()), (0, ""))

    def test_every_folder_of_the_tuner_is_a_room(self):
        listed = re.findall(r"^([a-z]+):", (ROOT / "tuner" / "rooms").read_text(), re.MULTILINE)
        folders = [path.name for path in (ROOT / "tuner").iterdir() if path.is_dir()]
        self.assertEqual(sorted(listed), sorted(folders))

    def test_unit_tests_live_in_folders_named_as_the_rooms(self):
        rooms = {path.name for path in (ROOT / "tuner").iterdir() if path.is_dir()} | {"emulator"}
        folders = {path.name for path in (ROOT / "tests" / "unit").iterdir() if path.is_dir()}
        self.assertEqual(folders - rooms, set())

    def test_the_command_line_is_options_and_wiring(self):
        lines = sum(path.read_text().count("\n") for path in files("tuner/cli"))
        self.assertLessEqual(lines, MOST_LINES_OF_CLI)

    def test_running_a_sweep_reads_on_one_screen(self):
        sizes = {name_of(path): lines_of_function(path.read_text(), "run_sweep") for path in files("tuner")}
        sizes = {name: size for name, size in sizes.items() if size}
        self.assertTrue(sizes, "there is no run_sweep any more; name here what took its place")
        self.assertLess(max(sizes.values()), MOST_LINES_OF_RUN_SWEEP, sizes)

    def test_a_long_file_begins_with_its_reason(self):
        for path in files(*OURS):
            text = path.read_text(encoding="utf-8")
            if text.count("\n") <= MOST_LINES_OF_A_FILE or name_of(path).startswith("profiles/"):
                continue  # what is trained on and measured keeps its bytes: they are part of keys
            with self.subTest(file=name_of(path)):
                self.assertRegex(first_comment(text), r"(?i)\bone file\b")

    def test_clang_tidy_bounds_functions(self):
        text = (ROOT / ".clang-tidy").read_text()
        for option, most in (("LineThreshold", MOST_LINES_OF_A_FUNCTION), ("ParameterThreshold", MOST_PARAMETERS)):
            value = re.search(rf"readability-function-size\.{option}: (\d+)", text)
            self.assertTrue(value, option)
            self.assertLessEqual(int(value.group(1)), most)

    def test_only_the_interface_of_qemu_is_excused_from_the_bounds(self):
        excused = [
            name_of(path)
            for path in files(*OURS)
            if re.search(r"NOLINT\w*\([^)]*readability-function-size", path.read_text(encoding="utf-8"))
        ]
        self.assertEqual(excused, ["emulator/plugin.cc"])

    def test_functions_in_python_are_bounded(self):
        for path in files("tests", "setup", "patches", "profiles", suffixes=(".py",)):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = node.end_lineno - node.lineno + 1
                    self.assertLessEqual(lines, MOST_LINES_OF_A_FUNCTION, f"{name_of(path)}: {node.name}")

    def test_names_say_what_a_file_holds(self):
        bad = [name_of(path) for path in files(*OURS) if path.stem in EMPTY_NAMES]
        bad += [name_of(path) for path in (ROOT / "tuner").rglob("measure.*")]
        self.assertEqual(bad, [])

    def test_files_of_rooms_that_comments_name_exist(self):
        for path in files("tuner", "emulator", "tests/unit", "tests/bench"):
            text = re.sub(r"#include <[^>]*>", "", path.read_text(encoding="utf-8"))
            for name in re.findall(r"(?<![/\w])([a-z]+/[a-z0-9_]+\.(?:cc|h))\b", text):
                if (ROOT / "tuner" / name).parent.is_dir():
                    self.assertTrue((ROOT / "tuner" / name).exists(), f"{name_of(path)} names {name}")

    def test_the_version_stands_in_one_place(self):
        version = re.search(r"^project\(pytune VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[
            1
        ]
        newest = re.search(r"^## \[([0-9.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
        self.assertEqual(newest, version)
        self.assertNotRegex((ROOT / "ext" / "pyproject.toml").read_text(), r"(?m)^version\b")
        for path in files(*OURS, suffixes=(*SOURCES, ".json", ".toml", ".txt", ".cmake")):
            self.assertNotIn(f'"{version}"', path.read_text(encoding="utf-8"), name_of(path))

    def test_documents_are_written_in_one_place(self):
        """dump_json() keeps names that are not UTF-8; .dump() throws, or loses them: it is for people only."""
        shown = {
            "tuner/input/json.cc",
            "tuner/sys/host.cc",
            "tuner/build/identity.cc",
            "tuner/measure/worker_output.cc",
        }
        for path in files("tuner"):
            if name_of(path) not in shown:
                self.assertNotRegex(path.read_text(), r"\.dump\(", f"{name_of(path)}: use dump_json()")

    def test_what_newer_libraries_moved_is_included_from_where_it_is(self):
        for path in files("tuner", "emulator", "tests"):
            text = path.read_text()
            if path.suffix in {".cc", ".h"} and "fmt::join" in text:
                with self.subTest(file=name_of(path)):
                    self.assertIn("#include <fmt/ranges.h>", text)  # fmt 11 has it nowhere else

    def test_one_namespace(self):
        for path in files("tuner", suffixes=(".h",)):
            spaces = re.findall(r"^namespace ([\w:]+) \{", path.read_text(), re.MULTILINE)
            with self.subTest(file=name_of(path)):
                self.assertLessEqual(set(spaces) - {"pytune"}, {"record"})

    def test_what_became_a_type_has_not_come_back(self):
        for path in files("tuner"):
            found = re.findall(r"\bminutes_done\b|\bidentities\[", without_comments(path.read_text()))
            self.assertEqual(found, [], name_of(path))

    def test_words_of_an_enumeration_stand_in_its_table_only(self):
        tables = {table: words_of_table((ROOT / table).read_text()) for table in TABLES}
        words = set().union(*tables.values()) - NOT_ONLY_ENUMERATORS
        self.assertLessEqual({"counted", "measured", "modelled", "race", "confirm", "faster", "cannot tell"}, words)
        for path in files("tuner"):
            name = name_of(path)
            for number, text in strings(path.read_text(encoding="utf-8")):
                if text in words - tables.get(name, set()) - OTHER_MEANINGS.get(name, set()):
                    self.fail(f'{name}:{number}: "{text}" is the name of an enumerator: use that')


if __name__ == "__main__":
    unittest.main()
