#!/usr/bin/env python3
"""Makes a wheel of bf16mm, for the interpreter that runs this or for its like on AArch64.

    python3.11 ext/build_wheel.py DIRECTORY
    python3.11 ext/build_wheel.py DIRECTORY --aarch64 ROOT [--compiler CC]

ROOT is a directory with usr/include/python3.11 of an AArch64 system, such as setup/arm-root prints; CC its C compiler
(aarch64-linux-gnu-gcc). Nothing of it is run. The wheel's path is the last line of output. Needs pip, and the network
once for the build backend that pyproject.toml pins.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def aarch64_environment(root, compiler, scratch):
    """What pip's build has to be told, for it asks the running interpreter otherwise."""
    name = f"python3.{sys.version_info.minor}"
    include = root / "usr" / "include"
    machine = include / "aarch64-linux-gnu" / name
    for header in (include / name / "Python.h", machine / "pyconfig.h"):
        if not header.is_file():
            sys.exit(
                f"build_wheel.py: no {header}: unpack the arm64 package lib{name}-dev there, "
                "or use the Python that ROOT has headers of"
            )
    if shutil.which(compiler) is None:
        sys.exit(f"build_wheel.py: no {compiler}: apt-get install gcc-aarch64-linux-gnu, or give --compiler")
    # Debian's pyconfig.h for all architectures includes <aarch64-linux-gnu/python3.N/pyconfig.h>. ROOT's usr/include
    # itself would stand before the compiler's own C library.
    (scratch / "include" / "aarch64-linux-gnu").mkdir(parents=True)
    (scratch / "include" / "aarch64-linux-gnu" / name).symlink_to(machine)
    toolchain = scratch / "aarch64.cmake"
    toolchain.write_text(
        "set(CMAKE_SYSTEM_NAME Linux)\nset(CMAKE_SYSTEM_PROCESSOR aarch64)\n"
        f'set(CMAKE_C_COMPILER "{compiler}")\n'
        f'set(BF16MM_PYTHON_INCLUDE "{include / name};{scratch / "include"}" CACHE STRING "")\n'
        f'set(BF16MM_SUFFIX ".cpython-3{sys.version_info.minor}-aarch64-linux-gnu.so" CACHE STRING "")\n'
    )
    # sysconfig.get_platform() believes the first, and so do the tags of the wheel.
    return {"_PYTHON_HOST_PLATFORM": "linux-aarch64", "SKBUILD_CMAKE_ARGS": f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path, help="where the wheel goes")
    parser.add_argument("--aarch64", type=pathlib.Path, metavar="ROOT", help="for AArch64, with the headers in ROOT")
    parser.add_argument(
        "--compiler", default="aarch64-linux-gnu-gcc", metavar="CC", help="with --aarch64 (default: %(default)s)"
    )
    chosen = parser.parse_args()
    if sys.implementation.name != "cpython" or sys.version_info < (3, 10):
        sys.exit("build_wheel.py: bf16mm is for CPython from 3.10 on; run this with one")
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        environment = dict(os.environ)
        if chosen.aarch64 is not None:
            environment.update(aarch64_environment(chosen.aarch64.resolve(), chosen.compiler, scratch))
        status = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(HERE)],
            env=environment,
            check=False,
        ).returncode
        wheels = list(scratch.glob("*.whl"))
        if status or len(wheels) != 1:
            sys.exit(f"build_wheel.py: pip wheel ended with {status}; what it said is above")
        chosen.directory.mkdir(parents=True, exist_ok=True)
        print(shutil.move(str(wheels[0]), str(chosen.directory / wheels[0].name)))


if __name__ == "__main__":
    main()
