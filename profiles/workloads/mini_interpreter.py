"""An interpreter for a toy language: scanner, parser, and closures to run it.

Exercises: scanning text by character, lists as stacks and token streams,
recursive descent, closures that call closures (every expression and statement
of the toy program becomes one), variables in a dictionary, branches that are
hard to predict.
Does not exercise: classes, exceptions, floats, long strings.
"""
import operator

import pyperf

PROGRAM = """
best = 0 longest = 0 n = 1
while n < 220 {
    length = 1 c = n
    while c != 1 {
        if c % 2 == 0 { c = c / 2 } else { c = 3 * c + 1 }
        length = length + 1
    }
    if length > longest { longest = length best = n }
    n = n + 1
}
show best show longest
forward = 90210417 backward = 0
while forward > 0 { backward = backward * 10 + forward % 10 forward = forward / 10 }
show backward
total = 0 i = 0
while i < 600 {
    if (i % 3 == 0) + (i % 5 == 0) > 0 { total = total + i * (i - 2) }
    i = i + 1
}
show total
"""
EXPECTED = [171, 125, 71401209, 33251900]

SYMBOLS = ("==", "!=", "<", ">", "+", "-", "*", "/", "%", "=", "(", ")", "{", "}")
COMPARISONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt}
SUMS = {"+": operator.add, "-": operator.sub}
PRODUCTS = {"*": operator.mul, "/": operator.floordiv, "%": operator.mod}


def scan(text):
    tokens = []
    position = 0
    end = len(text)
    while position < end:
        character = text[position]
        if character.isspace():
            position += 1
        elif character.isdigit():
            start = position
            while position < end and text[position].isdigit():
                position += 1
            tokens.append(int(text[start:position]))
        elif character.isalpha():
            start = position
            while position < end and text[position].isalnum():
                position += 1
            tokens.append(text[start:position])
        else:
            for symbol in SYMBOLS:
                if text.startswith(symbol, position):
                    tokens.append(symbol)
                    position += len(symbol)
                    break
            else:
                raise SyntaxError("unexpected %r" % character)
    tokens.append("")
    tokens.reverse()
    return tokens


def parse_atom(tokens):
    token = tokens.pop()
    if token == "(":
        inner = parse_binary(tokens)
        if tokens.pop() != ")":
            raise SyntaxError("expected )")
        return inner
    if isinstance(token, int):
        return lambda names: token
    if not token.isalnum():
        raise SyntaxError("unexpected %r" % token)
    return lambda names: names[token]


def make_binary(operation, left, right):
    return lambda names: operation(left(names), right(names))


def parse_binary(tokens, levels=(COMPARISONS, SUMS, PRODUCTS)):
    if not levels:
        return parse_atom(tokens)
    left = parse_binary(tokens, levels[1:])
    while tokens[-1] in levels[0]:
        operation = levels[0][tokens.pop()]
        left = make_binary(operation, left, parse_binary(tokens, levels[1:]))
    return left


def parse_block(tokens):
    if tokens.pop() != "{":
        raise SyntaxError("expected {")
    body = parse_statements(tokens)
    if tokens.pop() != "}":
        raise SyntaxError("expected }")
    return body


def parse_while(tokens):
    condition = parse_binary(tokens)
    body = parse_block(tokens)

    def run(names, output):
        while condition(names):
            for statement in body:
                statement(names, output)
    return run


def parse_if(tokens):
    condition = parse_binary(tokens)
    yes = parse_block(tokens)
    no = ()
    if tokens[-1] == "else":
        tokens.pop()
        no = parse_block(tokens)

    def run(names, output):
        for statement in yes if condition(names) else no:
            statement(names, output)
    return run


def parse_show(tokens):
    value = parse_binary(tokens)
    return lambda names, output: output.append(value(names))


def parse_assignment(tokens, name):
    if tokens.pop() != "=":
        raise SyntaxError("expected = after %r" % name)
    value = parse_binary(tokens)

    def run(names, output):
        names[name] = value(names)
    return run


def parse_statements(tokens):
    statements = []
    while tokens[-1] not in ("", "}"):
        word = tokens.pop()
        if word == "while":
            statements.append(parse_while(tokens))
        elif word == "if":
            statements.append(parse_if(tokens))
        elif word == "show":
            statements.append(parse_show(tokens))
        else:
            statements.append(parse_assignment(tokens, word))
    return statements


def workload():
    names = {}
    output = []
    for statement in parse_statements(scan(PROGRAM)):
        statement(names, output)
    return output


def check():
    result = workload()
    if result != EXPECTED:
        raise ValueError("mini_interpreter: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("mini_interpreter", workload)
