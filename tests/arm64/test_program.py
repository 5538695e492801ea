"""pytune itself as a program for AArch64, run under an emulator: `./run-tests --arm`.

It sees a machine that the test makes: QEMU looks for a file below its -L folder first, so /proc/cpuinfo there says
which core this is. PYTUNE_BIN is the program; PYTUNE_ARM_ROOT the root it was linked against.
"""

import json
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ["PYTUNE_BIN"]
ARM_ROOT = pathlib.Path(os.environ["PYTUNE_ARM_ROOT"])

# Implementer, part, and HWCAPs as Linux shows them on these machines; numbers: its arch/arm64/include/asm/cputype.h.
MACHINES = {
    "neoverse-n1": (
        "0x41",
        "0xd0c",
        "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs",
    ),
    "neoverse-v1": (
        "0x41",
        "0xd40",
        (
            "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm jscvt fcma lrcpc dcpop "
            "sha3 sm3 sm4 asimddp sha512 sve asimdfhm dit uscat ilrcpc flagm ssbs paca pacg dcpodp svei8mm svebf16 "
            "i8mm bf16 dgh rng"
        ),
    ),
}


def cpuinfo(core):
    implementer, part, features = MACHINES[core]
    processor = (
        f"BogoMIPS\t: 243.75\nFeatures\t: {features}\nCPU implementer\t: {implementer}\nCPU architecture: 8\n"
        f"CPU variant\t: 0x3\nCPU part\t: {part}\nCPU revision\t: 1\n\n"
    )
    return "".join(f"processor\t: {number}\n{processor}" for number in range(2))


class ArmProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pytune-test-")
        self.addCleanup(folder.cleanup)
        self.scratch = pathlib.Path(folder.name)

    def machine(self, core):
        """A root with all of the real one, and a core of this name."""
        root = self.scratch / core
        (root / "proc").mkdir(parents=True)
        for entry in ARM_ROOT.iterdir():
            if entry.name != "proc":
                (root / entry.name).symlink_to(entry)
        (root / "proc" / "cpuinfo").write_text(cpuinfo(core))
        return root

    def run_on(self, core, *words, status=(0,), **extra):
        done = subprocess.run(
            ["qemu-aarch64", "-L", str(self.machine(core)), PROGRAM, *words],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env={
                **os.environ,
                "PYTUNE_HOME": str(ROOT),
                "NO_COLOR": "1",
                "PYTUNE_STORE": str(self.scratch / "store"),
                **extra,
            },
        )
        self.assertIn(done.returncode, status, done.stderr + done.stdout)
        return done.stdout

    def test_is_a_program_for_aarch64(self):
        with pathlib.Path(PROGRAM).open("rb") as program:
            self.assertEqual(program.read(20)[18:], b"\xb7\0")  # e_machine, EM_AARCH64

    def test_doctor_reports_in_its_form(self):
        report = json.loads(self.run_on("neoverse-n1", "doctor", "--json", status=(0, 3)))
        self.assertLessEqual(
            {"governor", "load", "disk", "gcc", "clang", "BOLT"}, {f["topic"] for f in report["findings"]}
        )
        for finding in report["findings"]:
            self.assertEqual(finding["level"] == "ok", finding["remedy"] == "", finding)

    def test_inspects_programs_of_both_architectures(self):
        theirs = next(path for path in sorted((ARM_ROOT / "usr/bin").glob("python3.*")) if not path.is_symlink())
        ours = self.scratch / "python3"  # under a name that is in no root
        shutil.copy(os.path.realpath("/usr/bin/python3"), ours)
        found = json.loads(self.run_on("neoverse-n1", "inspect", "--json", str(theirs), str(ours)))
        self.assertEqual([one["program"]["machine"] for one in found["interpreters"]], ["aarch64", platform.machine()])

    def plan(self, core):
        """Of a sweep on that machine; its compiler is our cross compiler under the name that gcc has at home."""
        tools = self.scratch / "bin"
        tools.mkdir(exist_ok=True)
        for tool in ("gcc-ar", "gcc-nm", "gcc-ranlib", "gcov"):
            if not (tools / f"{tool}-12").exists():
                (tools / f"{tool}-12").symlink_to(shutil.which(f"aarch64-linux-gnu-{tool}-12"))
        # Programs that the plan tries are started by this kernel, which takes no others of that machine.
        (tools / "gcc-12").write_text(
            '#!/bin/sh\naarch64-linux-gnu-gcc-12 "$@" || exit\n'
            "if [ -e ./trial ]; then printf '#!/bin/sh\\n' >./trial; fi\n"
        )
        (tools / "gcc-12").chmod(0o755)
        spec = self.scratch / "spec.json"
        spec.write_text(
            json.dumps(
                {
                    "schema": 1,
                    "source": "debian:trixie/3.13",
                    "baseline": {"compiler": "gcc-12"},
                    "configurations": [{"name": "native", "cpu": "native"}, {"name": "later", "cpu": "neoverse-v2"}],
                }
            )
        )
        text = self.run_on(core, "sweep", "--spec", str(spec), "--plan", "--json", PATH=f"{tools}:{os.environ['PATH']}")
        return json.loads(text)

    def test_plans_a_sweep_of_the_core_that_cpuinfo_names(self):
        for core in MACHINES:
            with self.subTest(core=core):
                native = next(c for c in self.plan(core)["configurations"] if c["name"] == "native")
                self.assertIn(f"-mcpu={core}", json.dumps(native))


if __name__ == "__main__":
    unittest.main()
