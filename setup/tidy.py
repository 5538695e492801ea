"""Runs clang-tidy over the program's sources, but only over those that changed since it last found nothing.

What is checked is what the compiler is given: several files at once, whose headers are then read once (CMakeLists.txt).
A file's key is the hash of everything of this project that its compilation reads, its compile command, the checks and
the tool's version. Keys of clean files are kept as empty files under the user's cache folder. Without that folder every
file is checked; the result is the same.

Last line of output: the number of compilations checked. Exit status 1 when there were findings.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

TIDY = "clang-tidy-19"
# The compile commands are gcc's: clang does not know all of its warnings, and warnings are the compilers' business.
EXTRA = ["--extra-arg=-Wno-error", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-gch"]


def cache_folder():
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = base / "pytune-tidy"  # not "pytune", which is where a store is by default
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def project_inputs(root, build):
    """For each source file, the files of this project its compilation read, as ninja recorded them."""
    log = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    inputs = {}
    for block in log.split("\n\n"):
        lines = block.splitlines()
        if len(lines) < 2 or not lines[0].endswith("(VALID)"):
            continue
        paths = [(build / line.strip()).resolve() for line in lines[1:]]
        own = sorted({p for p in paths if p.is_relative_to(root) and not p.is_relative_to(build)})
        if own:
            inputs[paths[0]] = own
    return inputs


def is_program(root, build, source):
    """Of the program or the emulator's plugin, and no test."""
    if source.is_relative_to(build):
        folders = source.relative_to(build).parts
        return "Unity" in folders and "pytune_unit_tests.dir" not in folders
    return any(source.is_relative_to(root / folder) for folder in ("tuner", "emulator"))


def key_of(entry, inputs, common):
    digest = hashlib.sha256(common)
    digest.update((entry.get("command") or " ".join(entry["arguments"])).encode())
    for path in inputs:
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    build = root / "build" / "dev"
    commands = json.loads((build / "compile_commands.json").read_text())
    inputs = project_inputs(root, build)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    common = version + (root / ".clang-tidy").read_bytes()
    cache = cache_folder()

    work = []
    for entry in commands:
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if not is_program(root, build, source):
            continue
        # No record of what it reads, no way to tell that nothing changed: always checked.
        key = key_of(entry, inputs[source], common) if source in inputs else None
        if cache and key and (cache / key).exists():
            continue
        work.append((source, key))

    def check(item):
        source, key = item
        command = [TIDY, "-p", str(build), "--quiet", *EXTRA, str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 and cache and key:
            (cache / key).touch()
        return done

    findings = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for done in pool.map(check, work):
            if done.returncode != 0:
                findings += 1
                # What clang itself cannot compile is said on stderr, amid counts of suppressed warnings.
                print(done.stdout or done.stderr, end="")
    print(f"{len(work)} compilations checked, {findings} with findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
