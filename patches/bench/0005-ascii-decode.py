"""Bytes to text, by length, also from unaligned data and with a character that is no ASCII."""

WORK = {f"utf-8 {length}": ("data.decode()", f"data = b'x' * {length}") for length in (5, 8, 16, 20, 64, 4096)}
WORK["ascii 4096"] = ("data.decode('ascii')", "data = b'x' * 4096")
WORK["utf-8 unaligned 4096"] = ("str(data, 'utf-8')", "data = memoryview(b'x' * 4099)[3:]")
WORK["utf-8 others at 40"] = ("data.decode()", "data = b'x' * 40 + 'é'.encode() + b'x' * 22")
