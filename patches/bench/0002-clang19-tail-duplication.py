"""What the evaluation loop does most: it jumps. Instructions are not what this patch is about, and they may be a few more;
how many indirect jumps there are is seen in the object, `objdump -d --disassemble=_PyEval_EvalFrameDefault Python/ceval.o`."""

WORK = {
    "100 x 14 bytecodes": ("for i in numbers:\n    a = i\n    b = a\n    a = b\n    b = a\n    if a is b:\n        c = a", "numbers = range(100)"),
}
