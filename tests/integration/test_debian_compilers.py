"""A sweep with the compiler of another Debian release, over an apt-get that has one package: a fake gcc."""

import io
import json
import subprocess
import tarfile
import unittest

from fakes import FAKES, PYTUNE, SHEBANG, SPEC, Bench

COMPILER = "debian:13/gcc-14"

APT = """
import hashlib, os, pathlib, sys
here = pathlib.Path(HERE)
words = sys.argv[1:]
set_to = {w.split("=", 1)[0]: w.split("=", 1)[1] for w in words if "=" in w}
with open(here / "log", "a") as log:
    log.write(" ".join(words) + "\\n")
if "indextargets" in words:
    print("http://m.example/debian/|bookworm|Debian|Debian|main")
elif (here / "unreachable").exists():
    sys.exit("E: Failed to fetch http://m.example Could not resolve 'm.example'")
elif "pkgnames" in words:
    print("gcc-12\\ngcc-14\\ngcc-14-base")
elif "update" in words:
    lists = pathlib.Path(set_to["Dir::State::lists"])
    for suite, codename, version in (("stable", "trixie", "13.8"), ("unstable", "sid", "")):
        if f" {suite} " in pathlib.Path(set_to["Dir::Etc::sourcelist"]).read_text():
            text = f"Origin: Debian\\nSuite: {suite}\\nCodename: {codename}\\nArchitectures: amd64 arm64\\n"
            (lists / f"m_{suite}_InRelease").write_text(text + (f"Version: {version}\\n" if version else ""))
elif "install" in words:
    if "gcc-99" in words:
        sys.exit("E: Unable to locate package gcc-99")
    deb = here / "gcc-14_14.2_amd64.deb"
    data = deb.read_bytes()
    if "--print-uris" in words:
        print(f"'http://m.example/{deb.name}' {deb.name} {len(data)} SHA256:{hashlib.sha256(data).hexdigest()}")
    else:
        (pathlib.Path(set_to["Dir::Cache::archives"]) / deb.name).write_bytes(data)
"""

# As gcc-12 beside it, but what it links runs and says what pytune asks of it.
HELLO = '[ -z "$out" ] || { printf \'#!/bin/sh\\necho 1\\n\' >"$out"; chmod +x "$out"; }\n'


def deb(files):
    """A package of Debian with these programs."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
    archive = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar.xz", b""), ("data.tar.xz", data.getvalue())):
        archive += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode() + content
        archive += b"\n" if len(content) % 2 else b""
    return archive


class DebianCompilersTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.apt = self.bench.root / "apt"
        self.apt.mkdir()
        for name in ("apt-get", "apt-cache"):
            program = self.apt / name
            program.write_text(SHEBANG.replace(" -IS", " -I") + APT.replace("HERE", repr(str(self.apt))))
            program.chmod(0o755)
        self.package("first")
        self.write_spec(COMPILER)

    def package(self, comment):
        gcc = (FAKES / "bin" / "gcc-12").read_text()
        body = gcc[: gcc.rindex('[ -z "$out" ]')] + HELLO + f"# {comment}\n"
        files = {f"./usr/bin/{name}": body for name in ("gcc-14", "gcc-ar-14", "gcc-ranlib-14")}
        (self.apt / "gcc-14_14.2_amd64.deb").write_bytes(deb(files))

    def write_spec(self, compiler):
        # Equal code is measured once, and the fake interpreter's is its flags.
        configurations = [{"name": "other", "compiler": compiler, "opt": "O2"}]
        self.bench.spec.write_text(json.dumps({**SPEC, "configurations": configurations}))

    def run_sweep(self, *words, store=None):
        environment = self.bench.environment()
        environment["PATH"] = f"{self.apt}:{environment['PATH']}"
        return subprocess.run(
            self.bench.command(*words, store=store),
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def builds(self, store=None):
        if store:
            self.bench.provide_wheel(store)
        done = self.run_sweep("--json", store=store)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return {b["name"]: b for b in json.loads(done.stdout)["builds"]}

    def asked(self):
        log = self.apt / "log"
        return log.read_text() if log.exists() else ""

    def test_builds_as_an_installed_one_does_and_is_fetched_once(self):
        configure = self.bench.tree / "configure"
        configure.write_text(configure.read_text().replace("configure $*", "configure $* by $(command -v gcc-14)"))
        other = self.builds()["other"]
        self.assertNotIn("failure", other)
        self.assertIn(f"by {self.bench.store}/toolchain/", self.bench.log.read_text())
        self.assertEqual(other["configuration"]["compiler"], COMPILER)
        self.assertIn("gcc (Fake) 14.2.0", [tool["version"] for tool in other["tools"]])
        self.assertIn("gcc-14 binutils", self.asked())
        before = self.asked()
        (self.apt / "unreachable").touch()
        self.assertEqual(self.builds()["other"]["id"], other["id"])
        self.assertEqual(self.asked(), before)

    def test_a_builds_key_and_its_words_follow_the_compilers_contents_and_not_its_place(self):
        first = self.builds()["other"]
        self.assertIn("CC=gcc-14", first["configure_arguments"])
        elsewhere = self.builds(store=self.bench.root / "another-store")["other"]
        self.assertEqual(
            (elsewhere["id"], elsewhere["configure_arguments"]), (first["id"], first["configure_arguments"])
        )
        self.package("second")
        newer = self.builds(store=self.bench.root / "third-store")["other"]
        self.assertNotEqual(newer["id"], first["id"])

    def test_a_plan_fetches_nothing_and_says_so(self):
        done = self.run_sweep("--plan")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{COMPILER} is not fetched yet", done.stdout)
        self.assertEqual(self.asked(), "")
        self.builds()
        self.assertNotIn("not fetched yet", self.run_sweep("--plan").stdout)

    def test_what_cannot_be_had_drops_the_point_in_one_line(self):
        for compiler, why in (
            ("debian:13/gcc-99", "debian:13/gcc-99: Debian trixie has no gcc-99 for "),
            ("debian:10/gcc-8", 'has no release "10"; it has 13 (trixie, stable), sid (unstable)'),
            ("debian:13/gcc", "must be debian:RELEASE/COMPILER"),
            ("debian:experimental/gcc-16", "take sid"),
        ):
            self.write_spec(compiler)
            done = self.run_sweep()
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(why, done.stderr)
            self.assertEqual(done.stderr.strip().count("\n"), 0, done.stderr)
        (self.apt / "unreachable").touch()
        self.write_spec(COMPILER)
        self.assertIn("check the network", self.run_sweep().stderr)

    def test_one_whose_programs_do_not_run_here_is_dropped_with_what_they_said(self):
        gcc = (FAKES / "bin" / "gcc-12").read_text()
        broken = HELLO.replace("echo 1", "echo GLIBC_2.99 not found; exit 1")
        files = {"./usr/bin/gcc-14": gcc[: gcc.rindex('[ -z "$out" ]')] + broken}
        (self.apt / "gcc-14_14.2_amd64.deb").write_bytes(deb(files))
        done = self.run_sweep()
        self.assertIn("what it compiles does not run here", done.stderr)
        self.assertIn("GLIBC_2.99", done.stderr)

    def test_doctor_names_those_that_the_store_has(self):
        self.builds()
        done = subprocess.run(
            [PYTUNE, "doctor", "--store", str(self.bench.store)],
            env=self.bench.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertRegex(done.stdout, rf"fetched compilers\s+ok\s+{COMPILER}")


if __name__ == "__main__":
    unittest.main()
