"""Compiles each file by itself, which finds missing includes.

    python3 setup/alone.py [FOLDER]...     of the tuner and the emulator's plugin, unless folders are named: tests/unit

A build takes several files of a folder at once and a precompiled header with them, so that a file may lean on what
another includes. Here each has only what it includes itself. Nothing is generated: only the syntax is checked.

What was clean is remembered as setup/tidy.py does it. Last line of output: the number of files compiled. Exit status 1
when some do not compile.
"""

import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile

import tidy

FOLDERS = ("tuner", "emulator")  # the unit tests take as long again, and nobody includes them
MOST_LINES = 8  # of a file's errors: one missing include has many


def files_alone(build, folders):
    """The compilations that CMake would do without putting files together; none for the same file twice."""
    command = ["cmake", "-G", "Ninja", f"-S{tidy.ROOT}", f"-B{build}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"]
    options = ["-DCMAKE_UNITY_BUILD=OFF", "-DPYTUNE_PRECOMPILE=OFF", "-DCMAKE_CXX_COMPILER=clang++-19"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"setup/alone.py: the project cannot be configured\n{done.stderr}")
    seen = {}
    for one in tidy.compilations(build):
        if any(one.source.is_relative_to(tidy.ROOT / folder) for folder in folders):
            seen.setdefault(one.source, one)
    return list(seen.values())


def key_of(compilation, version):
    """Without the folder that this build was in, which is another one each time."""
    words = tuple(word for word in compilation.words if str(compilation.directory) not in word)
    return tidy.key_of(compilation._replace(words=words), b"alone" + version)


def errors_of(compilation):
    done = subprocess.run(
        [*compilation.words, "-fsyntax-only"], cwd=compilation.directory, capture_output=True, text=True, check=False
    )
    return [line for line in done.stderr.splitlines() if "error:" in line][:MOST_LINES] if done.returncode else []


def main():
    cache = tidy.cache_folder()
    version = subprocess.run(["clang++-19", "--version"], capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as scratch:
        waiting = [(one, key_of(one, version)) for one in files_alone(pathlib.Path(scratch), sys.argv[1:] or FOLDERS)]
        waiting = [(one, key) for one, key in waiting if not (cache and (cache / key).exists())]
        with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
            found = list(pool.map(lambda item: errors_of(item[0]), waiting))
    for (_, key), errors in zip(waiting, found, strict=True):
        if errors:
            print("\n".join(errors))
        elif cache:
            (cache / key).touch()
    bad = sum(map(bool, found))
    print(f"{len(waiting)} files compiled alone, {bad} with errors")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
