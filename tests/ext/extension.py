"""Builds of ext/ for the tests, each once, in build/ext-*; CMake and ninja see to it that nothing is built twice."""

import fcntl
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import unittest

HERE = pathlib.Path(__file__).resolve().parent
HOME = pathlib.Path(os.environ.get("PYTUNE_HOME") or HERE.parents[1])
CROSS_COMPILER = "aarch64-linux-gnu-gcc-12"
EMULATOR = "qemu-aarch64"

_built = {}


def build(name, *options, targets=()):
    """The directory of a build with these CMake options."""
    directory = HOME / "build" / f"ext-{name}"
    key = (name, targets)
    if key in _built:
        return directory
    configure = ["cmake", "-G", "Ninja", f"-S{HOME / 'ext'}", f"-B{directory}", "-DBF16MM_WERROR=ON", *options]
    make = ["cmake", "--build", str(directory), "--parallel", "2"]
    for target in targets:
        make += ["--target", target]
    directory.parent.mkdir(parents=True, exist_ok=True)
    with directory.with_name(f"{directory.name}.lock").open("w") as lock:  # the test files run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (configure, make):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    _built[key] = directory
    return directory


def need(*programs):
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise unittest.SkipTest(f"not installed: {', '.join(missing)}")


def module_directory():
    """The build for the interpreter that runs the tests, with gemm_test beside the module."""
    need("cmake", "ninja", "cc")
    if not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists():
        raise unittest.SkipTest(f"{sys.executable} has no header files: python3-dev")
    return build(
        f"module-{sys.implementation.cache_tag}{sys.abiflags}",
        f"-DPython_EXECUTABLE={sys.executable}",
        "-DBF16MM_TESTS=ON",
    )


def module_path():
    return module_directory() / f"bf16mm{sysconfig.get_config_var('EXT_SUFFIX')}"


def load():
    """The module bf16mm, one and the same for all test files."""
    if "bf16mm" not in sys.modules:
        spec = importlib.util.spec_from_file_location("bf16mm", module_path())
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules["bf16mm"] = module
    return sys.modules["bf16mm"]


def run_python(code, **environment):
    """A new process with bf16mm importable: its standard output, or AssertionError."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": f"{module_path().parent}{os.pathsep}{HERE}", **environment},
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
