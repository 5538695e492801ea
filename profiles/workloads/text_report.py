"""Counting words and laying out a report from them, all with string methods.

Exercises: f-strings, `%` and `str.format` with format specifications, join,
split, strip, replace, case changes, padding, find, slicing, translate, string
concatenation in a loop, non-ASCII text of each internal width, and counting in
a dictionary keyed by freshly made strings.
Does not exercise: regular expressions, bytes and codecs, files.
"""
import pyperf

WORDS = 3600
EXPECTED = (97775, 1627993065)
SYLLABLES = ("ka", "lo", "mi", "ra", "té", "su", "no", "вет", "ри", "θα", "yu", "zen", "𝛼", "ol")
VOWELS = str.maketrans("aeiou", "43107")


def make_text():
    state = 7
    words = []
    for number in range(WORDS):
        word = ""
        state = (state * 1103515245 + 12345) % 2147483648
        for step in range(1 + (state >> 12) % 3):
            state = (state * 1103515245 + 12345) % 2147483648
            word += SYLLABLES[(state >> 16) % len(SYLLABLES)]
        words.append(word + ("," if number % 7 == 3 else ".\n" if number % 11 == 5 else ""))
    return " ".join(words)


def count_words(text):
    counts = {}
    for line in text.splitlines():
        for piece in line.split():
            word = piece.strip(",.").lower()
            counts[word] = counts.get(word, 0) + 1
    return counts


def ordered(counts):
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def rows(counts, total):
    lines = []
    for rank, (word, count) in enumerate(ordered(counts), 1):
        share = count / total
        title = word.title().center(14, ".")
        line = f"{rank:>4d} |{title:<16}|{count:05d} {share:8.3%}"
        line += " | %-10s|%6.2f%%|%#x" % (word[::-1], 100 * share, count)
        if word.startswith("ka") or word.find("zen") > 0:
            line = line.replace("|", "¦").upper()
        lines.append(line.rstrip())
    return lines


def paragraphs(text):
    result = ""
    for number, sentence in enumerate(text.split(".\n")):
        first, comma, rest = sentence.strip().partition(",")
        if comma:
            sentence = "{0}; {2}{1!r}".format(first.capitalize(), len(rest), rest.strip())
        if "ri" not in sentence and not sentence.isspace():
            sentence = sentence.translate(VOWELS)
        result += str(number) + ". " + sentence.swapcase() + "\n"
    return result


def workload(text):
    counts = count_words(text)
    lines = rows(counts, WORDS)
    width = max(map(len, lines))
    rule = "=" * width
    return "\n".join([rule, "REPORT".center(width), rule] + lines + [rule, paragraphs(text)])


def check(text):
    report = workload(text)
    mixed = 0
    # Every fifth is enough to tell, and keeps the start quick.
    for character in report[::5]:
        mixed = (mixed * 31 + ord(character)) % 2147483647
    result = len(report), mixed
    if result != EXPECTED:
        raise ValueError("text_report: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    TEXT = make_text()
    check(TEXT)
    pyperf.Runner().bench_func("text_report", workload, TEXT)
