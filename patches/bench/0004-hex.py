"""bytes.hex() and hexlify(), by length."""

WORK = {f"hex {length}": ("data.hex()", f"data = bytes(i & 255 for i in range({length}))") for length in (8, 16, 20, 32, 4096)}
WORK["hexlify 4096"] = ("hexlify(data)", "from binascii import hexlify; data = bytes(range(256)) * 16")
WORK["hex with separator 64"] = ("data.hex(':')", "data = bytes(range(64))")
