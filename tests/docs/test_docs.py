"""The documentation: its links lead somewhere, its commands have the options they show, its lines can be read, and
ARCHITECTURE.md is about the code that is there."""

import functools
import os
import pathlib
import re
import subprocess
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTUNE = os.environ.get("PYTUNE_BIN", str(ROOT / "build" / "dev" / "pytune"))
WIDTH = 120
MOST_WORDS_OF_README = 900
MOST_LINES_OF_ARCHITECTURE = 75  # one page

LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
FENCE = re.compile(r"\s*(```|~~~)")


def pages():
    """Every Markdown file of the checkout."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        # Builds may hold pages of others, and an expected text is no page.
        folders[:] = sorted(name for name in folders if name not in ("build", "golden", ".git", ".cache"))
        found += [pathlib.Path(folder, name) for name in sorted(files) if name.endswith(".md")]
    return found


def without_code(text):
    """The lines with those of code blocks emptied, so that their numbers stay."""
    lines, fence = [], None
    for line in text.splitlines():
        mark = FENCE.match(line)
        if mark and fence in (None, mark.group(1)):
            fence = None if fence else mark.group(1)
            lines.append("")
        else:
            lines.append("" if fence else line)
    return lines


def links(text):
    """(line number, target) of every inline link outside code."""
    for number, line in enumerate(without_code(text), 1):
        for match in LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            yield number, match.group(1)


def anchors(text):
    """What GitHub makes of the headings."""
    seen, found = {}, set()
    for line in without_code(text):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if not heading:
            continue
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).replace("`", "").replace("*", "")
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if name in seen else name)
        seen[name] = seen.get(name, 0) + 1
    return found


def problem_of_link(page, target):
    """Why a link leads nowhere; empty when it leads somewhere, or out of the checkout."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return ""
    path, _, anchor = urllib.parse.unquote(target).partition("#")
    if path.startswith("/"):
        return "is absolute"
    file = (page.parent / path).resolve() if path else page
    if ROOT not in file.parents and file != ROOT:
        return "leads out of the checkout"
    if not file.exists():
        return "no such file"
    if anchor and (file.suffix != ".md" or anchor not in anchors(file.read_text(encoding="utf-8"))):
        return "no such heading"
    return ""


def code_lines(text):
    """(line number, text) of what a reader would type: code in the text, and blocks of shell commands."""
    language, joined = None, ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if mark:
            language = line.strip().lstrip("`~") or "sh" if language is None else None
            joined = ""
        elif language is None:
            for part in re.findall(r"`([^`]+)`", line):
                yield number, part
        elif language == "sh" or (language == "console" and (joined or line.startswith("$ "))):
            joined += line[2:] if language == "console" and not joined else line
            if joined.endswith("\\"):
                joined = joined[:-1]
            else:
                yield number, joined
                joined = ""


def commands(text):
    """(line number, words) of every call of pytune that is shown, also of one that another runs."""
    for number, line in code_lines(text):
        for call in re.split(r"\s--\s|\bsudo\s", re.sub(r"\s#\s.*", "", line)):
            words = call.split()
            if len(words) > 1 and words[0] in ("pytune", "./pytune"):
                yield number, words[1:]


@functools.cache
def options_of(verb):
    shown = subprocess.run([PYTUNE, verb, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    return {"--help", *re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", shown)}


@functools.cache
def verbs():
    shown = subprocess.run([PYTUNE, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    return set(re.findall(r"^  ([a-z-]+) {2,}", shown.partition("verbs:")[2], re.MULTILINE))


def paths_in_code(text):
    """(line number, path) of what code in the text names below a folder of the checkout, or as `room/file`."""
    folders = ["tuner", *folders_of_table((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))]
    for number, line in enumerate(without_code(text), 1):
        for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", line):
            first = name.partition("/")[0]
            if first in folders or (first in rooms() and name.count("/") == 1):
                yield number, name


def is_path(page, name):
    """Whether there is such a file or folder; a room's file may be named without its ending."""
    places = (ROOT, ROOT / "tuner", page.parent)
    return any((place / (name + ending)).exists() for place in places for ending in ("", ".h"))


def rooms():
    """The rooms of the tuner, from the ground up."""
    return re.findall(r"^([a-z]+):", (ROOT / "tuner" / "rooms").read_text(encoding="utf-8"), re.MULTILINE)


def rows_of_rooms(text):
    """The room of each row of the table."""
    return re.findall(r"^\| `tuner/([a-z]+)` \|", text, re.MULTILINE)


def folders_of_table(text):
    """The other folders of the checkout, of the rows of the same table."""
    return re.findall(r"^\| `([a-z]+)/` \|", text, re.MULTILINE)


def steps_of_walk(text):
    """(number, [(function, room, file)]) of each step of the numbered list."""
    for match in re.finditer(r"^(\d+)\. (.*(?:\n {2,}\S.*)*)", text, re.MULTILINE):
        named = re.findall(r"`(\w+)`\s+in\s+`([a-z]+)/(\w+\.h)`", match.group(2))
        yield int(match.group(1)), named


def rooms_not_on_the_way(text):
    """Those of the sentence that begins with "Not on the way:"."""
    sentence = re.search(r"^Not on the way: ([^.]*)\.", text, re.MULTILINE)
    return re.findall(r"`([a-z]+)`", sentence.group(1)) if sentence else []


def has_function(header, name):
    """Whether the text of a header declares the function, and does not only speak of it."""
    return re.search(rf"\b{name}\(", re.sub(r"//.*", "", header)) is not None


def faults_of_walk(text, header_of):
    """What is wrong with the walk; `header_of` gives the text of a room's file, or None."""
    faults, seen = [], []
    for place, (number, named) in enumerate(steps_of_walk(text), 1):
        if number != place:
            faults.append(f"step {number} stands where {place} belongs")
        if len({room for _, room, _ in named}) != 1:
            faults.append(f"step {number} names no function, or those of several rooms")
        for function, room, file in named:
            header = header_of(room, file)
            if header is None:
                faults.append(f"step {number}: there is no {room}/{file}")
            elif not has_function(header, function):
                faults.append(f"step {number}: {room}/{file} has no {function}")
        seen += {room for _, room, _ in named}
    left_out = rooms_not_on_the_way(text)
    faults += [f"{room} is met {seen.count(room)} times" for room in sorted(set(seen)) if seen.count(room) > 1]
    faults += [f"{room} is met, and said to be not on the way" for room in sorted(set(seen) & set(left_out))]
    faults += [f"{room} is neither met nor left out" for room in rooms() if room not in seen + left_out]
    faults += [f"{room} is no room" for room in sorted(set(seen + left_out) - set(rooms()))]
    return faults


class LinkTest(unittest.TestCase):
    def test_every_link_leads_to_a_file_and_a_heading(self):
        faults = []
        for page in pages():
            for number, target in links(page.read_text(encoding="utf-8")):
                problem = problem_of_link(page, target)
                if problem:
                    faults.append(f"{page.relative_to(ROOT)}:{number}: {target}: {problem}")
        self.assertEqual(faults, [])

    def test_every_page_of_docs_is_in_the_index(self):
        listed = {target for _, target in links((ROOT / "docs" / "README.md").read_text(encoding="utf-8"))}
        there = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
        self.assertEqual(there - listed, set())


class PathTest(unittest.TestCase):
    def test_every_file_and_folder_that_is_named_is_there(self):
        faults = []
        for page in pages():
            for number, name in paths_in_code(page.read_text(encoding="utf-8")):
                if not is_path(page, name):
                    faults.append(f"{page.relative_to(ROOT)}:{number}: {name}")
        self.assertEqual(faults, [])


class ReadmeTest(unittest.TestCase):
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    def test_it_has_few_words(self):
        self.assertLessEqual(len(self.text.split()), MOST_WORDS_OF_README)

    def test_no_line_is_too_long(self):
        self.assertEqual([line for line in self.text.splitlines() if len(line) > WIDTH], [])

    def test_what_is_filled_in_at_a_release_is_marked(self):
        self.assertEqual(self.text.count("<!-- showcase -->"), 2)
        self.assertEqual(self.text.count("<!-- /showcase -->"), 2)


class LineTest(unittest.TestCase):
    def test_no_line_of_text_is_too_long(self):
        # A row of a table and what a program printed cannot be broken.
        faults = []
        for page in pages():
            for number, line in enumerate(without_code(page.read_text(encoding="utf-8")), 1):
                if len(line) > WIDTH and not line.startswith(("|", "    ")):
                    faults.append(f"{page.relative_to(ROOT)}:{number}: {len(line)} characters")
        self.assertEqual(faults, [])


class CommandTest(unittest.TestCase):
    def test_every_command_shown_has_its_verb_and_options(self):
        faults = []
        for page in pages():
            for number, words in commands(page.read_text(encoding="utf-8")):
                where = f"{page.relative_to(ROOT)}:{number}"
                if words[0].startswith("-") or not re.fullmatch(r"[a-z-]+", words[0]):
                    continue  # --version, or a word such as VERB
                if words[0] not in verbs():
                    faults.append(f"{where}: pytune has no verb {words[0]}")
                    continue
                used = {word.partition("=")[0] for word in words[1:] if re.fullmatch(r"--[a-z][a-z-]*(=.*)?", word)}
                faults += [f"{where}: {words[0]} has no {name}" for name in sorted(used - options_of(words[0]))]
        self.assertEqual(faults, [])


class ArchitectureTest(unittest.TestCase):
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    @staticmethod
    def header_of(room, file):
        path = ROOT / "tuner" / room / file
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def test_it_is_one_page(self):
        lines = self.text.splitlines()
        self.assertLessEqual(len(lines), MOST_LINES_OF_ARCHITECTURE)
        self.assertEqual([line for line in lines if len(line) > WIDTH], [])

    def test_each_room_has_a_row_in_the_order_of_the_list(self):
        self.assertEqual(rows_of_rooms(self.text), rooms())

    def test_every_folder_of_the_table_is_there(self):
        folders = folders_of_table(self.text)
        self.assertGreater(len(folders), 0)
        self.assertEqual([folder for folder in folders if not (ROOT / folder).is_dir()], [])

    def test_the_walk_meets_each_room_once_by_a_function_that_is_there(self):
        self.assertGreater(len(list(steps_of_walk(self.text))), 0)
        self.assertEqual(faults_of_walk(self.text, self.header_of), [])


class OwnTest(unittest.TestCase):
    """What the other tests rely on."""

    def test_links_in_code_are_none(self):
        text = "[a](b.md) `[c](d.md)`\n```\n[e](f.md)\n```\n[g](h.md#i)\n"
        self.assertEqual(list(links(text)), [(1, "b.md"), (5, "h.md#i")])

    def test_headings_have_the_anchors_that_github_gives_them(self):
        text = "# A `b` c!\n## [Link](x) and more\n```\n# no\n```\n## A b c\n### bf16mm's 2_3\n"
        self.assertEqual(anchors(text), {"a-b-c", "link-and-more", "a-b-c-1", "bf16mms-2_3"})

    def test_links_that_lead_nowhere_are_noticed(self):
        page = ROOT / "README.md"
        self.assertEqual(problem_of_link(page, "https://example.org/x"), "")
        self.assertEqual(problem_of_link(page, "docs/README.md"), "")
        self.assertEqual(problem_of_link(page, "docs/none.md"), "no such file")
        self.assertEqual(problem_of_link(page, "docs/README.md#none"), "no such heading")
        self.assertEqual(problem_of_link(page, "/etc/passwd"), "is absolute")
        self.assertEqual(problem_of_link(page, "../x"), "leads out of the checkout")

    def test_a_walk_that_is_not_true_is_noticed(self):
        text = (
            "1. `go` in `sys/a.h` goes,\n   as does `run` in `sys/b.h`.\n"
            "3. `spoken_of` in `spec/a.h` does not.\n4. Nothing.\n5. `go` in `spec/a.h` again.\n\n"
            "Not on the way: `sys`, `input`,\nand `attic`.\n"
        )
        headers = {("sys", "a.h"): "void go(int);\n", ("spec", "a.h"): "// spoken_of() goes\nint go();\n"}
        faults = faults_of_walk(text, lambda room, file: headers.get((room, file)))
        self.assertEqual(
            [fault for fault in faults if "neither" not in fault],
            [
                "step 1: there is no sys/b.h",
                "step 3 stands where 2 belongs",
                "step 3: spec/a.h has no spoken_of",
                "step 4 stands where 3 belongs",
                "step 4 names no function, or those of several rooms",
                "step 5 stands where 4 belongs",
                "spec is met 2 times",
                "sys is met, and said to be not on the way",
                "attic is no room",
            ],
        )
        self.assertIn("cli is neither met nor left out", faults)

    def test_paths_are_found_in_code(self):
        text = "`docs/none.md` `tuner/sys/` docs/not.md `build/dev/x` `build/plan` `sys/no.h` `/tmp/x` `--a/b`\n"
        found = list(paths_in_code(text))
        self.assertEqual([name for _, name in found], ["docs/none.md", "tuner/sys/", "build/plan", "sys/no.h"])
        self.assertEqual([is_path(ROOT / "README.md", name) for _, name in found], [False, True, True, False])

    def test_commands_are_found_in_blocks_and_in_text(self):
        text = (
            "Run `pytune store --all` or not.\n```sh\nsudo ./pytune doctor --tune -- ./pytune measure a \\\n"
            "    --rounds 2   # --no\n```\n"
        )
        self.assertEqual(
            list(commands(text)),
            [(1, ["store", "--all"]), (4, ["doctor", "--tune"]), (4, ["measure", "a", "--rounds", "2"])],
        )


if __name__ == "__main__":
    unittest.main()
