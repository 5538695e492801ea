"""What a cross build without the patch does in another way: strings hash by FNV, and a switch dispatches."""

WORK = {
    "hash of 12 characters": ("hash(text[1:])", "text = 'a name of 13.'"),
    "hash of 200 characters": ("hash(text[1:])", "text = 'x' * 201"),
    "small bytecodes": ("for i in r:\n    a, b = b, a\n    c = a\n", "a = b = 1; r = range(1000)"),
}
