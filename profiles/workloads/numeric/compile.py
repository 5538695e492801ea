"""Compiles C and Cython sources for the interpreter that runs this.

    python compile.py DIRECTORY FILE...

NAME.c becomes DIRECTORY/libNAME.so, a plain shared library; NAME.pyx becomes the
extension module NAME. Both by `cc -O3`, for the machine's generic processor: what is
measured is the interpreter, and that its flags reach C code is another question.
Exit status 77, with the reason as the last line: not here.
"""
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile


def cannot_run(reason):
    print(reason, file=sys.stderr)
    sys.exit(77)


def run(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    if done.returncode:
        # The first error is the cause; what follows it are consequences.
        errors = [line for line in done.stdout.splitlines() if "error:" in line] or done.stdout.splitlines()[-1:]
        sys.exit("%s: %s" % (words[0], errors[0] if errors else "exit status %d" % done.returncode))


def shared_library(source, target, options=()):
    run(["cc", "-O3", "-fPIC", "-shared", *options, "-o", target, source])


def extension_module(source, directory):
    try:
        import Cython.Compiler.Main
    except ImportError as error:
        cannot_run("Cython cannot be imported: %s" % error)
    include = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(include, "Python.h")):
        package = "pypy3-dev" if sys.implementation.name == "pypy" else "python3-dev"
        cannot_run("no Python.h in %s: for Debian's own interpreter, apt-get install %s" % (include, package))
    name = os.path.splitext(os.path.basename(source))[0]
    with tempfile.TemporaryDirectory() as scratch:
        translated = os.path.join(scratch, name + ".c")
        if Cython.Compiler.Main.compile(source, output_file=translated).num_errors:
            sys.exit("Cython refuses %s" % os.path.basename(source))
        target = os.path.join(directory, name + sysconfig.get_config_var("EXT_SUFFIX"))
        shared_library(translated, target, ["-w", "-I", include])


def main(directory, sources):
    if shutil.which("cc") is None:
        cannot_run("no C compiler: apt-get install gcc libc6-dev")
    for source in sources:
        name, kind = os.path.splitext(os.path.basename(source))
        if kind == ".pyx":
            extension_module(source, directory)
        else:
            shared_library(source, os.path.join(directory, "lib%s.so" % name))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
