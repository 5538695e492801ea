"""Writes what `pytune patches verify --json` reported as a page of documentation.

    pytune patches verify --json >verify.json
    python3 patches/checked.py verify.json... >docs/validation-patches.md

Each file is one run. Paths of logs are left out, and other paths are shortened, because they mean nothing on another
machine. The page is the same for the same input.
"""

import collections
import json
import re
import sys
import textwrap

SERIES = "series"  # the name that rows about all patches together have
OUTCOMES = ("passed", "failed", "skipped")
WIDTH = 120
HEAD = """# What the interpreter patches were checked for

`patches/checked.py` made this page from the output of `pytune patches verify --json`. Do not edit it.
[patches.md](patches.md#verify-them) explains the checks. What is skipped was not looked at; it is not a pass.
"""


class NotAReport(Exception):
    pass


def read_report(text, name):
    """The document, or NotAReport with the reason."""
    try:
        report = json.loads(text)
    except ValueError as problem:
        raise NotAReport(f"{name}: not JSON: {problem}") from None
    if not isinstance(report, dict) or not isinstance(report.get("rows"), list):
        raise NotAReport(f"{name}: not the output of `pytune patches verify --json`: it has no rows")
    for number, row in enumerate(report["rows"]):
        for key in ("gate", "place", "patch", "outcome", "why"):
            if not isinstance(row, dict) or not isinstance(row.get(key), str):
                raise NotAReport(f"{name}: rows[{number}] has no text '{key}'")
        if row["outcome"] not in OUTCOMES:
            raise NotAReport(f"{name}: rows[{number}]: unknown outcome '{row['outcome']}'")
    for key in ("version", "source"):
        if not isinstance(report.get(key), str):
            raise NotAReport(f"{name}: it has no text '{key}'")
    for outcome in OUTCOMES:
        if report.get(outcome) != count(report["rows"], outcome):
            raise NotAReport(f"{name}: '{outcome}' is not the number of such rows; the file is damaged")
    return report


def count(rows, outcome):
    return sum(row["outcome"] == outcome for row in rows)


def one_line(text):
    """Without line breaks and without the folders of this machine's paths, safe inside Markdown."""
    words = " ".join(text.split())
    # Deep paths are those of a store or a home; /usr/bin/gcc says something everywhere.
    words = re.sub(r"(?<![\w./-])/(?!usr/|etc/|proc/|sys/|dev/|lib)(?:[\w.+@~-]+/)+([\w.+@~-]+)", r"\1", words)
    return words.replace("|", "\\|").replace("<", "&lt;")


def in_order(values):
    """Each once, as they come."""
    return list(dict.fromkeys(values))


def cell(rows):
    """What a check came to for one patch, over all places."""
    if not rows:
        return "-"
    parts = [f"{count(rows, 'passed')} passed", f"**{count(rows, 'failed')} failed**", f"{count(rows, 'skipped')} skipped"]
    return ", ".join(part for part in parts if not part.startswith(("0 ", "**0 ")))


def matrix(rows):
    """A table of patches and checks."""
    gates = in_order(row["gate"] for row in rows)
    patches = sorted(in_order(row["patch"] for row in rows), key=lambda patch: (patch == SERIES, patch))
    lines = ["| patch | " + " | ".join(gates) + " |", "|---" * (len(gates) + 1) + "|"]
    for patch in patches:
        cells = [cell([row for row in rows if row["patch"] == patch and row["gate"] == gate]) for gate in gates]
        lines.append(f"| {patch} | " + " | ".join(cells) + " |")
    return lines


def bullet(text):
    return textwrap.wrap(text, WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def numbers(patches):
    """0004-hex as 0004: the table has the names."""
    return ", ".join(re.sub(r"^(\d{4})-.*", r"\1", patch) for patch in patches)


def reports_of(rows):
    """What each check said, patches that it said the same of in one line."""
    lines = []
    for gate in in_order(row["gate"] for row in rows):
        said = collections.defaultdict(list)
        for row in rows:
            if row["gate"] == gate:
                said[row["place"], row["outcome"], one_line(row["why"])].append(row["patch"])
        lines += ["", f"### {gate[:1].upper()}{gate[1:]}", ""]
        for (place, outcome, why), patches in said.items():
            what = "" if outcome == "passed" else f"**{outcome}**: "
            where = f" ({place})" if place else ""
            lines += bullet(f"{numbers(patches)}{where}: {what}{why or outcome}")
    return lines


def section(report, heading):
    rows = report["rows"]
    places = in_order(row["place"] for row in rows if row["place"])
    lines = [f"## {heading}", ""]
    lines += bullet(f"Source: {one_line(report['source'])}")
    lines += bullet(f"Built with: {', '.join(places) or 'nothing'}")
    lines += bullet(f"{report['passed']} checks passed, {report['failed']} failed, {report['skipped']} skipped")
    lines += ["", "How many checks each patch passed, one for each compiler and target:", "", *matrix(rows)]
    return [*lines, *reports_of(rows)]


def page(reports):
    lines = HEAD.splitlines()
    seen = collections.Counter()
    for report in reports:
        seen[report["version"]] += 1
        again = f", run {seen[report['version']]}" if seen[report["version"]] > 1 else ""
        lines += ["", *section(report, f"CPython {report['version']}{again}")]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main(names):
    if not names or names[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    reports = []
    for name in names:
        try:
            with open(name, encoding="utf-8") as file:
                reports.append(read_report(file.read(), name))
        except (NotAReport, OSError) as problem:
            print(f"checked.py: {problem}", file=sys.stderr)
            return 1
    sys.stdout.write(page(reports))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
