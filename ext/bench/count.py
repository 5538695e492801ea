#!/usr/bin/env python3
"""Counts the instructions of the BFMMLA path under an emulator, and models its cycles with llvm-mca.

    bench/count.py BUILD                  where BUILD is a cross build for AArch64 with -DBF16MM_BENCH=ON
    bench/count.py BUILD ROOT LIBRARY     the same of an OpenBLAS with sbgemm: a file below ROOT, the unpacked packages
                                          of libopenblas0-pthread and what it depends on, for arm64

Counted: every instruction between two markers, from qemu-aarch64's trace of single instructions. Modelled: the loop and
a column of 64 full tiles (512 rows), straight from the counted trace, on Neoverse N2, V1 and V2 by LLVM 19's scheduling
models (older ones take these cores for a Cortex-A57). Neither is a speed.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MCA = os.environ.get("LLVM_MCA", "llvm-mca-19")
# BFMMLA per cycle: Arm's Software Optimization Guides of the three cores.
CORES = {"neoverse-n2": 2, "neoverse-v1": 4, "neoverse-v2": 4}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def disassembly(path):
    text = {}
    for line in run("aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", path).splitlines():
        found = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if found:
            text[int(found[1], 16)] = re.sub(r"\s*//.*", "", found[2])
    return text


def addresses_executed(*command):
    """What the command prints, and the address of every instruction it executes, in order."""
    with tempfile.NamedTemporaryFile("r") as log:
        done = subprocess.run(
            ["qemu-aarch64", "-singlestep", "-d", "exec,nochain", "-D", log.name, *map(str, command)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.exit("count.py: it failed: " + " ".join(map(str, command)))
        found = (re.match(r"Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/", line) for line in log)
        return done.stdout, [int(one[1], 16) for one in found if one]


def between(executed, begin, end):
    inside = executed[executed.index(begin) + 1 :]
    return inside[: inside.index(end)]


class Program:
    def __init__(self, build):
        self.path = str(pathlib.Path(build, "count"))
        self.text = disassembly(self.path)
        symbols = run("aarch64-linux-gnu-nm", self.path)
        self.begin, self.end = (
            int(re.search(rf"([0-9a-f]+) [tT] bf16mm_count_{name}$", symbols, re.MULTILINE)[1], 16)
            for name in ("begin", "end")
        )

    def trace(self, *arguments):
        """The instructions executed between the markers, in order, as (address, text)."""
        _, executed = addresses_executed("-cpu", "max", self.path, *arguments)
        trace = [(address, self.text.get(address, "")) for address in between(executed, self.begin, self.end)]
        return trace[1:] if trace and trace[0][1].startswith("ret") else trace


class OpenBlas:
    """Vectors of `vector` bytes: its kernels are for one length each, and believe OPENBLAS_CORETYPE."""

    def __init__(self, build, root, library, core, vector):
        self.text = disassembly(library)
        inside = "/" + os.path.relpath(library, root)
        self.command = [
            "-cpu",
            f"max,sve-default-vector-length={vector}",
            "-L",
            root,
            "-E",
            "OPENBLAS_CORETYPE=" + core,
            "-E",
            "OPENBLAS_NUM_THREADS=1",
            "-E",
            "LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu",
            str(pathlib.Path(build, "count_openblas")),
            inside,
        ]

    def trace(self, m, n, k):
        """The instructions of one product, as Program.trace, and the core that the library says it is for."""
        out, executed = addresses_executed(*self.command, m, n, k)
        base, begin, end, core = out.split()
        base, begin, end = (int(word, 16) for word in (base, begin, end))
        return [(address, self.text.get(address - base, "")) for address in between(executed, begin, end)], core


def bfmmlas(trace):
    return sum(text.startswith("bfmmla") for _, text in trace)


def loop_of(trace):
    """One round of the loop with the BFMMLAs: between two visits of its most visited address."""
    visits = collections.Counter(address for address, text in trace if text.startswith("bfmmla"))
    most, _ = visits.most_common(1)[0]
    places = [i for i, (address, _) in enumerate(trace) if address == most]
    return trace[places[0] : places[1]]


def cycles(core, trace, rounds):
    # Branches that follow each other as they were executed; their targets mean nothing to the model.
    lines = [re.sub(r"\b[0-9a-f]+ <[^>]*>", ".", text) for _, text in trace]
    with tempfile.NamedTemporaryFile("w", suffix=".s") as source:
        source.write("\n".join(lines) + "\n")
        source.flush()
        out = run(MCA, "-mtriple=aarch64", "-mcpu=" + core, f"-iterations={rounds}", source.name)
    return int(re.search(r"Total Cycles:\s+(\d+)", out)[1]) / rounds


def count_openblas(build, root, library):
    print("counted, under qemu-aarch64")
    for name, vector in (("NEOVERSEN2", 16), ("NEOVERSEV1", 32)):
        openblas = OpenBlas(build, root, library, name, vector)
        whole, core = openblas.trace(64, 96, 256)
        # A BFMMLA of vectors of 32 bytes does the work of two.
        work = bfmmlas(whole) * vector / 16
        loop = loop_of(whole)
        print(f"  OpenBLAS as {core}, vectors of {vector} bytes, per 16-byte BFMMLA")
        print(f"    loop                           {len(loop) / bfmmlas(loop) * 16 / vector:.3f}")
        print(f"    64x96x256 of bf16 with packing {len(whole) / work:.3f}")


def count_bf16mm(build):
    program = Program(build)
    tile, added = program.trace("tile", 256), program.trace("tile+", 256)
    loop = loop_of(tile)
    print("counted, under qemu-aarch64")
    print(f"  loop, instructions per BFMMLA                           {len(loop) / bfmmlas(loop):.3f}")
    print(f"  tiles of 8x12, K = 256, C from zeros, per BFMMLA        {len(tile) / bfmmlas(tile):.3f}")
    print(f"  tiles of 8x12, K = 256, C added to, per BFMMLA          {len(added) / bfmmlas(added):.3f}")
    for what, lanes in (("pack-a", 8), ("pack-b", 12)):
        share = len(program.trace(what, 256)) / (lanes * 256)
        print(f"  {what}, K = 256, float32, instructions per element       {share:.3f}")
    whole = program.trace("product", 64, 96, 256)
    print(f"  64x96x256 of bf16 with packing, per BFMMLA              {len(whole) / bfmmlas(whole):.3f}")
    row = program.trace("product", 1, 768, 768)
    print(f"  1x768x768 of bf16, instructions per element of B        {len(row) / (768 * 768):.3f}")
    print("modelled, llvm-mca: per cent of the BFMMLA peak")
    print(f"  {'':12} {'loop':>8} {'tiles from zeros':>16} {'tiles added to':>14}")
    for core, peak in CORES.items():
        shares = [
            100 * bfmmlas(trace) / peak / cycles(core, trace, rounds)
            for trace, rounds in ((loop, 200), (tile, 1), (added, 1))
        ]
        print(f"  {core:12} {shares[0]:8.1f} {shares[1]:16.1f} {shares[2]:14.1f}")


def main():
    if len(sys.argv) == 4:
        count_openblas(*sys.argv[1:])
    elif len(sys.argv) == 2:
        count_bf16mm(sys.argv[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
