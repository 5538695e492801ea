"""`pytune measure` over fake interpreters: what it finds, when it stops, and what it says when things go wrong."""

import ast
import json
import os
import pathlib
import platform
import shutil
import struct
import unittest

from fakes import ROOT, SHEBANG, Bench

SPEEDS = {"slow": "-O2", "fast": "-O3 -fprofile-use", "plain": "-O3"}  # as tests/fake_tools/cpython/fake-python has it


def program_with_loader(path):
    """An ELF program for this machine that is nothing but the name of its loader (PT_INTERP, 3)."""
    machine = 62 if platform.machine() == "x86_64" else 183
    name = path.encode() + b"\0"
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 3, 4, 120, 120, 120, len(name), len(name), 1) + name


class MeasureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.pythons = {name: cls.interpreter(name, flags) for name, flags in SPEEDS.items()}

    @classmethod
    def interpreter(cls, name, flags, before=""):
        """An executable of those flags; `before` is run in it first."""
        path = cls.bench.root / f"python-{name}"
        body = (cls.bench.tree / "fake-python").read_text()
        path.write_text(f"{SHEBANG}FLAGS = '''{flags}'''\n{before}\n{body}")
        path.chmod(0o755)
        return str(path)

    def noisy(self):
        """As fast as "plain", but every process is 3 % off."""
        path = pathlib.Path(self.interpreter("noisy", "-O3 -g"))
        text = path.read_text()
        self.assertIn("NOISE = 0.002", text)
        path.write_text(text.replace("NOISE = 0.002", "NOISE = 0.03"))
        return str(path)

    def measure(self, *words):
        return self.bench.verb("measure", *words, "--store", str(self.bench.store))

    def result(self, *words):
        done = self.measure("--json", *words)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return json.loads(done.stdout)

    def speeds(self, result):
        names = {i["arm"]: pathlib.Path(i["name"]).name.removeprefix("python-") for i in result["interpreters"]}
        return {names.get(a["arm"], a["arm"]): a for a in result["comparison"]["arms"]}

    def says(self, done, status, *texts):
        self.assertEqual(done.returncode, status, done.stderr)
        for text in texts:
            self.assertIn(text, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_says_of_each_whether_it_is_faster_and_by_how_much(self):
        result = self.result(self.pythons["plain"], self.pythons["fast"], self.pythons["slow"], "--rounds", "5")
        speeds = self.speeds(result)
        self.assertEqual(speeds["fast"]["verdict"], "faster")
        self.assertAlmostEqual(speeds["fast"]["speed"]["estimate"], 1 / 0.80, delta=0.02)
        self.assertEqual(speeds["slow"]["verdict"], "slower")
        self.assertAlmostEqual(speeds["slow"]["speed"]["estimate"], 1 / 1.10, delta=0.02)
        self.assertNotIn(speeds["copy"]["verdict"], ("faster", "slower"))
        self.assertEqual(speeds["fast"]["speed"]["evidence"], "measured")

    def script(self, name, body):
        path = self.bench.root / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def refuses_as_launcher(self, done, path, *texts):
        self.says(done, 2, path, "is a launcher (shim)", *texts)

    def test_a_launcher_that_chooses_by_directory_or_variable_is_refused(self):
        plain, fast, slow = (self.pythons[name] for name in ("plain", "fast", "slow"))
        here = self.script("by-directory", f'if [ "$PWD" = / ]; then exec {slow} "$@"; else exec {fast} "$@"; fi')
        self.refuses_as_launcher(self.measure(plain, here), here, fast, slow, "give the path of the interpreter itself")
        by_variable = self.script("by-variable", f'exec "${{PINNED:-{slow}}}" "$@"')
        done = self.bench.verb("measure", plain, by_variable, "--store", str(self.bench.store), PINNED=fast)
        self.refuses_as_launcher(done, by_variable, fast, slow)
        only_here = self.script("only-here", f'[ -n "$PINNED" ] && exec {fast} "$@"; echo pin one >&2; exit 127')
        done = self.bench.verb("measure", plain, only_here, "--store", str(self.bench.store), PINNED=fast)
        self.says(done, 2, only_here, "pin one", "launcher (shim)", f"here it starts {fast} (3.13.5); give that path")

    def test_a_launcher_with_one_answer_is_measured_and_the_workers_say_what_ran(self):
        plain, fast = self.pythons["plain"], self.pythons["fast"]
        link = self.bench.root / "link-to-plain"
        link.symlink_to(plain)
        wrapper = self.script("one-answer", f'exec {fast} "$@"')
        result = self.result(str(link), wrapper, "--rounds", "2")
        ran = [one["ran"] for one in result["interpreters"]]
        for told, path in zip(ran, (plain, fast), strict=True):
            self.assertEqual([(one["python_version"], one["executable"]) for one in told], [("3.13.5", path)])
            self.assertEqual(told[0]["workers"], 3 * 2)
        self.assertAlmostEqual(self.speeds(result)["one-answer"]["speed"]["estimate"], 1 / 0.80, delta=0.02)

    def test_workers_of_another_interpreter_than_was_asked_end_the_measurement(self):
        """A launcher by file: the file changes when the first worker has run, as by an upgrade."""
        plain, fast, slow = (self.pythons[name] for name in ("plain", "fast", "slow"))
        pin = self.bench.root / "pin"
        pin.write_text(fast)
        change = f'case "$*" in *--calibrate-loops*|*" -n 1 "*) ;; *--worker*) echo {slow} >{pin};; esac'
        chooser = self.script("by-file", f'p=$(cat {pin}); {change}; exec "$p" "$@"')
        done = self.measure(plain, chooser, "--rounds", "3")
        self.assertEqual(done.returncode, 2, done.stderr)
        last = done.stderr.strip().splitlines()[-1]
        for text in (chooser, f"was {fast} (3.13.5)", f"{slow} (3.13.5) as a worker", "give the path of"):
            self.assertIn(text, last)

    def test_names_that_are_not_utf8_are_names(self):
        """Of interpreter, store, suite and exports; JSON has them as Python writes bytes."""
        folder = self.bench.root / os.fsdecode(b"caf\xe9")
        folder.mkdir()
        plain, fast = (folder / name for name in ("python-plain", "python-fast"))
        for path in (plain, fast):
            shutil.copy(self.pythons[path.name.removeprefix("python-")], path)
        suite = folder / "own.py"
        suite.write_text("# benchmarks: own\n")
        store = folder / "store"
        self.bench.provide_wheel(store)
        shown = str(fast).replace(os.fsdecode(b"\xe9"), "\\xe9")
        words = (str(plain), str(fast), "--rounds", "2", "--suite", str(suite), "--store", str(store))
        exports = ("--export", f"csv={folder / 'r.csv'}", "--export", f"pyperf={folder / 'files'}")
        done = self.bench.verb("measure", *words, *exports)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertIn("caf\\xe9/python-fast", done.stdout)
        self.assertIn(shown, (folder / "r.csv").read_text())
        self.assertEqual(len(list((folder / "files").iterdir())), 3)
        again = self.bench.verb("measure", *words, "--json")
        result = json.loads(again.stdout)
        python = result["interpreters"][1]["python"]
        self.assertEqual(ast.literal_eval(python), os.fsencode(fast))
        self.assertEqual(ast.literal_eval(result["interpreters"][1]["ran"][0]["executable"]), os.fsencode(fast))
        kept = folder / "result.json"
        kept.write_text(again.stdout)
        compared = self.bench.verb("compare", str(kept), "--json", "--store", str(store))
        self.assertEqual(json.loads(compared.stdout)["interpreters"][1]["python"], python, compared.stderr)
        listed = self.bench.verb("store", "show", "--json", "--store", str(store))
        self.assertEqual(listed.returncode, 0, listed.stderr)

    def test_emulation_that_cannot_be_is_told_in_one_line(self):
        cpus = self.bench.home / "profiles" / "cpus"
        if not cpus.exists():
            shutil.copytree(ROOT / "profiles" / "cpus", cpus)
        both = (self.pythons["plain"], self.pythons["fast"])
        self.says(self.measure(*both, "--emulate", "neoverse-n11"), 2, "neoverse-n11", 'did you mean "neoverse-n1"?')
        self.says(
            self.measure(*both, "--emulate", "neoverse-n1", "--throughput"),
            2,
            "--throughput is about times, and --emulate counts instructions",
        )
        self.says(
            self.bench.verb(
                "measure", *both, "--emulate", "neoverse-n1", "--store", str(self.bench.store), PATH="/nonexistent"
            ),
            1,
            "qemu-aarch64 is not on PATH: install it",
        )
        self.says(self.measure("debian:12", both[0]), 2, "must be debian:RELEASE-ARCHITECTURE")
        self.says(self.measure("debian:7-arm64", both[0]), 2, "debian:7-arm64")

    def copy_of(self, python):
        result = self.result(python, self.pythons["fast"], "--rounds", "1")
        self.assertEqual([arm["role"] for arm in result["measurement"]["arms"]][:2], ["baseline", "copy"])
        return pathlib.Path(result["measurement"]["arms"][1]["python"])

    def test_the_copy_of_the_first_is_a_file_of_its_own(self):
        original = pathlib.Path(self.pythons["plain"])
        copy = self.copy_of(str(original))
        self.assertNotEqual(copy, original)
        self.assertEqual(copy.read_bytes(), original.read_bytes())
        self.assertFalse(copy.samefile(original))

    def test_one_that_runs_at_its_own_place_only_is_measured_there_twice(self):
        place = self.bench.root / "python-placed"
        python = self.interpreter(
            "placed", "-O3", before=f"import sys\nif sys.argv[0] != '{place}': sys.exit('not here')"
        )
        self.assertEqual(str(self.copy_of(python)), python)
        (self.bench.root / "venv" / "bin").mkdir(parents=True)
        (self.bench.root / "venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
        inside = self.bench.root / "venv" / "bin" / "python"
        inside.symlink_to(self.pythons["plain"])
        self.assertEqual(self.copy_of(str(inside)), inside)

    def test_stops_as_soon_as_intervals_are_narrow_enough(self):
        coarse = self.result(self.pythons["plain"], self.pythons["fast"], "--precision", "5")
        self.assertEqual((coarse["looks"], coarse["comparison"]["rounds"]), (1, 5))
        # Five rounds of this one give more than twice this interval.
        fine = self.result(self.pythons["plain"], self.noisy(), "--precision", "0.7", "--time", "30m")
        self.assertGreater(fine["looks"], 1)
        self.assertGreater(fine["comparison"]["rounds"], 5)
        interval = self.speeds(fine)["noisy"]["speed"]
        self.assertLessEqual(interval["high"] / interval["low"], 1.0142)

    def test_one_that_is_settled_takes_no_part_in_further_rounds(self):
        speeds = self.speeds(
            self.result(
                self.pythons["plain"], self.pythons["fast"], self.noisy(), "--precision", "0.7", "--time", "30m"
            )
        )
        self.assertEqual(speeds["fast"]["rounds"], 5)
        self.assertGreater(speeds["noisy"]["rounds"], 5)
        self.assertEqual(speeds["copy"]["rounds"], speeds["noisy"]["rounds"])

    def test_values_are_longer_with_one_that_compiles_while_it_runs_and_on_all_cpus_at_once(self):
        asked = self.bench.root / "min-times"
        note = (
            "import sys\nif '--calibrate-loops' in sys.argv:\n"
            f"    open('{asked}', 'a').write(sys.argv[sys.argv.index('--min-time') + 1] + '\\n')"
        )
        base = self.interpreter("noting", "-O3", note)
        jit = pathlib.Path(self.interpreter("jit", "-O3 -g"))
        jit.write_text(jit.read_text().replace('"implementation": "CPython"', '"implementation": "PyPy"'))
        fast = self.pythons["fast"]
        for words, seconds in (((fast,), "0.02"), ((str(jit),), "0.1"), ((fast, "--throughput"), "0.1")):
            asked.write_text("")
            self.result(base, *words, "--rounds", "1")
            self.assertEqual(set(asked.read_text().split()), {seconds})

    def test_nothing_is_started_that_may_write_into_an_installation(self):
        """Whatever imports its library without this variable writes bytecode beside it; compiling pyperf does."""
        writers = self.bench.root / "writers"
        note = (
            "import os, sys\nif not os.environ.get('PYTHONDONTWRITEBYTECODE') and '-B' not in sys.argv:\n"
            f"    open('{writers}', 'a').write(repr(sys.argv) + '\\n')"
        )
        writers.write_text("")
        self.result(self.interpreter("writing", "-O3", note), self.pythons["fast"], "--rounds", "1")
        self.assertEqual(writers.read_text(), "")

    def test_a_time_that_is_up_is_said_with_its_remedy(self):
        lazy = self.interpreter("lazy", "-O2 -g", "import time\ntime.sleep(0.05)")  # so that a second look is too late
        result = self.result(self.pythons["plain"], lazy, "--precision", "0.01", "--time", "1s", "--seed", "5")
        self.assertEqual(result["looks"], 1)
        self.assertTrue(
            any("raise --time" in note for note in result["measurement"]["notes"]), result["measurement"]["notes"]
        )

    def test_a_second_run_measures_nothing_anew(self):
        words = (self.pythons["plain"], self.pythons["slow"], "--rounds", "3", "--seed", "9")
        first = self.result(*words)
        second = self.result(*words)
        self.assertEqual(first["measurement"]["blocks"], second["measurement"]["blocks"])

    def test_a_build_in_the_store_goes_by_its_name(self):
        self.bench.sweep()
        result = self.result("baseline", "pgo-lto", "--rounds", "3")
        self.assertEqual([i["name"] for i in result["interpreters"]], ["baseline", "pgo-lto"])
        self.says(self.measure("baseline", "pgo-lt"), 2, 'no interpreter "pgo-lt"', 'did you mean "pgo-lto"?')

    def test_nothing_significant_exits_with_3(self):
        done = self.measure(self.pythons["plain"], self.noisy(), "--rounds", "2")
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("cannot tell", done.stdout)

    def test_shows_each_workload(self):
        done = self.measure(self.pythons["plain"], self.pythons["slow"], "--rounds", "5")
        for workload in ("alpha", "beta", "gamma"):
            self.assertRegex(done.stdout, rf"(?m)^  {workload} +0\.9\d\dx .*slower$")

    def test_pyperf_files_hold_as_many_values_for_every_interpreter(self):
        out = self.bench.root / "files"
        self.result(self.pythons["plain"], self.pythons["fast"], "--rounds", "3", "--pyperf-json", str(out))
        files = [json.loads(f.read_text()) for f in out.iterdir()]
        self.assertEqual(len(files), 3)
        counts = {tuple(sum(len(r["values"]) for r in b["runs"]) for b in f["benchmarks"]) for f in files}
        self.assertEqual(counts, {(9, 9, 9)})

    def test_a_workload_that_misbehaves_is_recorded_and_the_rest_goes_on(self):
        for name, before in [
            (
                "garbage",
                (
                    "if '--worker' in sys.argv:\n"
                    "    os.write(int(sys.argv[sys.argv.index('--pipe') + 1]), b'garbage'); sys.exit(0)"
                ),
            ),
            ("crash", "if '--worker' in sys.argv: os.kill(os.getpid(), 11)"),
        ]:
            with self.subTest(name):
                bad = self.interpreter(
                    name, "-O3", f"import os, sys\nif any('beta' in a for a in sys.argv):\n    exec({before!r})"
                )
                result = self.result(self.pythons["plain"], bad, "--rounds", "3")
                row = next(a for n, a in self.speeds(result).items() if n == name)
                blocks = {w["workload"]: w["blocks"] for w in row["workloads"]}
                self.assertEqual((blocks["alpha"], blocks.get("beta", 0)), (3, 0))
                self.assertTrue(any("beta" in note for note in result["measurement"]["notes"]))

    def test_what_is_no_interpreter_is_refused_in_one_line(self):
        root = self.bench.root
        plain = self.pythons["plain"]
        (root / "text").write_text("not executable")
        (root / "script").write_text("#!/bin/sh\necho hello\n")
        (root / "script").chmod(0o755)
        # An ELF header for the other architecture (e_machine: 183 AArch64, 62 x86-64) and nothing else.
        other = 183 if platform.machine() == "x86_64" else 62
        (root / "foreign").write_bytes(
            struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, other, 1, 0, 64, 0, 0, 64, 56, 0, 64, 0, 0)
        )
        for name, content in (("empty", ""), ("moved", "#!/opt/gone/python3\n")):
            (root / name).write_text(content)
            (root / name).chmod(0o755)
        (root / "dangling").symlink_to("/opt/gone/python3")
        fatal = "Fatal Python error: init_fs_encoding: failed\nModuleNotFoundError: No module named 'encodings'"
        lost = self.script("lost", f'echo "{fatal}\n\n  <no Python frame>" >&2; exit 1')
        unset = self.script(
            "unset", 'echo "pyenv: python3: command not found\n\nIt exists in:\n  3.12.1" >&2; exit 127'
        )
        isolated = self.interpreter("isolated", "-O3")
        text = pathlib.Path(isolated).read_text()
        pathlib.Path(isolated).write_text(text.replace('"minor": 13', '"minor": 13, "ignores_environment": True'))
        (root / "foreign").chmod(0o755)
        (root / "musl").write_bytes(program_with_loader("/lib/ld-musl-none.so.1"))
        (root / "musl").chmod(0o755)
        # A system of another architecture, unpacked: its loader cannot run here either.
        x86 = platform.machine() == "x86_64"
        loader = root / "far" / ("lib/ld-linux-aarch64.so.1" if x86 else "lib64/ld-linux-x86-64.so.2")
        loader.parent.mkdir(parents=True)
        loader.touch()
        (root / "far" / "usr" / "bin").mkdir(parents=True)
        (root / "far" / "usr" / "bin" / "python3").write_bytes((root / "foreign").read_bytes())
        (root / "far" / "usr" / "bin" / "python3").chmod(0o755)
        old = self.interpreter("old", "-O3")
        text = pathlib.Path(old).read_text().replace('"minor": 13', '"minor": 8')
        pathlib.Path(old).write_text(text)
        for word, texts in [
            (str(root), ["is a directory; give the interpreter in it"]),
            (str(root / "none"), ["no such file"]),
            (str(root / "text"), ["is not executable"]),
            (str(root / "script"), ["is not a Python interpreter", "ended without an answer", "it said: hello"]),
            (str(root / "foreign"), ["cannot be run here", "it is for", "architecture is"]),
            (str(root / "empty"), ["cannot be run here: it is empty"]),
            (str(root / "moved"), ["cannot be run here: it is a script for /opt/gone/python3, which is not there"]),
            (str(root / "dangling"), ["dangling: is a link to /opt/gone/python3, which is not there"]),
            ("/dev/null", ["/dev/null: is a device, no program"]),
            (lost, ["Fatal Python error: init_fs_encoding", "PYTHONHOME=PREFIX PYTHON"]),
            (unset, ["it said: pyenv: python3: command not found"]),
            (isolated, ["starts Python with -E or -I", "give the interpreter without them"]),
            (
                str(root / "far" / "usr" / "bin" / "python3"),
                ["cannot be run here", "no dynamic loader", "architecture"],
            ),
            (str(root / "musl"), ["needs the loader /lib/ld-musl-none.so.1, which this machine does not have"]),
            (old, ["needs 3.9 or later"]),
            (plain, ["again; a copy of the first interpreter is measured in any case"]),
            ("no-such-python", ['no interpreter "no-such-python"']),
        ]:
            with self.subTest(word):
                self.says(self.measure(plain, word), 2, *texts)

    def test_bad_options(self):
        two = (self.pythons["plain"], self.pythons["fast"])
        for words, text in [
            ((two[0],), "give two interpreters or more"),
            ((*two, "--rounds", "0"), "--rounds must be between 1 and 1000"),
            ((*two, "--rounds", "3", "--time", "5m"), "--rounds says when to stop"),
            ((*two, "--precision", "0"), "--precision is in percent"),
            ((*two, "--time", "soon"), '--time: "soon" is not a time'),
            ((*two, "--suite", "bultin"), 'did you mean "builtin"?'),
            ((*two, "--workloads", ""), "--workloads is empty; give LIST"),
            ((*two, "--workloads", ","), '--workloads: "," names nothing'),
            ((two[0], ""), "--python is empty; give PYTHON"),
        ]:
            with self.subTest(words):
                self.says(self.measure(*words), 2, text)

    def test_a_wheel_that_is_given_is_looked_at_although_the_store_has_one(self):
        two = (self.pythons["plain"], self.pythons["fast"])
        self.says(self.measure(*two, "--pyperf", "/no/such.whl"), 1, "/no/such.whl: ", "No such file")
        self.says(self.measure(*two, "--pyperf", __file__), 1, "SHA-256 is")


if __name__ == "__main__":
    unittest.main()
