"""Says what an interpreter is, as one line of JSON: facts that two builds of one release must share if a program is to
behave, and to be measured, alike on both. Run with PYTHONHASHSEED=0 (which -I would ignore) and -s -S -B; uses the
standard library alone.

A cross build answers configure's run-time checks by guessing, and some guesses choose other code: another string hash,
a switch instead of computed gotos. So each of them is asked for twice, as configure's answer and as what the
interpreter does.
"""
import functools
import importlib
import json
import os
import re
import socket
import struct
import sys
import sysconfig
import time

# pyconfig.h's own names; the Makefile's are about where and how it was built.
CONFIG = re.compile(
    r"(HAVE|USE|WITH|SIZEOF|ALIGNOF|PTHREAD|POSIX|ENABLE|DOUBLE_IS|FLOAT_|WORDS_|MAJOR_IN|MVWDELCH|SETPGRP|GETPGRP|"
    r"SIGNED_RIGHT|TIME_WITH|TM_IN|X87_|WINDOW_HAS|RETSIGTYPE|STDC_HEADERS|SYS_SELECT|PY_COERCE|PY_BUILTIN_HASHLIB|"
    r"Py_|LIBFFI|_REENTRANT)[A-Za-z0-9_]*$"
)
PUBLIC_IN_C = {
    "array", "atexit", "binascii", "cmath", "errno", "faulthandler", "fcntl", "gc", "grp", "itertools", "marshal",
    "math", "mmap", "posix", "pwd", "pyexpat", "readline", "resource", "select", "signal", "syslog", "termios", "time",
    "unicodedata", "zlib", "audioop", "crypt", "nis", "ossaudiodev", "spwd",
}
# Of other systems, or of a toolkit that no server has.
NOT_FOR_LINUX = {"_ios_support", "_overlapped", "_scproxy", "_tkinter", "_winapi", "_wmi"}
# Values that belong to the machine or to its load.
MACHINE = {
    "SC_NPROCESSORS_CONF", "SC_NPROCESSORS_ONLN", "SC_PHYS_PAGES", "SC_AVPHYS_PAGES", "SC_ARG_MAX", "SC_CHILD_MAX",
    "SC_OPEN_MAX", "SC_AIO_PRIO_DELTA_MAX",
}


def fields(record):
    names = (name for name in dir(record) if not name.startswith(("_", "n_")))
    return {name: getattr(record, name) for name in names if not callable(getattr(record, name))}


def attempt(work):
    """The result, or the name of the exception: two interpreters may differ in either."""
    try:
        return work()
    except Exception as error:
        return f"{type(error).__name__}"


def timezone_after_tzset():
    os.environ["TZ"] = "PYT-5:30"
    time.tzset()
    return [time.timezone, list(time.tzname)]


def semaphore_value():
    import multiprocessing

    return multiprocessing.get_context("spawn").Semaphore(3).get_value()


def terminal():
    leader, follower = os.openpty()
    name = os.ttyname(follower)
    os.close(leader)
    os.close(follower)
    return re.sub(r"[0-9]+", "N", name)


def numeric_addresses():
    found = socket.getaddrinfo("127.0.0.1", 80, flags=socket.AI_NUMERICHOST)
    return sorted([int(family), int(kind), *address] for family, kind, _, _, address in found)


def wide_characters():
    import ctypes

    buffer = ctypes.create_unicode_buffer("a\u00e9\u20ac\U0001f40d")
    return [ctypes.sizeof(ctypes.c_wchar), buffer.value == "a\u00e9\u20ac\U0001f40d", len(buffer)]


def thread_in_system_scope():
    import _thread

    before = _thread.stack_size(1 << 20)
    return [before, _thread.stack_size(0)]


def modules():
    """The modules in C, and whether they can be had. Their wrappers in Python follow from them."""
    private = {name for name in sys.stdlib_module_names if name.startswith("_") and not name.startswith(("_py", "__"))}
    found = {}
    for name in sorted((private | PUBLIC_IN_C) & sys.stdlib_module_names - NOT_FOR_LINUX):
        try:
            importlib.import_module(name)
            found[name] = "there"
        except ImportError:
            found[name] = "missing"
        except Exception as error:
            found[name] = type(error).__name__
    return found


def identity():
    config = {name: value for name, value in sysconfig.get_config_vars().items() if CONFIG.match(name)}
    # A name in an #undef is 0 here, one without a line absent: both mean no.
    config = {name: value for name, value in config.items() if value not in (0, "", None)}
    return {
        "version": list(sys.version_info),
        "byteorder": sys.byteorder,
        "float": {**fields(sys.float_info), "repr": sys.float_repr_style},
        "hash": {**fields(sys.hash_info), "of_text": hash("pytune"), "of_bytes": hash(b"longer than any cutoff")},
        "int": fields(sys.int_info),
        "threads": fields(sys.thread_info),
        "maxunicode": sys.maxunicode,
        "encoding": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()],
        "struct": {code: struct.calcsize(code) for code in "bhilqnPfd?"},
        "config": config,
        "modules": modules(),
        "os": sorted(name for name in dir(os) if not name.startswith("_")),
        "socket": sorted(name for name in dir(socket) if name.isupper()),
        "time": sorted(name for name in dir(time) if not name.startswith("_")),
        "sysconf": {
            name: "the machine's" if name in MACHINE else attempt(functools.partial(os.sysconf, name))
            for name in sorted(os.sysconf_names)
        },
        "semaphore": attempt(semaphore_value),
        "tzset": attempt(timezone_after_tzset),
        "terminal": attempt(terminal),
        "addresses": attempt(numeric_addresses),
        "wide_characters": attempt(wide_characters),
        "stack_size": attempt(thread_in_system_scope),
        "arithmetic": [0.1 + 0.2 == 0.30000000000000004, repr(2.0 ** 0.5), repr(1e23), float("4.35").hex()],
    }


if __name__ == "__main__":
    json.dump(identity(), sys.stdout, sort_keys=True)
    print()
