"""Training: the parser, the compiler and the tools around them, on source text.

What is compiled is mostly the standard library, found through the import system,
so the amount of work differs between versions of Python; the results do not.
"""
import ast
import dis
import importlib.util
import inspect
import io
import keyword
import sys
import tokenize

from support import Stream, require

MODULES = ("textwrap", "heapq", "bisect", "contextlib", "fnmatch", "shlex", "copy", "queue")

SAMPLE = '''\
import sys as system
from os.path import join, split as cut

GREETING: str = "hello" "world"

def decorate(*arguments, strict=False, **options):
    """Doc."""
    def inner(function):
        global COUNT
        COUNT = len(arguments) if not strict else -1
        return function
    return inner

@decorate(1, 2, strict=True)
class Example(dict, metaclass=type):
    level: int = 3
    __slots__ = ()

    def method(self, a, /, b=2, *, c: int = 3) -> "int":
        nonlocal_value = [x ** 2 for x in range(a) if x % 2 and x != 4]
        def closure():
            nonlocal nonlocal_value
            nonlocal_value = {k: v for k, v in zip("ab", (1, 2))} | {"z": ...}
            return lambda y=1: y + b if y else (yield)
        while a < 10 <= c or not b:
            a += 1
            if a in (3, 5): continue
            elif a is None: break
            else: pass
        else:
            del self[a:b, ::2]
        try:
            raise ValueError(f"{a!r:>{b}} and {c:.2f}") from None
        except (ValueError, KeyError) as error:
            assert error, "never"
        finally:
            with open(a) as f, closure() as (g, *h):
                return (total := a @ b // c << 2 & ~1), {*h}, [*g], -1e3j, 0xFF, b"x\\x00"

async def stream(source):
    async for item in source:
        async with item as it:
            yield await it
    print(*[i async for i in source], sep="")
'''

NEWER = '''\
def classify(thing):
    match thing:
        case 0 | 1: return "bit"
        case [x, *rest] if x: return "list"
        case {"kind": str(kind), **others}: return kind
        case Point(x=0): return "axis"
        case _: return "other"
'''

NEWEST = '''\
type Pair[T] = tuple[T, T]

class Box[T: (int, str)]:
    def put[*Ts](self, item: T, *rest: *Ts) -> Pair[T]:
        try:
            return item, f"{"nested"} {item=}"
        except* (OSError, ValueError) as group:
            group.split(OSError)
'''


def source_of(name):
    """The text of a module of the standard library, or our own sample without one."""
    specification = importlib.util.find_spec(name)
    loader = specification and specification.loader
    try:
        return loader.get_source(name) or SAMPLE
    except (AttributeError, ImportError):
        return SAMPLE


SOURCES = {}


def sources():
    # Read once: what is trained is compiling, not reading files.
    if not SOURCES:
        for name in MODULES:
            SOURCES[name] = source_of(name)
        SOURCES["sample"] = SAMPLE
        if sys.version_info >= (3, 10):
            SOURCES["newer"] = NEWER
        if sys.version_info >= (3, 12):
            SOURCES["newest"] = NEWEST
    return SOURCES


def code_objects(code):
    yield code
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from code_objects(constant)


def byte_code():
    missing = 0
    for name, text in sources().items():
        for level in (0, 2):
            code = compile(text, "<%s>" % name, "exec", dont_inherit=True, optimize=level)
            names = {inner.co_name for inner in code_objects(code)}
            missing += "<module>" not in names
    return missing


class Renamer(ast.NodeTransformer):
    def __init__(self):
        self.renamed = 0

    def visit_Name(self, node):
        self.renamed += 1
        return ast.copy_location(ast.Name(id=node.id + "_", ctx=node.ctx), node)

    def visit_arg(self, node):
        node.arg += "_"
        return self.generic_visit(node)

    def visit_Nonlocal(self, node):
        node.names = [name + "_" for name in node.names]
        return node

    visit_Global = visit_Nonlocal


class Census(ast.NodeVisitor):
    def __init__(self):
        self.functions = 0
        self.deepest = 0
        self.depth = 0

    def visit_FunctionDef(self, node):
        self.functions += 1
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        self.generic_visit(node)
        self.depth -= 1


def syntax_trees():
    for name in ("textwrap", "shlex", "sample"):
        text = sources()[name]
        tree = ast.parse(text)
        census = Census()
        census.visit(tree)
        require(census.functions == sum(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)),
                "a function was missed")
        dump = ast.dump(tree)
        if hasattr(ast, "unparse"):
            require(ast.dump(ast.parse(ast.unparse(tree))) == dump, "unparsing changed %s" % name)
    tree = ast.parse(SAMPLE)
    renamer = Renamer()
    changed = ast.fix_missing_locations(renamer.visit(tree))
    compile(changed, "<changed>", "exec")
    values = ast.literal_eval("{'a': [1, -2.5, (True, None)], 'b': {3}, 'c': b'x' }")
    return renamer.renamed, len(values), census.deepest


def tokens():
    counts = {}
    for name in ("heapq", "sample"):
        text = sources()[name]
        found = list(tokenize.generate_tokens(io.StringIO(text).readline))
        again = tokenize.untokenize(found)
        require(again.split() == text.split() or again == text, "untokenize changed %s" % name)
        if name == "sample":
            for token in found:
                if token.type == tokenize.NAME:
                    kind = "keyword" if keyword.iskeyword(token.string) else "name"
                    counts[kind] = counts.get(kind, 0) + 1
    # Since 3.12 the insides of an f-string are tokens too.
    return counts["keyword"] > 40, counts["name"] > 60


def symbols():
    import symtable
    table = symtable.symtable(SAMPLE, "<sample>", "exec")
    pending = [table]
    seen = {}
    while pending:
        scope = pending.pop()
        pending.extend(scope.get_children())
        for symbol in scope.get_symbols():
            if symbol.is_free():
                seen[symbol.get_name()] = "free"
            elif symbol.is_declared_global():
                seen[symbol.get_name()] = "global"
    return seen.get("COUNT"), seen.get("arguments"), seen.get("b"), table.lookup("Example").is_namespace()


def disassembly():
    known = total = 0
    for name in ("bisect", "sample"):
        code = compile(sources()[name], name, "exec")
        for inner in code_objects(code):
            for instruction in dis.get_instructions(inner):
                total += 1
                known += instruction.opname in dis.opmap
            for first, last in zip(dis.findlinestarts(inner), inner.co_varnames):
                require(first[0] >= 0 and last, "an odd line table")
    # Some versions list instructions the table does not name; PyPy's differ.
    return known > 0.5 * total


def generated():
    """Functions made from text, and called; expressions evaluated."""
    stream = Stream(91)
    total = 0
    for n in range(28):
        terms = ["%s %s %d" % (stream.pick(("x", "y", "(x - y)")), stream.pick("*+-"), 1 + stream.below(9))
                 for _ in range(1 + n % 4)]
        lines = ["def made(x, y=%d):" % (n + 1)]
        for m, term in enumerate(terms):
            lines.append("    t%d = %s" % (m, term))
            lines.append("    if t%d > 40:" % m)
            lines.append("        return t%d" % m)
        lines.append("    return " + " + ".join("t%d" % m for m in range(len(terms))))
        namespace = {}
        exec(compile("\n".join(lines), "<made>", "exec"), namespace)
        total += sum(namespace["made"](x) for x in range(12))
        total += eval("sum(v * %d for v in range(a, b)) if a < b else len([c for c in 'ab']) * 0" % n,
                      {"a": n, "b": 20})
    return total


def mistakes():
    """Source text with errors in it: the parser's second, slower pass."""
    lines = []
    for text in ("x = (1,\n", "def f(:\n  pass", "if x\n  y", "for in y: pass", "a b", "print 'x'", "x = 'abc",
                 "return 1", "break", "f(**a, *b)", "1 = x", "def f(a, a): pass", "  x", "lambda: (yield", "é = $",
                 "class C: nonlocal q", "try:\n  x\nfinaly:\n  y", "x = {1: 2, 3}", "async def f(): [await x for"):
        try:
            compile(text, "<wrong>", "exec")
        except SyntaxError as error:
            lines.append(error.lineno)
    return len(lines)


def signatures():
    """inspect on live functions of the standard library."""
    import argparse
    import logging
    count = required = 0
    for module in (argparse, logging):
        for _, member in sorted(inspect.getmembers(module, inspect.isclass), key=lambda item: item[0]):
            for name, function in sorted(vars(member).items()):
                if inspect.isfunction(function):
                    signature = inspect.signature(function)
                    count += 1
                    required += sum(parameter.default is parameter.empty
                                    for parameter in signature.parameters.values())

    def sample(a, b=1, *c, d, e=2, **f):
        return a

    bound = inspect.signature(sample).bind(1, 2, 3, d=4, z=5)
    bound.apply_defaults()
    require(count > 50 and required > count, "too few functions found")
    return str(inspect.signature(sample)), sorted(bound.arguments)


# Each with how often it runs at scale 1, for about equal shares of time, and its result.
PROGRAMS = [
    (byte_code, 4, 0),
    (syntax_trees, 3, (68, 3, 2)),
    (tokens, 14, (True, True)),
    (symbols, 280, ('global', 'free', 'free', True)),
    (disassembly, 29, True),
    (generated, 38, 26740),
    (mistakes, 810, 19),
    (signatures, 28, ('(a, b=1, *c, d, e=2, **f)', ['a', 'b', 'c', 'd', 'e', 'f'])),
]
