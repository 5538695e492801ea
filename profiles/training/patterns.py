"""Training: regular expressions and the parsers of the standard library built on them."""
import fnmatch
import re
import shlex

from support import Stream, fold, require

LETTER = """\
From: Mina Okafor <mina.okafor@example.org>
To: "Archive, Reading Room" <desk+archive@library.example>, tom@example.net
Date: 2019-11-05; reply by 12/24/2019 or 1 January 2020
Subject: Re: [box 17] FOUR letters, two maps; see https://example.org/a/b?x=1&y=two#top

The   maps are 40.5cm x 27cm, the letters -- well, the letters!  "I never" wrote 'them'.
Call +44 (0)20 7946 0123 or 555-0199; price: EUR 1,249.00 (was $1300).
"""


def compiling():
    """Compiling patterns is pure Python, and much of what start-up time goes to."""
    sources = (r"(?i)\b(mon|tues|wednes|thurs|fri|satur|sun)day\b", r"[^\W\d_]+(?:-[^\W\d_]+)*",
               r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>\d\d)", r"(?:a|b|cd?){2,5}?x*",
               r"(?x) ( \" [^\"]* \" | ' [^']* ' )  # quoted", r"(?s)^.*?(?<=end)(?!ing)\Z",
               r"([\u0400-\u04ff]+|[\w.+-]+@[\w-]+\.[\w.]+)", r"(\w)(?:\1|(?(1)y|n))+[a-f0-9A-F]")
    groups = 0
    for source in sources:
        re.purge()
        pattern = re.compile(source, re.MULTILINE)
        groups += 1 + pattern.groups + len(pattern.groupindex)
        require(pattern.search("") is None or pattern.match("") is not None, "an odd match")
    return groups


def finding():
    found = []
    for source in (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", r"\b\d{4}-\d\d-\d\d\b|\b\d\d?/\d\d?/\d{4}\b",
                   r"(https?)://([^/\s]+)(/[^?\s]*)?", r"^(\w+): (.*)$", r"[A-Z]{2,}",
                   r"(?<![\d.])\d+(?:\.\d+)?(?=cm)", r"(['\"])(.*?)\1", r"\$?\d{1,3}(?:,\d{3})*(?:\.\d\d)?",
                   r"(?i)(letters?)\b.*?\1", r"\+\d\d \(0\)[\d ]+"):
        pattern = re.compile(source, re.MULTILINE)
        for match in pattern.finditer(LETTER):
            found.append("%d:%s" % (match.start(), match.group(match.lastindex or 0)))
        found.append(str(len(pattern.findall(LETTER * 2))))
    return len(found), fold("|".join(found))


def rewriting():
    text = LETTER * 3
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", "readingRoomOfTheArchiveInTown").lower()
    camel = re.sub(r"_([a-z])", lambda match: match.group(1).upper(), snake)
    swapped, count = re.subn(r"(\w+) (\w+)", r"\2 \g<1>", text)
    values = {"name": "Mina", "box": 17}
    filled = re.sub(r"\{(\w+)(?:\|(\w+))?\}", lambda match: str(values.get(match[1], match[2])),
                    "Dear {name}, box {box} of {total|many} is {state|open}. " * 20)
    clean = re.sub(r"\s+", " ", text)
    parts = re.split(r"\s*[;,:.!?]\s*|\s--\s", clean)
    fields = re.split(r"(\d+)", text)
    masked = re.sub(r"\d(?=\d{2})", "#", text)
    return camel, count, fold(swapped[:200]), fold(filled[:120]), len(parts), len(fields), masked.count("#")


def backtracking():
    """Shapes that make the matcher try again, within reason."""
    total = 0
    nested = re.compile(r"(?:a+b?)+c|(?:ab|a)*d")
    balanced = re.compile(r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
    lazy = re.compile(r"<(\w+)[^>]*?>(.*?)</\1>", re.DOTALL)
    squares = re.compile(r"^(x+)(?:\1)+$")
    for n in range(2, 13):
        total += nested.match("a" * n + "bd"[n % 2]) is not None
        total += len(balanced.findall("f(a(b)c)(d" * n + ")" * n))
        total += sum(len(match.group(2)) for match in lazy.finditer("<b x='1'>t%d<i>u</i></b><p>" % n * 3))
    for n in range(2, 60):
        total += squares.match("x" * n) is None
    return total


def globs():
    stream = Stream(51)
    names = ["%s%d.%s" % (stream.pick(("img", "Doc", "tmp_", "a-b")), stream.below(200),
                          stream.pick(("png", "txt", "tar.gz", "py"))) for _ in range(250)]
    counts = []
    for pattern in ("*.png", "img?.*", "[a-d]*[0-4].t*", "*_1[!2]?.py", "Doc*", "*.*.*", "*1*2*"):
        chosen = fnmatch.filter(names, pattern)
        matcher = re.compile(fnmatch.translate(pattern))
        require(chosen == [name for name in names if matcher.match(name)], "filter and translate differ")
        counts.append(len(chosen))
    return counts


def shells():
    lines = ("cp -r 'My Documents' \"/mnt/back up/$(date)\" # nightly", "echo a\\ b \"c\\\"d\" 'e'\"f\"",
             "for x in 1 2 3; do run --flag=$x; done | sort > out", "x='' y=\"\" z")
    words = []
    for line in lines * 3:
        words.extend(shlex.split(line, comments=True))
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.extend(lexer)
    quoted = " ".join(shlex.quote(word) for word in words)
    require(shlex.split(quoted) == words, "quoting changed a word")
    return len(words), fold(quoted[:400])


def addresses():
    from urllib.parse import parse_qs, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit
    stream = Stream(52)
    total = 0
    for n in range(60):
        query = {"q": "a b&c=%d" % n, "lang": ["en", "ü"], "page": stream.below(99)}
        path = "/docs/" + quote("größe %d/x" % n) + "/../index;v=1"
        address = urlunsplit(("https", "user@host%d.example:8%03d" % (n % 7, n), path,
                              urlencode(query, doseq=True), "part"))
        parts = urlsplit(address)
        require(unquote(parts.path).startswith("/docs/größe"), "unquote lost a letter")
        total += parts.port + len(parse_qs(parts.query)["lang"]) + len(parts.hostname)
        total += len(urljoin(address, "../other?z=%d" % n)) + len(urljoin(address, "//cdn.example/x"))
    return total


def tables():
    import csv
    import io
    stream = Stream(53)
    rows = [["id", "na,me", "note", "amount"]]
    for n in range(160):
        note = ("", "two\nlines", "a;b", " x ")[n % 4]
        rows.append([str(n), "say \"%d\"" % n, note, str(stream.below(10 ** 6) / 100)])
    total = 0
    for options in ({}, {"delimiter": ";", "quoting": csv.QUOTE_ALL}, {"dialect": "excel-tab"},
                    {"quotechar": "'", "quoting": csv.QUOTE_NONNUMERIC}):
        out = io.StringIO(newline="")
        csv.writer(out, **options).writerows(rows)
        total += len(out.getvalue())
        back = list(csv.reader(io.StringIO(out.getvalue(), newline=""), **options))
        require(back == rows, "a table changed")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    records = list(csv.DictReader(io.StringIO(out.getvalue())))
    return total, len(records), records[2]["note"], sum(float(record["amount"]) > 5000 for record in records)


def settings():
    import configparser
    text = "[DEFAULT]\nroot = /srv\nlevel = 3\n\n" + "".join(
        "[site%d]\nport: %d\nhome = %%(root)s/site%d\nflags = a b\n    c\n; note\nactive = %s\n\n"
        % (n, 8000 + n, n, ("yes", "off")[n % 2]) for n in range(16))
    parser = configparser.ConfigParser()
    parser.read_string(text)
    active = [name for name in parser.sections() if parser.getboolean(name, "active")]
    ports = sum(parser[name].getint("port") for name in active)
    homes = "".join(parser.get(name, "home") for name in parser.sections())
    return len(active), ports, fold(homes), parser["site3"]["flags"].split(), parser.getint("site1", "level")


def pages():
    from html.parser import HTMLParser

    class Outline(HTMLParser):
        def __init__(self):
            super().__init__(convert_charrefs=True)
            self.open = []
            self.seen = []

        def handle_starttag(self, tag, attributes):
            self.open.append(tag)
            self.seen.append((len(self.open), tag, len(dict(attributes))))

        def handle_endtag(self, tag):
            if tag in self.open:
                while self.open.pop() != tag:
                    pass

        def handle_data(self, data):
            if data.strip():
                self.seen.append((len(self.open), data.strip(), -1))

    page = ("<!DOCTYPE html><html><body class=\"a b\" id=top><!-- note --><h1>Caf&eacute; &amp; bar</h1>"
            + "<ul>" + "".join("<li data-n='%d'><a href=\"/x?n=%d&amp;y=2\">item %d</a></li>" % (n, n, n)
                               for n in range(40)) + "</ul></body></html>")
    outline = Outline()
    outline.feed(page)
    outline.close()
    return len(outline.seen), max(depth for depth, _, _ in outline.seen), outline.seen[3][1]


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (compiling, 96, 18),
    (finding, 180, (58, 2001026249)),
    (rewriting, 190, ('readingRoomOfTheArchiveInTown', 51, 77432356, 602885105, 85, 145, 51)),
    (backtracking, 98, 421),
    (globs, 61, [73, 1, 15, 6, 59, 74, 33]),
    (shells, 77, (162, 584552268)),
    (addresses, 15, 486740),
    (tables, 59, (21186, 160, 'a;b', 86)),
    (settings, 110, (8, 64056, 1160780005, ['a', 'b', 'c'], 3)),
    (pages, 93, (125, 5, 'Café & bar')),
]
