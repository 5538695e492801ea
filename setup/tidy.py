"""Runs clang-tidy, but only over what changed since it last found nothing.

    python3 setup/tidy.py [program | ext | tests]...     all of them unless some are named

program  tuner/ and emulator/, as build/dev compiles them: several files at once, whose headers are then read once
ext      the extension module with its tests and benchmarks: for this machine, with AMX's tiles in software, and for
         AArch64 where the cross compiler is at hand
tests    tests/unit, as build/dev compiles it, and what build/dev leaves out: tests/fuzz and tests/bench

A compilation's key is the hash of everything of this project that it can read, its compile command, the checks and the
tool's version. Keys of clean ones are kept as empty files under the user's cache folder. Without that folder everything
is checked; the result is the same. Nothing is written elsewhere.

Last line of output: the number of compilations checked. Exit status 1 when there were findings.
"""

import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "dev"
TIDY = "clang-tidy-19"
# The compile commands are gcc's: clang does not know all of its warnings, and warnings are the compilers' business.
EXTRA = ["--extra-arg=-Wno-error", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-ignored-gch"]
CROSS_COMPILER = "aarch64-linux-gnu-gcc-12"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


class Compilation(typing.NamedTuple):
    source: pathlib.Path
    directory: pathlib.Path
    words: tuple


class Group(typing.NamedTuple):
    compilations: typing.Callable  # given a folder for builds of its own
    configurations: tuple  # the files that clang-tidy finds its checks in
    options: tuple = ()


def cache_folder():
    base = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = base / "pytune-tidy"  # not "pytune", which is where a store is by default
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def compilations(build):
    path = build / "compile_commands.json"
    if not path.exists():
        sys.exit(f"setup/tidy.py: there is no {path}: cmake --preset dev")
    for entry in json.loads(path.read_text()):
        directory = pathlib.Path(entry["directory"])
        words = entry.get("arguments") or shlex.split(entry["command"])
        yield Compilation((directory / entry["file"]).resolve(), directory, tuple(words))


@functools.cache
def contents_and_includes(path):
    contents = path.read_bytes()
    return contents, INCLUDE.findall(contents.decode(errors="replace"))


def sources_of(compilation):
    """The files that are compiled: several at once by a file of CMake's that includes them, or one by itself."""
    if not compilation.source.is_relative_to(BUILD):
        return {compilation.source}
    return {pathlib.Path(name) for name in contents_and_includes(compilation.source)[1]}


def compiled_of(*folders):
    """What build/dev compiles of these folders; no file twice, as the tests do with parts of the emulator's plugin."""
    covered = set()
    for one in sorted(compilations(BUILD), key=lambda one: -len(sources_of(one))):
        sources = sources_of(one)
        inside = all(any(path.is_relative_to(ROOT / folder) for folder in folders) for path in sources)
        if inside and not sources <= covered:
            covered |= sources
            yield one


def of_program(_):
    return compiled_of("tuner", "emulator")


def of_tests(_):
    built = list(compiled_of("tests"))
    covered = set().union(*map(sources_of, built))
    main = ROOT / "tuner" / "main.cc"
    like = next(one for one in compilations(BUILD) if sources_of(one) == {main})
    paths = ("-iquote", str(ROOT), "-iquote", str(ROOT / "tests"))
    for source in sorted({*ROOT.glob("tests/fuzz/*.cc"), *ROOT.glob("tests/bench/*.cc")} - covered):
        words = tuple(str(source) if word == str(like.source) else word for word in like.words)
        built.append(Compilation(source, like.directory, words + paths))
    return built


def builds_of_ext():
    """CMake's options for each."""
    yield ["-DBF16MM_BENCH=ON", f"-DPython_EXECUTABLE={sys.executable}"]
    yield ["-DBF16MM_MODULE=OFF", "-DBF16MM_SOFTWARE_TILES=ON"]
    if platform.machine() == "x86_64" and shutil.which(CROSS_COMPILER):
        target = ["-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64"]
        yield [*target, f"-DCMAKE_C_COMPILER={CROSS_COMPILER}", "-DBF16MM_BENCH=ON", "-DBF16MM_MODULE=OFF"]


def of_ext(scratch):
    """Each compilation once, though several builds may have it."""
    common = ["cmake", "-G", "Ninja", f"-S{ROOT / 'ext'}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DBF16MM_TESTS=ON"]
    seen = set()
    for number, options in enumerate(builds_of_ext()):
        build = scratch / f"ext-{number}"
        done = subprocess.run([*common, f"-B{build}", *options], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"setup/tidy.py: ext/ cannot be configured\n{done.stderr}")
        for one in compilations(build):
            if one.source.suffix == ".c" and one.words not in seen:
                seen.add(one.words)
                yield one


GROUPS = {
    "program": Group(of_program, (".clang-tidy",)),
    "ext": Group(of_ext, (".clang-tidy", "ext/.clang-tidy", "tests/.clang-tidy")),
    # What is compiled together lies in build/dev, where the tests' own checks would not be found.
    "tests": Group(of_tests, (".clang-tidy", "tests/.clang-tidy"), (f"--config-file={ROOT}/tests/.clang-tidy",)),
}


def inputs_of(compilation):
    """The files of this project that it can read: its source, and what is included by a name in quotes."""
    folders, waiting = [], [compilation.source]
    words = iter(compilation.words)
    for word in words:
        if word in ("-iquote", "-I"):
            folders.append(pathlib.Path(next(words)))
        elif word.startswith("-I"):
            folders.append(pathlib.Path(word[2:]))
        elif word == "-include":
            waiting.append(pathlib.Path(next(words)))
    found = set()
    while waiting:
        path = waiting.pop()
        if path not in found and path.is_file():
            found.add(path)
            for name in contents_and_includes(path)[1]:
                places = (folder / name for folder in (path.parent, *folders))
                waiting.append(next((place.resolve() for place in places if place.is_file()), path))
    return sorted(found)


def key_of(compilation, common):
    digest = hashlib.sha256(common)
    digest.update("\0".join(compilation.words).encode())
    for path in inputs_of(compilation):
        digest.update(str(path).encode() + b"\0" + contents_and_includes(path)[0] + b"\0")
    return digest.hexdigest()


def check(group, compilation, folder):
    """What clang-tidy says; the folder gets a compilation database with nothing but this, for a file may be in two."""
    folder.mkdir()
    entry = {"directory": str(compilation.directory), "file": str(compilation.source), "arguments": compilation.words}
    (folder / "compile_commands.json").write_text(json.dumps([entry]))
    command = [TIDY, "-p", str(folder), "--quiet", *group.options, *EXTRA, str(compilation.source)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def check_all(names, scratch, cache):
    """The number of compilations checked, and of those with findings."""
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    work = []
    for name in names:
        group = GROUPS[name]
        common = version + b"\0".join((ROOT / path).read_bytes() for path in group.configurations)
        for compilation in group.compilations(scratch):
            key = key_of(compilation, common)
            if not (cache and (cache / key).exists()):
                work.append((group, compilation, key, scratch / f"checked-{len(work)}"))

    def check_one(item):
        group, compilation, key, folder = item
        done = check(group, compilation, folder)
        if done.returncode == 0 and cache:
            (cache / key).touch()
        return done

    findings = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for done in pool.map(check_one, work):
            if done.returncode != 0:
                findings += 1
                # What clang itself cannot compile is said on stderr, amid counts of suppressed warnings.
                print(done.stdout or done.stderr, end="")
    return len(work), findings


def main():
    names = sys.argv[1:] or list(GROUPS)
    if not set(names) <= GROUPS.keys():
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        checked, findings = check_all(names, pathlib.Path(scratch), cache_folder())
    print(f"{checked} compilations checked, {findings} with findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
