"""pyperf for the tests: the release that pytune pins, unpacked into the user's cache by whichever test comes first."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "pytune-tests"


def pinned():
    """Version and SHA-256."""
    header = (ROOT / "tuner" / "interpreter" / "wheel.h").read_text()
    found = dict(re.findall(r'kPyperf(Version|Sha256) =\s*"([^"]+)"', header))
    return found["Version"], found["Sha256"]


def fetch(folder):
    version, sha256 = pinned()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=str(folder.parent)) as scratch:
        asked = pathlib.Path(scratch, "requirements.txt")
        asked.write_text(f"pyperf=={version} --hash=sha256:{sha256}\n")
        # The first interpreter of the system has pip; the one that runs the tests may be any.
        command = ["python3", "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        done = subprocess.run(
            [*command, "--dest", scratch, "-r", str(asked)], capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode != 0:
            return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip failed"
        wheel = next(pathlib.Path(scratch).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(pathlib.Path(scratch, "unpacked"))
        try:
            pathlib.Path(scratch, "unpacked").rename(folder)
        except OSError:
            if not folder.exists():  # else another test was faster
                raise
    return ""


def find():
    """The folder for PYTHONPATH and an empty text, or None and why there is none."""
    given = os.environ.get("PYTUNE_PYPERF")
    if given:
        return given, ""
    folder = CACHE / f"pyperf-{pinned()[0]}"
    why = "" if folder.exists() else fetch(folder)
    return (None, why) if why else (str(folder), "")


if __name__ == "__main__":
    print(*find(), file=sys.stderr)
