"""`pytune inspect`: real interpreters, programs of another architecture, and files that are neither."""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

from fakes import PYTUNE

ATOMIC = """
#include <stdatomic.h>
_Atomic int counter;
int add(int n) { return atomic_fetch_add(&counter, n); }
int main(int argc, char **argv) { return add(argc); }
"""


def cross_compilers():
    return [
        name
        for name in (f"aarch64-linux-gnu-gcc{suffix}" for suffix in ("", "-14", "-13", "-12", "-11"))
        if shutil.which(name)
    ]


class InspectTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def inspect(self, *words):
        environment = {**os.environ, "PYTUNE_STORE": str(self.folder / "store")}
        return subprocess.run(
            [PYTUNE, "inspect", *map(str, words)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def result(self, *words):
        done = self.inspect("--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["interpreters"]

    def says(self, status, text, *words):
        done = self.inspect(*words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def elf(self, machine, bits=64):
        """Only a header: enough to be told what it is for."""
        identity = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1, 1]) + bytes(9)
        return identity + struct.pack("<HHI", 2, machine, 1) + bytes(64)

    def test_debian_python_is_what_it_says_of_itself(self):
        answer = self.run_python(
            "import sys, sysconfig\n"
            "print('.'.join(map(str, sys.version_info[:3])), sysconfig.get_config_var('CONFIG_ARGS'))"
        )
        version, arguments = answer.split(maxsplit=1)
        python = self.result("/usr/bin/python3")[0]
        core = python["library"] or python["program"]
        self.assertEqual(core["python_version"], version)
        self.assertEqual(core["code"]["evaluation_loop"]["function"], "_PyEval_EvalFrameDefault")
        self.assertTrue(core["code"]["evaluation_loop"]["by_name"])
        self.assertGreater(core["code"]["instructions"], 100_000)
        self.assertLess(core["code"]["undecoded_bytes"], core["code"]["bytes"] / 1000)
        self.assertEqual(python["program"]["machine"], os.uname().machine)
        if python["sysconfig"]:
            self.assertEqual(python["sysconfig"]["variables"]["CONFIG_ARGS"].split(), arguments.split())
            self.assertEqual(bool(python["sysconfig"]["declared"]["lto"]), "--with-lto" in arguments)

    @staticmethod
    def run_python(program):
        return subprocess.run(
            ["/usr/bin/python3", "-I", "-c", program], capture_output=True, text=True, check=True
        ).stdout.strip()

    def test_table_has_a_column_for_each(self):
        done = self.inspect("/usr/bin/python3", "/bin/true", "--width", "120")
        self.assertEqual(done.returncode, 0, done.stderr)
        head = done.stdout.splitlines()[0]
        self.assertLess(head.index("/usr/bin/python3"), head.index("/bin/true"))
        for word in ("RELRO", "minimum", "dispatch", "glibc at least"):
            self.assertIn(word, done.stdout)
        self.assertNotIn("\x1b", done.stdout)

    def test_programs_on_the_path_and_links_are_found(self):
        link = self.folder / "link"
        link.symlink_to("/bin/true")
        named, linked = self.result("true", link)
        self.assertEqual(named["program"]["linking"], linked["program"]["linking"])

    def test_cross_compiled_programs_are_read_here(self):
        compilers = cross_compilers()
        if not compilers:
            self.skipTest("no aarch64-linux-gnu-gcc")
        source = self.write("a.c", ATOMIC.encode())
        built = {}
        for name, flags in {
            "outline": ["-moutline-atomics"],
            "lse": ["-march=armv8.1-a"],
            "exclusive": ["-mno-outline-atomics"],
            "hard": ["-mno-outline-atomics", "-fPIE", "-pie", "-Wl,-z,relro,-z,now", "-mbranch-protection=standard"],
            "plain": ["-mno-outline-atomics", "-no-pie", "-Wl,-z,norelro", "-Wl,-z,max-page-size=4096"],
        }.items():
            built[name] = self.folder / name
            subprocess.run([compilers[0], "-O2", *flags, "-o", built[name], source], check=True, capture_output=True)
        names = list(built)
        found = dict(zip(names, (python["program"] for python in self.result(*built.values())), strict=True))
        for program in found.values():
            self.assertEqual(program["machine"], "aarch64")
        code = {name: program["code"] for name, program in found.items()}
        self.assertGreater(code["outline"]["atomics"]["outline_calls"], 0)
        self.assertEqual(code["outline"]["architecture"]["minimum"], "armv8-a")
        self.assertEqual(code["outline"]["architecture"]["with_dispatched"], "armv8-a+lse")
        self.assertEqual(code["lse"]["architecture"]["minimum"], "armv8-a+lse")
        self.assertEqual(code["lse"]["architecture"]["version"], "armv8.1-a")
        self.assertIn(code["lse"]["architecture"]["features"][0]["first"]["function"], ("add", "main"))
        self.assertGreater(code["exclusive"]["atomics"]["exclusive_loops"], 0)
        self.assertEqual(code["exclusive"]["architecture"]["features"], [])
        linking = {name: program["linking"] for name, program in found.items()}
        self.assertEqual((linking["hard"]["relro"], linking["hard"]["position_independent"]), ("full", True))
        self.assertGreater(found["hard"]["hardening"]["landing_pads"], 0)
        self.assertEqual((linking["plain"]["relro"], linking["plain"]["position_independent"]), ("none", False))
        self.assertFalse(linking["plain"]["pages_64k"])

    def test_a_program_beside_a_python_has_no_version_of_it(self):
        other = self.result("/bin/true")[0]
        self.assertEqual((other["program"]["python_version"], other["sysconfig"]), ("", None))

    def test_libraries_that_are_not_there_are_listed(self):
        compiler = shutil.which("gcc")
        if not compiler:
            self.skipTest("no gcc")
        prefix = self.folder / "opt"
        modules = prefix / "lib" / "python3.13" / "lib-dynload"
        modules.mkdir(parents=True)
        (prefix / "bin").mkdir()
        main = self.write("main.c", b"int main(void) { return 0; }\n")
        part = self.write("part.c", b"int part(void) { return 0; }\n")
        gone = self.folder / "libgone.so.3"
        for words in (
            [main, "-o", prefix / "bin" / "python3.13"],
            ["-shared", "-fPIC", "-Wl,-soname,libgone.so.3", part, "-o", gone],
            ["-shared", "-fPIC", "-Wl,--no-as-needed", gone, "-o", modules / "_gone.cpython-313-x86_64-linux-gnu.so"],
        ):
            subprocess.run([compiler, *words], check=True, capture_output=True)
        done = self.inspect(prefix / "bin" / "python3.13")
        self.assertRegex(done.stdout, r"libraries not found +libgone\.so\.3\n")
        self.assertRegex(self.inspect("/bin/true").stdout, r"libraries not found +none\n")

    def test_files_that_are_no_programs_are_named(self):
        self.says(2, "none: no such file", self.folder / "none")
        self.says(2, "only measure takes variables with an interpreter", "A=1 /usr/bin/python3")
        self.says(2, "is a directory", self.folder)
        self.says(2, "is a device, no program", "/dev/null")
        (self.folder / "dangling").symlink_to("gone")
        self.says(2, "is a link to gone, which is not there", self.folder / "dangling")
        self.says(2, "is a program for Windows", self.write("python.exe", b"MZ\x90\0"))
        self.says(2, 'no interpreter "no-such-python"', "no-such-python")
        self.says(2, "no ELF file", self.write("text", b"hello"))
        self.says(2, "no ELF file", self.write("empty", b""))
        self.says(2, "give an interpreter")
        self.says(2, "must be between 40 and 10000", "/bin/true", "--width", "3")
        self.says(2, "unknown option", "--jason", "/bin/true")

    def test_scripts_say_where_they_lead(self):
        self.says(
            2,
            "a script for /bin/sh that starts /opt/python/bin/python3; inspect that",
            self.write("wrapper", b'#!/bin/sh\nexport A=1\nexec /opt/python/bin/python3 "$@"\n'),
        )
        for words in ('exec -a "$0" "/opt/python/bin/python3" "$@"', "A=1 exec env C=2 /opt/python/bin/python3 $@"):
            self.says(
                2,
                "a script for /bin/sh -e that starts /opt/python/bin/python3; inspect that",
                self.write("wrapper", f"#!/bin/sh -e\n{words}\n".encode()),
            )
        self.says(
            2,
            "a script for /usr/bin/env python3, no program",
            self.write("script", b"#!/usr/bin/env python3\nprint(1)\n"),
        )
        self.says(2, "a script for /bin/sh, no program", self.write("moving", b'#!/bin/sh\nexec "$HOME/python" "$@"\n'))

    def test_a_third_architecture_is_named(self):
        self.says(2, "made for riscv64", self.write("riscv", self.elf(243)))
        self.says(2, "made for i386", self.write("i386", self.elf(3, bits=32)))
        self.says(2, "made for s390x", self.write("s390x", self.elf(22)))

    def test_cut_off_programs_are_failures(self):
        whole = pathlib.Path("/usr/bin/python3").read_bytes()
        for size in (20, 40, 63, 64, 200, 5000, len(whole) // 2, len(whole) - 100):
            done = self.inspect(self.write("cut", whole[:size]))
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1), (size, done.stderr))
            self.assertIn("fetch or build it again", done.stderr)


if __name__ == "__main__":
    unittest.main()
