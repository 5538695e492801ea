"""Parts of text and Latin-1 decoding: each looks for the widest character of what it copies."""

WORK = {f"latin-1 {length}": ("data.decode('latin-1')", f"data = b'x' * {length}") for length in (8, 16, 64, 4096)}
WORK.update({f"part of {kind} {length}": (f"text[1:{length + 1}]", f"text = 'x' * {length + 1} + {last!r}") for kind, last in (("Latin-1", "é"), ("UCS-2", "ā"), ("UCS-4", "😀")) for length in (8, 64, 4096)})
