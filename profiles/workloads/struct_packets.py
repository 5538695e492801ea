"""Packing, framing, check-summing and parsing binary packets.

Exercises: `struct` (pack_into, unpack_from, iter_unpack), bytes, bytearray and
memoryview (slicing, iteration, item assignment, find, join), integers from and to
bytes, bit operations in loops over bytes.
Does not exercise: text, compression, sockets, hashing libraries.
"""
import struct

import pyperf

PACKETS = 700
EXPECTED = (699, 20, 36004, 580658, 333662, 3357)

HEADER = struct.Struct("<2sBBHI")
SAMPLE = struct.Struct(">hif")
MARK = b"\xa5\x5a"


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data, offset):
    result = shift = 0
    while True:
        byte = data[offset]
        offset += 1
        result |= (byte & 127) << shift
        if byte < 128:
            return result, offset
        shift += 7


def checksum(data):
    """Fletcher's, over bytes."""
    low = high = 0
    for byte in data:
        low = (low + byte) % 255
        high = (high + low) % 255
    return high << 8 | low


def build(count):
    state = 99
    frames = []
    for number in range(count):
        state = (state * 1103515245 + 12345) % 2147483648
        samples = 2 + (state >> 16) % 4
        body = bytearray(samples * SAMPLE.size)
        for index in range(samples):
            SAMPLE.pack_into(body, index * SAMPLE.size, (state >> index) % 30000 - 15000,
                             state - 2 ** 30, index / 4)
        body += varint(state >> 3) + varint(number)
        frame = bytearray(HEADER.size)
        HEADER.pack_into(frame, 0, MARK, samples, number & 255, len(body), checksum(body))
        frame += body
        frame += b"\x00" * (number % 3)
        frames.append(bytes(frame))
    stream = bytearray(b"".join(frames))
    # Damaged bytes: in a body the checksum finds them, in a header the mark does.
    for position in range(1000, len(stream), 1500):
        stream[position] ^= 64
    return stream


def parse(stream):
    view = memoryview(stream)
    good = bad = total = numbers = 0
    levels = 0.0
    offset = stream.find(MARK)
    while offset >= 0:
        mark, samples, sequence, length, expected = HEADER.unpack_from(view, offset)
        offset += HEADER.size
        body = view[offset:offset + length]
        if len(body) == length and checksum(body) == expected:
            good += 1
            split = samples * SAMPLE.size
            for first, second, level in SAMPLE.iter_unpack(body[:split]):
                total += first ^ second & 4095
                levels += level
            number, rest = read_varint(body, split)
            again, rest = read_varint(body, rest)
            if rest == length:
                numbers += number % 1000 + again
            offset += length
        else:
            bad += 1
        offset = stream.find(MARK, offset)
    return good, bad, numbers, total, levels


def mask(stream):
    key = b"\x13\x37\xc0\xde"
    size = len(stream) // 4 * 4
    whole = int.from_bytes(stream[:size], "little") ^ int.from_bytes(key * (size // 4), "little")
    masked = whole.to_bytes(size, "little")
    return sum(masked[::7]), masked[:512].hex().count("37")


def workload():
    stream = build(PACKETS)
    good, bad, numbers, total, levels = parse(stream)
    weight, hits = mask(stream)
    return good + bad, bad, len(stream), numbers, weight + total, hits + int(4 * levels)


def check():
    result = workload()
    if result != EXPECTED:
        raise ValueError("struct_packets: got %r, expected %r" % (result, EXPECTED))


if __name__ == "__main__":
    check()
    pyperf.Runner().bench_func("struct_packets", workload)
