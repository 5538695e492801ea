"""Bytecodes that do little: what is left is the way from one to the next."""

LOOP = """
for i in numbers:
    a = i
    b = a
    a = b
    b = a
    if a is b:
        c = a
"""
WORK = {
    "100 x 14 bytecodes": (LOOP, "numbers = range(100)"),
    "calls": ("f(1, 2); f(2, 3); f(3, 4); f(4, 5)", "def f(a, b): return b"),
    "attributes": ("o.a = o.b; o.b = o.c; o.c = o.a", "class C: pass\no = C(); o.a = 1; o.b = 2; o.c = 3"),
}
