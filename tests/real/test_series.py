"""Each series of patches fits the tarballs it says it is for: every patch alone, and all of them as pytune applies it.

The tarballs come from Debian's pool and are kept by their hash. The two that a release carries stay there; the newer
ones go when Debian moves on, and then their tests are skipped with the reason.
"""

import hashlib
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTUNE = os.environ.get("PYTUNE_BIN", str(ROOT / "build" / "dev" / "pytune"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "pytune-tests" / "tarballs"
TARBALLS = {
    "python3.11_3.11.2.orig.tar.gz": "2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849",
    "python3.13_3.13.5.orig.tar.xz": "93e583f243454e6e9e4588ca2c2662206ad961659863277afcdb96801647d640",
    "python3.13_3.13.15.orig.tar.xz": "1e66a7945a48390ee4c2a4268a0e4185884059a13c4aab6d148aa208deea4a76",
    "python3.14_3.14.7.orig.tar.xz": "3b48dac8fb59f62eaa67ac83c1eb12bda1b7a08406dd286e252c11a66be27f81",
}


def debian_mirror():
    """Where this machine's apt gets Debian from; without lists yet, what its sources say. SkipTest if neither tells."""
    for words in (
        ["indextargets", "--format", "'$(REPO_URI)/dists/", "Origin: Debian", "Label: Debian"],
        ["update", "--print-uris"],
    ):
        try:
            done = subprocess.run(["apt-get", *words], capture_output=True, text=True, timeout=60, check=False)
        except OSError:
            break
        if found := re.search(r"'(http\S+?)/+dists/", done.stdout):
            return found[1]
    raise unittest.SkipTest("apt does not say where Debian's packages come from")


def tarball(name):
    """The file, with the bytes that are meant. Raises SkipTest if it is not to be had."""
    kept = CACHE / TARBALLS[name] / name
    if not kept.exists():
        address = f"{debian_mirror()}/pool/main/p/{name.split('_')[0]}/{name}"
        try:
            with urllib.request.urlopen(address, timeout=120) as answer:
                data = answer.read()
        except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
            raise unittest.SkipTest(f"{name} is not to be had: {problem}") from problem
        if hashlib.sha256(data).hexdigest() != TARBALLS[name]:
            raise AssertionError(f"{address} is another file than the one the patches are for")
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(data)
        unfinished.rename(kept)
    return kept


def unpack(archive, wanted, folder):
    """What is `wanted` of the one directory in the archive, into `folder`."""
    with tarfile.open(archive) as opened:
        for member in opened:
            path = member.name.partition("/")[2]
            if member.isfile() and path in wanted:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(opened.extractfile(member).read())


class SeriesTest(unittest.TestCase):
    def fits(self, name):
        minor = name.split("_")[0].removeprefix("python")
        patches = sorted((ROOT / "patches" / minor).glob("*.patch"))
        self.assertTrue(patches)
        old = {line[6:] for patch in patches for line in patch.read_text().splitlines() if line.startswith("--- a/")}
        with tempfile.TemporaryDirectory() as tree:
            unpack(tarball(name), old | {"Include/patchlevel.h", "configure"}, pathlib.Path(tree))
            for patch in patches:
                done = subprocess.run(
                    ["git", "apply", "--check", str(patch)],
                    cwd=tree,
                    capture_output=True,
                    text=True,
                    timeout=60,
                    check=False,
                )
                self.assertEqual(done.returncode, 0, f"{patch.name} alone: {done.stderr}")
            done = subprocess.run(
                [PYTUNE, "patches", "apply", tree],
                env={**os.environ, "PYTUNE_HOME": str(ROOT)},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"applied {len(patches)} of the {len(patches)} patches for {minor} ", done.stdout)

    def test_3_11_2(self):
        self.fits("python3.11_3.11.2.orig.tar.gz")

    def test_3_13_5(self):
        self.fits("python3.13_3.13.5.orig.tar.xz")

    def test_3_13_15(self):
        self.fits("python3.13_3.13.15.orig.tar.xz")

    def test_3_14_7(self):
        self.fits("python3.14_3.14.7.orig.tar.xz")


if __name__ == "__main__":
    unittest.main()
