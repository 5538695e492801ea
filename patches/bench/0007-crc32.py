"""CRC-32 by both modules that have one, by length."""

WORK = {f"{module}.crc32 {length}": (f"crc32(data)", f"from {module} import crc32; data = bytes(range(256)) * 16; data = data[:{length}]") for module in ("zlib", "binascii") for length in (16, 256, 4096)}
