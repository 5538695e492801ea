#!/usr/bin/env python3
"""Counts the instructions of the BFMMLA path under an emulator, and models its cycles with llvm-mca.

    bench/count.py BUILD    where BUILD is a cross build for AArch64 with -DBF16MM_BENCH=ON, linked statically

Counted: every instruction between two markers, from qemu-aarch64's trace of single instructions. Modelled: the loop and
a column of 64 full tiles (512 rows), straight from the counted trace, on Neoverse N2, V1 and V2 by LLVM 19's scheduling models (older ones take
these cores for a Cortex-A57). Neither is a speed.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

MCA = os.environ.get("LLVM_MCA", "llvm-mca-19")
# BFMMLA per cycle: Arm's Software Optimization Guides of the three cores.
CORES = {"neoverse-n2": 2, "neoverse-v1": 4, "neoverse-v2": 4}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Program:
    def __init__(self, build):
        self.path = os.path.join(build, "count")
        self.text = {}
        for line in run("aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", self.path).splitlines():
            found = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
            if found:
                self.text[int(found[1], 16)] = re.sub(r"\s*//.*", "", found[2])
        symbols = run("aarch64-linux-gnu-nm", self.path)
        self.begin, self.end = (int(re.search(rf"([0-9a-f]+) [tT] bf16mm_count_{name}$", symbols, re.M)[1], 16)
                                for name in ("begin", "end"))

    def trace(self, *arguments):
        """The instructions executed between the markers, in order, as (address, text)."""
        with tempfile.NamedTemporaryFile("r") as log:
            subprocess.run(["qemu-aarch64", "-cpu", "max", "-singlestep", "-d", "exec,nochain", "-D", log.name, self.path,
                            *map(str, arguments)], check=True)
            executed, inside = [], False
            for line in log:
                found = re.match(r"Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/", line)
                if not found:
                    continue
                address = int(found[1], 16)
                if address == self.end:
                    break
                if inside:
                    executed.append((address, self.text.get(address, "")))
                inside |= address == self.begin
        return executed[1:] if executed and executed[0][1].startswith("ret") else executed


def bfmmlas(trace):
    return sum(text.startswith("bfmmla") for _, text in trace)


def loop_of(trace):
    """One round of the loop with the BFMMLAs: between two visits of its most visited address."""
    visits = collections.Counter(address for address, text in trace if text.startswith("bfmmla"))
    most, _ = visits.most_common(1)[0]
    places = [i for i, (address, _) in enumerate(trace) if address == most]
    return trace[places[0]:places[1]]


def cycles(core, trace, rounds):
    # Branches that follow each other as they were executed; their targets mean nothing to the model.
    lines = [re.sub(r"\b[0-9a-f]+ <[^>]*>", ".", text) for _, text in trace]
    with tempfile.NamedTemporaryFile("w", suffix=".s") as source:
        source.write("\n".join(lines) + "\n")
        source.flush()
        out = run(MCA, "-mtriple=aarch64", "-mcpu=" + core, f"-iterations={rounds}", source.name)
    return int(re.search(r"Total Cycles:\s+(\d+)", out)[1]) / rounds


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = Program(sys.argv[1])
    tile, added = program.trace("tile", 256), program.trace("tile+", 256)
    loop = loop_of(tile)
    print("counted, under qemu-aarch64")
    print(f"  loop, instructions per BFMMLA                           {len(loop) / bfmmlas(loop):.3f}")
    print(f"  tiles of 8x12, K = 256, C from zeros, per BFMMLA        {len(tile) / bfmmlas(tile):.3f}")
    print(f"  tiles of 8x12, K = 256, C added to, per BFMMLA          {len(added) / bfmmlas(added):.3f}")
    for what, lanes in (("pack-a", 8), ("pack-b", 12)):
        print(f"  {what}, K = 256, float32, instructions per element       {len(program.trace(what, 256)) / (lanes * 256):.3f}")
    whole = program.trace("product", 64, 96, 256)
    print(f"  64x96x256 of bf16 with packing, per BFMMLA              {len(whole) / bfmmlas(whole):.3f}")
    row = program.trace("product", 1, 768, 768)
    print(f"  1x768x768 of bf16, instructions per element of B        {len(row) / (768 * 768):.3f}")
    print("modelled, llvm-mca: per cent of the BFMMLA peak")
    print(f"  {'':12} {'loop':>8} {'tiles from zeros':>16} {'tiles added to':>14}")
    for core, peak in CORES.items():
        shares = [100 * bfmmlas(trace) / peak / cycles(core, trace, rounds)
                  for trace, rounds in ((loop, 200), (tile, 1), (added, 1))]
        print(f"  {core:12} {shares[0]:8.1f} {shares[1]:16.1f} {shares[2]:14.1f}")


if __name__ == "__main__":
    main()
