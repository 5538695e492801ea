"""The documentation: its links lead somewhere, its commands have the options they show, and its lines can be read."""

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
LONGER_LINES = {"ARCHITECTURE.md"}  # to be rewritten

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
                if len(line) > WIDTH and not line.startswith(("|", "    ")) and page.name not in LONGER_LINES:
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
