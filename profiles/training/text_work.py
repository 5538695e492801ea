"""Training: strings, Unicode, codecs, formatting, wrapping, comparing texts."""
import difflib
import html
import string
import textwrap

from support import Stream, fold, require

PROSE = """\
The ferry left before dawn, as it did on every Tuesday, with nine crates of oranges,
two bicycles and a piano that nobody had ordered. By the time the fog had lifted the
captain had named the piano Ernestine; by noon she had learned, badly, to play it.

On the far shore a clerk was waiting. He had a form for oranges and a form for bicycles.
For pianos he had no form, and so, with great care, he drew one.
"""

MIXED = ("naïve café", "Straße", "ΑΘΗΝΑ", "Привет, мир", "東京タワー", "e\u0301te\u0301",
         "ﬁn", "Ⅷ", "😀 smile", "İstanbul", "שלום", "ไทย")


def alphabet_shift(text, amount):
    result = []
    for character in text:
        if "a" <= character <= "z":
            result.append(chr((ord(character) - 97 + amount) % 26 + 97))
        elif character.isupper():
            result.append(chr((ord(character) - 65 + amount) % 26 + 65))
        else:
            result.append(character)
    return "".join(result)


def keyword_cipher(text, key):
    letters = string.ascii_lowercase
    tables = {letter: str.maketrans(letters, letters[letters.index(letter):]
                                    + letters[:letters.index(letter)]) for letter in set(key)}
    return "".join(letter.translate(tables[key[n % len(key)]]) for n, letter in enumerate(text))


def ciphers():
    lowered = PROSE.lower()
    shifted = alphabet_shift(PROSE, 7)
    require(alphabet_shift(shifted, -7) == PROSE, "the shift does not undo itself")
    secret = keyword_cipher(lowered, "ferry")
    undo = "".join(chr((123 - ord(letter)) % 26 + 97) for letter in "ferry")
    require(keyword_cipher(secret, undo) == lowered, "the cipher does not undo itself")
    counted = sorted(set(secret), key=lambda letter: (-secret.count(letter), letter))
    return fold(shifted[:200]), fold(secret[:200]), "".join(counted[:8])


def squeeze(text):
    """Run-length encoding: "aaab" becomes "3ab"."""
    out = ""
    position = 0
    while position < len(text):
        run = 1
        while text[position:position + 1] == text[position + run:position + run + 1]:
            run += 1
        out += (str(run) if run > 1 else "") + text[position]
        position += run
    return out


def expand(text):
    out = []
    digits = ""
    for character in text:
        if character.isdecimal():
            digits += character
        else:
            out.append(character * int(digits or "1"))
            digits = ""
    return "".join(out)


def runs():
    stream = Stream(41)
    total = 0
    for _ in range(45):
        text = "".join(stream.pick("xyz \u00fc") * (1 + stream.below(9)) for _ in range(20))
        short = squeeze(text)
        require(expand(short) == text, "a run was lost")
        total += len(text) - len(short)
    return total


ROMAN = (("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90),
         ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1))
ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen "
        "fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def roman(number):
    out = ""
    for letters, value in ROMAN:
        while number >= value:
            out += letters
            number -= value
    return out


def spoken(number):
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return TENS[tens] + ("-" + ONES[ones] if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return ONES[hundreds] + " hundred" + (" and " + spoken(rest) if rest else "")
    thousands, rest = divmod(number, 1000)
    return spoken(thousands) + " thousand" + (" " + spoken(rest) if rest else "")


def numerals():
    lengths = 0
    longest = ""
    for number in range(1, 4000, 3):
        text = roman(number)
        words = spoken(number)
        lengths += len(text) * words.count(" ")
        if len(words) > len(longest):
            longest = words
    return lengths, longest, roman(3888)


def formats():
    stream = Stream(42)
    out = []
    for n in range(330):
        value = stream.below(100000) - 50000
        part = value / 64
        out.append(f"{value:+,d}|{part:.3f}|{part:<12.4g}|{part:e}|{value & 255:#010b}|{value & 255:o}")
        out.append("%-8s|%+.2e|%05d|%r|%%|%c" % (value, part, n, str(n), 65 + n % 26))
        out.append("{:>9}|{!r:^7}|{x[1]}|{:_}".format(value, "é", n, x=(n, "y" * (n % 3))))
        out.append(string.Template("$name has ${count} $$").substitute(name="n%d" % n, count=value))
        out.append(f"{'nested':>{8 + n % 4}}{n!s:0>6}{{}}{value == n}")
        out.append(format(value, "x").zfill(6) + str(part) + repr(value / 7)[:8] + ascii("ß"))
    text = "\n".join(out)
    return len(text), fold(text[::29])


def wrapping():
    lengths = []
    for width in range(24, 74, 5):
        filled = textwrap.fill(PROSE, width, initial_indent="* ", subsequent_indent="  ")
        lengths.append(len(filled.splitlines()))
        require(max(map(len, filled.split("\n"))) <= width, "a line is too long")
    block = textwrap.indent(PROSE, "    ", lambda line: line.strip())
    require(textwrap.dedent(block) == PROSE, "dedent is not the inverse of indent")
    short = [textwrap.shorten(line, 30, placeholder="...") for line in PROSE.splitlines() if line]
    columns = []
    for line in PROSE.splitlines():
        words = line.expandtabs().split()
        columns.append(" ".join(word.ljust(9) if n % 2 else word.rjust(9, ".")
                                for n, word in enumerate(words)))
    return lengths, fold("".join(short)), fold("".join(columns))


def methods():
    """The small string methods, on text of one, two and four bytes a character."""
    total = 0
    for text in MIXED + tuple(PROSE.split()):
        for variant in (text, text.upper(), text.lower(), text.title(), text.casefold(), text.swapcase()):
            total += variant.isalpha() + 2 * variant.isupper() + 4 * variant.islower()
            total += variant.istitle() + variant.isidentifier() + variant.isprintable()
            head, dash, tail = variant.rpartition("e")
            total += len(head) - len(tail) + len(variant.split("t")) + variant.count("a")
            total += variant.find("or") + variant.rfind("e") + variant.startswith(("T", "t"))
            total += len(variant.replace("e", "éé").encode("utf-8")) + len(variant.strip("Ttnd.,"))
            total += (variant + "x" > text) + (variant * 2).endswith(variant) + len(variant.center(12))
            total += len(set(variant)) + max(map(ord, variant)) % 7
    return total


def unicode_tables():
    import unicodedata
    total = 0
    categories = {}
    for text in MIXED:
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            total += len(unicodedata.normalize(form, text))
        for character in text:
            category = unicodedata.category(character)
            categories[category] = categories.get(category, 0) + 1
            total += unicodedata.combining(character) + len(unicodedata.name(character, ""))
            total += len(unicodedata.bidirectional(character))
    plain = "".join(character for character in unicodedata.normalize("NFD", "naïve café Ångström")
                    if not unicodedata.combining(character))
    value = unicodedata.numeric("Ⅷ")
    return total, sorted(categories.items())[:4], plain, value


def codecs_and_errors():
    total = refused = 0
    for text in MIXED:
        for codec in ("utf-8", "utf-16", "utf-32-be", "utf-7", "utf-8-sig", "unicode_escape"):
            data = text.encode(codec)
            require(data.decode(codec) == text, "%s changed a text" % codec)
            total += len(data)
        for codec in ("ascii", "latin-1", "cp1252", "koi8-r", "iso8859-7"):
            for errors in ("strict", "replace", "ignore", "backslashreplace", "xmlcharrefreplace"):
                try:
                    total += len(text.encode(codec, errors))
                except UnicodeEncodeError as error:
                    refused += error.end - error.start
    broken = b"ok \xff\xfe \xe4 \xf0\x9f\x98\x80 end"
    lenient = [broken.decode("utf-8", errors) for errors in ("replace", "ignore", "surrogateescape")]
    require(lenient[2].encode("utf-8", "surrogateescape") == broken, "bytes were lost")
    return total, refused, [len(text) for text in lenient]


def edit_distance(first, second):
    previous = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        current = [i]
        for j, other in enumerate(second, 1):
            if one == other:
                current.append(previous[j - 1])
            else:
                current.append(1 + min(previous[j], current[-1], previous[j - 1]))
        previous = current
    return previous[-1]


def comparing():
    words = sorted(set(word.strip(".,;").lower() for word in PROSE.split()))[::4]
    distances = sum(edit_distance(one, other) for one in words for other in words)
    old = PROSE.splitlines(keepends=True)
    new = [line.replace("piano", "cello") for line in old if "form" not in line] + ["The end.\n"]
    difference = list(difflib.unified_diff(old, new, "old", "new", n=1))
    close = difflib.get_close_matches("bicicle", [word.strip(".,;") for word in PROSE.split()])
    ratio = difflib.SequenceMatcher(None, PROSE[:160], PROSE[80:240]).ratio()
    return distances, len(difference), close[0], round(ratio, 6)


def markup():
    """A little markup language turned into HTML, by hand."""
    source = "# Title & co\n\nsome *bold* text <tag> and `code *not bold*`\n- one\n- two\n\n" * 12
    out = []
    inside = False
    for line in source.split("\n"):
        item = line.startswith("- ")
        if item != inside:
            out.append("<ul>" if item else "</ul>")
            inside = item
        if line[:2] == "# ":
            out.append("<h1>%s</h1>" % html.escape(line[2:]))
        elif item:
            out.append("<li>" + html.escape(line[2:]) + "</li>")
        elif line:
            pieces = html.escape(line).split("`")
            for n, piece in enumerate(pieces):
                if n % 2:
                    pieces[n] = "<code>" + piece + "</code>"
                else:
                    bold = piece.split("*")
                    pieces[n] = "".join("<b>" + text + "</b>" if m % 2 else text
                                        for m, text in enumerate(bold))
            out.append("<p>" + "".join(pieces) + "</p>")
    page = "\n".join(out)
    return len(page), fold(page[:300]), html.unescape(page).count("&")


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (ciphers, 210, (1661049677, 1247253099, ' jfriyke')),
    (runs, 42, 2965),
    (numerals, 33, (43707, 'three thousand three hundred and seventy-three', 'MMMDCCCLXXXVIII')),
    (formats, 22, (61447, 1420131984)),
    (wrapping, 62, ([20, 16, 14, 12, 11, 9, 9, 8, 7, 7], 1861694645, 272750339)),
    (methods, 63, 18972),
    (unicode_tables, 1700, (2245, [('Ll', 39), ('Lm', 1), ('Lo', 11), ('Lu', 8)], 'naive cafe Angstrom', 8.0)),
    (codecs_and_errors, 230, (4029, 135, [13, 10, 13])),
    (comparing, 52, (824, 12, 'bicycles', 0.5)),
    (markup, 650, (1619, 541883950, 12)),
]
