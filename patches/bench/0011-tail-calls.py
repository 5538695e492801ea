"""Bytecodes that do little, and those whose rare paths want many registers: calls, iteration, exceptions, tracing."""

WORK = {
    "100 x 14 bytecodes": ("for i in numbers:\n    a = i\n    b = a\n    a = b\n    b = a\n    if a is b:\n        c = a", "numbers = range(100)"),
    "calls": ("f(1, 2); f(2, 3); f(3, 4); f(4, 5)", "def f(a, b): return b"),
    "calls by keyword": ("f(b=1, a=2); f(a=2, b=3); f(3, b=4); f(b=4, a=5)", "def f(a, b): return b"),
    "attributes": ("o.a = o.b; o.b = o.c; o.c = o.a", "class C: pass\no = C(); o.a = 1; o.b = 2; o.c = 3"),
    "a generator of 100": ("for i in g(): pass", "def g():\n    i = 0\n    while i < 100:\n        yield i\n        i += 1"),
    "raise and catch": ("try:\n    raise error\nexcept ValueError:\n    pass", "error = ValueError()"),
}
