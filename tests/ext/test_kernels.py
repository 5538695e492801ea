"""The products without Python: every backend against the scalar model of its instruction, natively and emulated."""

import itertools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import extension


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)


def names(listing):
    return [line.split()[0] for line in listing.splitlines()]


class Checks(unittest.TestCase):
    def all_backends(self, share, *command):
        listing = run(*command, "list")
        self.assertEqual(listing.returncode, 0, listing.stderr)
        for name in names(listing.stdout):
            with self.subTest(backend=name):
                done = run(*command, name, str(share))
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("NaN and infinity stay in their rows", done.stdout)
        done = run(*command, "processor")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return names(listing.stdout)


class Native(Checks):
    @classmethod
    def setUpClass(cls):
        cls.directory = extension.module_directory()
        cls.program = cls.directory / "gemm_test"

    def test_every_backend_is_bit_for_bit_as_its_model(self):
        self.assertIn("scalar", self.all_backends(200, self.program))

    def test_an_unknown_backend_is_refused(self):
        self.assertEqual(run(self.program, "z80-bf16").returncode, 2)

    def test_clang_gives_the_same_bits_and_the_sanitizers_find_nothing(self):
        extension.need("clang-19")
        directory = extension.build(
            "clang-sanitized",
            "-DCMAKE_C_COMPILER=clang-19",
            "-DCMAKE_BUILD_TYPE=None",
            "-DCMAKE_C_FLAGS=-O2",
            "-DBF16MM_TESTS=ON",
            "-DBF16MM_MODULE=OFF",
            "-DBF16MM_SANITIZE=address,undefined",
        )
        # The sanitizers need their shadow memory free, which a kernel with much address randomisation may not leave.
        setarch = ["setarch", os.uname().machine, "-R"]
        if shutil.which("setarch") is None or run(*setarch, "true").returncode != 0:
            setarch = []
        self.all_backends(1000, *setarch, directory / "gemm_test")

    def test_amx_tiles_are_configured_from_read_only_data(self):
        """A compiler that takes the stores to a configuration for dead leaves the tiles unconfigured (GCC PR122446)."""
        if os.uname().machine != "x86_64":
            self.skipTest("AMX is of x86-64")
        extension.need("objdump")
        ext = extension.HOME / "ext"
        wide = [f"-mavx512{part}" for part in ("f", "bw", "dq", "vl", "bf16")]
        flags = ["-std=c11", f"-I{ext}", *wide, "-mamx-tile", "-mamx-bf16"]
        for compiler, level in itertools.product(("cc", "clang-19"), ("-O2", "-O3")):
            if shutil.which(compiler) is None:
                continue
            with self.subTest(compiler=compiler, level=level), tempfile.TemporaryDirectory() as scratch:
                compiled = pathlib.Path(scratch, "amx.o")
                done = run(compiler, level, *flags, "-c", ext / "kernels" / "amx_bf16.c", "-o", compiled)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(run("objdump", "-t", compiled).stdout, r"\.rodata\S*\s+0*40\s+configuration")
                self.assertRegex(run("objdump", "-d", compiled).stdout, r"\bldtilecfg\b")

    def test_amx_is_as_its_model(self):
        if "amx-bf16" not in names(run(self.program, "list").stdout):
            self.skipTest("this processor has no AMX: its kernel is compiled here, but has never run")
        done = run(self.program, "amx-bf16", "50")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_kernel_of_amx_is_as_its_model_on_tiles_in_software(self):
        if "avx512-bf16" not in names(run(self.program, "list").stdout):
            self.skipTest("this processor lacks AVX-512 with bf16, which packs for the tiles")
        options = ("-DBF16MM_TESTS=ON", "-DBF16MM_MODULE=OFF", "-DBF16MM_SOFTWARE_TILES=ON")
        done = run(extension.build("software-tiles", *options) / "gemm_test", "amx-bf16", "50")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("amx-bf16: NaN and infinity stay in their rows", done.stdout)

    def test_only_kernels_are_compiled_for_more_than_the_baseline(self):
        if os.uname().machine != "x86_64":
            self.skipTest("the check knows x86-64 registers only")
        extension.need("objdump")
        listing = run("objdump", "-d", self.directory / "libbf16mm_core.a").stdout
        wide = set()
        for part in re.split(r"(?m)^(?=\S+\.o:\s+file format)", listing):
            if re.search(r"%[yz]mm\d", part):
                wide.add(part.split(":")[0])
        self.assertEqual(wide, {"avx2_fp32.c.o", "avx512_fp32.c.o", "avx512_bf16.c.o", "amx_bf16.c.o"})


# What each emulated processor must find, by HWCAP alone.
EVERYWHERE = ["neon-fp32", "scalar"]
BF16 = ["neon-bfmmla", "neon-bfdot"]
PROCESSORS = {
    "neoverse-n1": EVERYWHERE,  # neither SVE nor bf16
    "a64fx": EVERYWHERE,  # SVE without bf16
    "max,sve=off,sme=off": BF16 + EVERYWHERE,
    "max,sve128=on,sve256=off,sve512=off,sme=off": [*BF16, "sve-bfmmla", *EVERYWHERE],
    "max,sve256=on,sve512=off,sme=off": [*BF16, "sve-bfmmla", *EVERYWHERE],
    "max,sve512=on,sve-max-vq=4": [*BF16, "sve-bfmmla", "sme-bfmopa", *EVERYWHERE],
}
# The slow backends of the others are the same code on every processor.
CHECKED = {
    "neoverse-n1": EVERYWHERE,
    "a64fx": ["neon-fp32"],
    "max,sve=off,sme=off": BF16,
    "max,sve128=on,sve256=off,sve512=off,sme=off": ["sve-bfmmla"],
    "max,sve256=on,sve512=off,sme=off": ["sve-bfmmla"],
    "max,sve512=on,sve-max-vq=4": ["sve-bfmmla", "sme-bfmopa"],
}


class Emulated(Checks):
    @classmethod
    def setUpClass(cls):
        extension.need(extension.CROSS_COMPILER, extension.EMULATOR)
        directory = extension.build(
            "aarch64",
            "-DCMAKE_SYSTEM_NAME=Linux",
            "-DCMAKE_SYSTEM_PROCESSOR=aarch64",
            f"-DCMAKE_C_COMPILER={extension.CROSS_COMPILER}",
            "-DCMAKE_EXE_LINKER_FLAGS=-static",
            "-DBF16MM_TESTS=ON",
            "-DBF16MM_MODULE=OFF",
        )
        cls.program = directory / "gemm_test"

    def test_backends_follow_from_what_the_processor_has(self):
        for processor, expected in PROCESSORS.items():
            with self.subTest(processor=processor):
                found = names(run(extension.EMULATOR, "-cpu", processor, self.program, "list").stdout)
                self.assertEqual(sorted(found), sorted(expected))

    def test_features_follow_from_hwcap(self):
        done = run(extension.EMULATOR, "-cpu", "max", self.program, "processor")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_tile_of_sve_grows_with_the_vector_length(self):
        for processor, tile in (
            ("max,sve128=on,sve256=off,sve512=off", "8x12"),
            ("max,sve256=on,sve512=off", "8x24"),
            ("max,sve512=on,sve-max-vq=4", "8x48"),
        ):
            listing = run(extension.EMULATOR, "-cpu", processor, self.program, "list").stdout
            self.assertIn(f"sve-bfmmla {tile}\n", listing)

    def test_every_backend_is_bit_for_bit_as_its_model_at_every_vector_length(self):
        for processor, backends in CHECKED.items():
            for backend in backends:
                with self.subTest(processor=processor, backend=backend):
                    done = run(extension.EMULATOR, "-cpu", processor, self.program, backend, "4000")
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
