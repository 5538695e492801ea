"""Builds bf16mm for one interpreter, with CMake.

    python build_module.py DIRECTORY CMakeLists.txt ...

DIRECTORY gets the module. The interpreter that runs this is the one it is for, unless
PYTUNE_TARGET_PREFIX names the prefix of another, for another machine, whose C compiler is then
PYTUNE_TARGET_CC: that one is not run. What follows CMakeLists.txt are its sources, named so that
a change of theirs is noticed. Exit status 77, with the reason as the last line: not here.
"""
import glob
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile


def cannot_run(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def options_for_this_interpreter():
    include = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(include, "Python.h")):
        package = "pypy3-dev" if sys.implementation.name == "pypy" else "python3-dev"
        cannot_run("no Python.h in %s: for Debian's own interpreter, apt-get install %s" % (include, package))
    if sys.implementation.name != "cpython" or sys.version_info < (3, 10):
        cannot_run("bf16mm is for CPython from 3.10 on")
    if shutil.which("cc") is None:
        cannot_run("no C compiler: apt-get install gcc libc6-dev")
    return include, sysconfig.get_config_var("EXT_SUFFIX"), []


def options_for_target(prefix, compiler):
    """From the files of an interpreter that cannot be asked: where its headers are, and how its own modules end."""
    headers = glob.glob(os.path.join(glob.escape(prefix), "include", "python3.*", "Python.h"))
    modules = glob.glob(os.path.join(glob.escape(prefix), "lib", "python3.*", "lib-dynload", "_struct.*.so"))
    if not headers or not modules:
        cannot_run("no headers or no extension modules below %s" % prefix)
    if shutil.which(compiler) is None:
        cannot_run("no %s: setup/install cross" % compiler)
    suffix = os.path.basename(modules[0])[len("_struct"):]
    processor = suffix.split("-")[2]  # .cpython-313-aarch64-linux-gnu.so
    return os.path.dirname(headers[0]), suffix, [
        "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=" + processor, "-DCMAKE_C_COMPILER=" + compiler]


def run(words):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    if done.returncode:
        # The first error is the cause; what follows it are consequences.
        errors = [line for line in done.stdout.splitlines() if "rror:" in line] or done.stdout.splitlines()[-1:]
        sys.exit("%s: %s" % (words[0], errors[0].strip() if errors else "exit status %d" % done.returncode))


def main(directory, cmake_lists):
    if shutil.which("cmake") is None:
        cannot_run("no cmake: apt-get install cmake")
    prefix = os.environ.get("PYTUNE_TARGET_PREFIX")
    include, suffix, words = (options_for_target(prefix, os.environ["PYTUNE_TARGET_CC"]) if prefix
                              else options_for_this_interpreter())
    with tempfile.TemporaryDirectory() as scratch:
        run(["cmake", "-S", os.path.dirname(os.path.abspath(cmake_lists)), "-B", scratch,
             "-DBF16MM_PYTHON_INCLUDE=" + include, "-DBF16MM_SUFFIX=" + suffix, *words])
        run(["cmake", "--build", scratch, "--parallel", str(os.cpu_count())])
        shutil.copy(os.path.join(scratch, "bf16mm" + suffix), directory)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
