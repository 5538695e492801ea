"""Picking apart the lines of a server log with regular expressions.

Exercises: the regular expression engine (literal prefixes, character classes,
greedy and lazy repeats, alternation, named groups, back references, look-ahead),
`match`, `finditer`, `findall`, `split`, `sub` with a template and with a function,
match objects.
Does not exercise: compiling patterns (done once, before), long texts. Most of
the time is C code inside the interpreter, so this moves with the compiler's
flags rather than with bytecode dispatch.
"""
import re

import pyperf

LINES = 400
EXPECTED = (390, 239873, 253, 154, 152, 1092, 19192)

LINE = re.compile(r"(?P<host>\d{1,3}(?:\.\d{1,3}){3}) - (?P<user>-|[a-z]+) "
                  r"\[(?P<when>[^\]]+)\] \"(?P<verb>GET|PUT|POST) (?P<path>\S+)(?: HTTP/1\.\d)?\" "
                  r"(?P<status>[1-5]\d\d) (?P<size>\d+|-)$")
QUERY = re.compile(r"[?&;](\w+)=([^&;\s]*)")
REPEATED = re.compile(r"/(\w+)(?=.*/\1\b)")
QUOTED = re.compile(r'".*?"')
SEPARATOR = re.compile(r"[\s\[\]\"]+|(?:%20)+")
PLUS = re.compile(r"(\d)(?=(?:\d{3})+\b)")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def make_lines():
    state = 4711
    lines = []
    parts = ("shop", "img", "cart", "user", "api", "v2", "item", "old%20page")
    for number in range(LINES):
        numbers = []
        for _ in range(12):
            state = (state * 1103515245 + 12345) % 2147483648
            numbers.append(state >> 16)
        path = "/" + "/".join(parts[n % len(parts)] for n in numbers[:2 + numbers[2] % 3])
        if numbers[3] % 3:
            path += "?id=%d&tag=%s%%2F%c" % (numbers[4], parts[numbers[5] % 4], 97 + numbers[6] % 26)
        lines.append('%d.%d.%d.%d - %s [%02d/Feb/2024:%02d:00:07 +0000] "%s %s HTTP/1.1" %d %s' % (
            numbers[0] % 256, numbers[1] % 256, numbers[2] % 256, number % 256,
            ("-", "alice", "bob")[numbers[7] % 3], 1 + numbers[8] % 28, numbers[9] % 24,
            ("GET", "POST", "PUT")[numbers[10] % 3], path, (200, 304, 404)[numbers[11] % 3],
            "-" if numbers[0] % 9 == 0 else numbers[0] * 3))
        if number % 37 == 36:
            # A line cut short, which has to be tried to its end and refused.
            lines[-1] = lines[-1][:-4 - number % 5] + "?"
    return lines


def character(match):
    return chr(int(match.group(1), 16))


def workload(lines):
    matched = size = queries = repeated = pieces = quoted = rewritten = 0
    for line in lines:
        match = LINE.match(line)
        if match is None:
            continue
        matched += 1
        fields = match.groupdict()
        if fields["size"] != "-" and match.group("verb") == "GET":
            size += int(fields["size"]) % 4096
        for pair in QUERY.finditer(fields["path"]):
            if pair.group(1) == "id":
                queries += pair.end() > pair.start() + 3
        repeated += len(REPEATED.findall(fields["path"]))
        pieces += len(SEPARATOR.split(line)) % 5
        quoted += QUOTED.search(line).start() % 7
        rewritten += len(ESCAPE.sub(character, fields["path"])) + len(PLUS.sub(r"\1,", line)) % 50
    return matched, size, queries, repeated, pieces, quoted, rewritten


def check(lines):
    result = workload(lines)
    if result != EXPECTED:
        raise ValueError("regex_logs: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    LOG = make_lines()
    check(LOG)
    pyperf.Runner().bench_func("regex_logs", workload, LOG)
