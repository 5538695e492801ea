"""The plugin inside a real QEMU, on programs whose counts are known (tests/guest)."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTUNE = os.environ.get("PYTUNE_BIN", str(ROOT / "build" / "dev" / "pytune"))

GUEST = ROOT / "tests" / "guest"
PLUGIN = pathlib.Path(PYTUNE).parent / "libpytune_counts.so"
QEMU = shutil.which("qemu-aarch64")
GCC = shutil.which("aarch64-linux-gnu-gcc")


def missing():
    for found, what in ((QEMU, "qemu-aarch64 (qemu-user)"), (GCC, "aarch64-linux-gnu-gcc (gcc-aarch64-linux-gnu)")):
        if found is None:
            return f"{what} is not installed: setup/install emulator"
    loads = subprocess.run([QEMU, "-plugin", f"{PLUGIN},check=on", "/"], capture_output=True, text=True, check=False)
    # Only an emulator that takes no plugins at all is another machine's business; ours has to load into any other.
    return "qemu-aarch64 takes no plugins: it is linked statically" if "unknown option" in loads.stderr else None


WHY_NOT = missing()


@unittest.skipIf(WHY_NOT, WHY_NOT)
class EmulatorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory(prefix="pytune-guest-")
        cls.bin = pathlib.Path(cls.shared.name)
        for name in ("exact", "dispatch"):
            subprocess.run([GCC, "-nostdlib", "-static", "-o", cls.bin / name, GUEST / f"{name}.S"], check=True)
        subprocess.run(
            [
                GCC,
                "-O1",
                "-static",
                "-pthread",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-o",
                cls.bin / "family",
                GUEST / "family.c",
            ],
            check=True,
        )

    @classmethod
    def tearDownClass(cls):
        cls.shared.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pytune-test-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.out = self.root / "out"
        self.out.mkdir()

    def emulate(self, *words, options=(), plugin="", environment=None, qemu=QEMU):
        """Without `plugin`: counting into self.out."""
        plugin = plugin or f"out={self.out}"
        return subprocess.run(
            [qemu, *options, "-plugin", f"{PLUGIN},{plugin}", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.root,
            env={**os.environ, **(environment or {})},
            check=False,
        )

    def family(self, *words, **more):
        done = self.emulate(self.bin / "family", *words, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def files(self):
        return [json.loads(path.read_text()) for path in sorted(self.out.glob("*.json"))]

    def work(self):
        """Of all processes together."""
        return sum(one["counts"]["bfdot"] for one in self.files())

    def script(self, text, name="script"):
        path = self.root / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    # --- counts -------------------------------------------------------------------------------------------------------

    def test_counts_each_kind_exactly(self):
        done = self.emulate(self.bin / "exact")
        self.assertEqual(done.returncode, 0, done.stderr)
        (one,) = self.files()
        self.assertEqual(
            one["counts"],
            {
                "instructions": 3 + 17 * 1000 + 3,
                "branches": 4000,
                "conditional-branches": 1000,
                "indirect-branches": 1000,
                "calls": 1000,
                "returns": 1000,
                "loads": 4000,
                "stores": 3000,
                "lse-atomics": 1000,
                "exclusives": 2000,
                "scalar-float": 1000,
                "neon": 3000,
                "sve": 2000,
                "bfmmla": 1000,
                "bfdot": 1000,
            },
        )
        self.assertEqual((one["ended"], one["guest"], one["program"]), ("exit", "aarch64", str(self.bin / "exact")))

    def test_foresees_indirect_branches_as_its_models_do(self):
        done = self.emulate(self.bin / "dispatch", plugin=f"out={self.out},predict=on")
        self.assertEqual(done.returncode, 0, done.stderr)
        (one,) = self.files()
        predictions = one["predictions"]
        self.assertEqual(predictions["indirect-branches"], 2000)
        self.assertEqual(one["counts"]["indirect-branches"], 2000)
        # The four places in turn are never the last one; the other branch is missed once.
        self.assertEqual(predictions["last-target-misses"], 1001)
        self.assertLessEqual(predictions["history-misses"], 20)

    def test_says_nothing_of_branches_unasked_and_refuses_to_without_a_folder(self):
        self.family("work", 10)
        self.assertNotIn("predictions", self.files()[0])
        done = self.emulate(self.bin / "dispatch", plugin="predict=on")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("predict=on needs out=FOLDER", done.stderr)

    def test_branches_of_children_and_threads_are_foreseen_apart(self):
        self.family("fork", 1000, plugin=f"out={self.out},predict=on")
        self.family("threads", 1000, 4, plugin=f"out={self.out},predict=on")
        pairs = [(one["counts"]["indirect-branches"], one["predictions"]["indirect-branches"]) for one in self.files()]
        self.assertEqual(len(pairs), 3)
        self.assertGreater(sum(executed for executed, _ in pairs), 50)
        for executed, foreseen in pairs:
            # Nothing runs after the last branch of a thread.
            self.assertIn(executed - foreseen, range(6))

    def test_repeats_exactly_wherever_the_kernel_puts_things(self):
        for _ in range(3):
            self.family("work", 1000)
        self.assertEqual(len({json.dumps(one["counts"]) for one in self.files()}), 1)

    def test_loses_nothing_to_races_of_threads(self):
        self.family("threads", 50000, 20)
        self.assertEqual(self.work(), 50000 * 21)

    def test_counts_children_and_their_parent_apart(self):
        self.family("fork", 1000)
        # The parent works before and after the fork, the child after it only.
        self.assertEqual(sorted(one["counts"]["bfdot"] for one in self.files()), [1000, 2000])
        self.assertEqual(list(self.out.glob("*.running")), [])

    def test_says_which_function_executed_what(self):
        self.family("work", 1000, plugin=f"out={self.out},functions=on")
        (one,) = self.files()
        program = one["files"].index(str(self.bin / "family"))
        symbols = subprocess.run(
            [GCC.replace("-gcc", "-nm"), "-S", self.bin / "family"], capture_output=True, text=True, check=True
        ).stdout
        ((start, size),) = [line.split()[:2] for line in symbols.splitlines() if line.endswith(" work")]
        # A static program that is not position-independent is loaded at 0x400000 from its first byte on.
        start, size = int(start, 16) - 0x400000, int(size, 16)
        inside = [block for block in one["blocks"] if block[0] == program and start <= block[1] < start + size]
        self.assertGreaterEqual(sum(block[3] for block in inside), 3000)
        self.assertEqual(sum(block[3] for block in one["blocks"]), one["counts"]["instructions"])

    def test_what_a_killed_process_executed_is_known_to_be_missing(self):
        done = self.emulate(self.bin / "family", "kill", 1000)
        self.assertEqual(done.returncode, -signal.SIGKILL)
        self.assertEqual(self.files(), [])
        self.assertEqual(len(list(self.out.glob("*.running"))), 1)

    def test_a_fatal_signal_is_counted_or_known_to_be_missing(self):
        done = self.emulate(self.bin / "family", "signal", 1000)
        self.assertEqual(done.returncode, -signal.SIGABRT)
        # QEMU 7.2 ends without a word to its plugins; later ones tell them.
        self.assertEqual(len(self.files()) + len(list(self.out.glob("*.running"))), 1)
        self.assertIn(self.work(), (0, 1000))

    # --- exec ---------------------------------------------------------------------------------------------------------

    def test_follows_every_way_to_execute_a_program(self):
        for way in ("exec", "path", "at", "vfork"):
            with self.subTest(way):
                for path in self.out.iterdir():
                    path.unlink()
                self.family(way, 1000, self.bin / "family", "work", 500)
                self.assertEqual(self.work(), 1500)
                self.assertIn("exec", {one["ended"] for one in self.files()})

    def test_follows_a_program_that_executes_itself_without_an_environment(self):
        self.family("self", 1000)
        self.assertEqual(self.work(), 2000)

    def test_passes_on_status_arguments_and_options(self):
        done = self.emulate(
            self.bin / "family",
            "exec",
            10,
            self.bin / "family",
            "exec",
            10,
            self.bin / "family",
            "work",
            10,
            7,
            options=("-cpu", "max", "-E", "A=b"),
        )
        self.assertEqual(done.returncode, 7)
        self.assertEqual(self.work(), 30)

    def test_goes_on_when_an_execution_fails(self):
        self.family("failing", 1000)
        self.assertEqual(self.work(), 2000)

    def test_follows_scripts_of_scripts(self):
        # The kernel hands each interpreter the script as it was called, so the inner one's name is the units of work.
        self.script(f"#!{self.bin}/family  work\n", "100")
        outer = self.script("#!100\n", "outer")
        self.family("exec", 10, outer.relative_to(self.root))
        self.assertEqual([one["ended"] for one in self.files()].count("exit"), 1)
        self.assertEqual(self.work(), 10 + 100)

    def test_finds_programs_under_the_prefix(self):
        prefix = self.root / "sysroot"
        (prefix / "only" / "here").mkdir(parents=True)
        shutil.copy(self.bin / "family", prefix / "only" / "here" / "family")
        self.family("exec", 10, "/only/here/family", "work", 5, options=("-L", prefix))
        self.assertEqual(self.work(), 15)

    def test_leaves_programs_of_this_machine_to_it(self):
        done = self.family("exec", 10, shutil.which("echo"), "from outside")
        self.assertEqual(done.stdout, "from outside\n")
        self.assertEqual([(one["ended"], one["counts"]["bfdot"]) for one in self.files()], [("exec", 10)])

    def test_follows_without_counting(self):
        plain = subprocess.run(
            [QEMU, "-plugin", PLUGIN, self.bin / "family", "exec", "10", self.bin / "family", "work", "1", "7"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        self.assertEqual(plain.returncode, 7, plain.stderr)
        self.assertEqual(self.files(), [])

    def test_hides_the_guests_loader_settings_from_the_emulators_own(self):
        done = self.family("exec", 10, self.bin / "family", "work", 5, options=("-E", "LD_PRELOAD=/not/there.so"))
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.work(), 15)

    # --- bad input ----------------------------------------------------------------------------------------------------

    def test_refuses_options_it_does_not_know(self):
        for option in ("functions=on", "colour=red", "out=", f"out={self.out},functions=yes"):
            with self.subTest(option):
                done = self.emulate(self.bin / "exact", plugin=option)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("pytune's plugin", done.stderr)

    def test_is_checked_before_anything_runs(self):
        self.assertEqual(self.emulate(self.bin / "family", "work", 1, 7, plugin="check=on").returncode, 0)

    def test_refuses_a_folder_that_is_not_there(self):
        done = self.emulate(self.bin / "exact", plugin=f"out={self.root}/absent")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("absent", done.stderr)

    def test_refuses_guests_it_does_not_know(self):
        other = shutil.which("qemu-riscv64")
        if other is None:
            self.skipTest("qemu-riscv64 is not installed")
        done = self.emulate(self.bin / "exact", qemu=other)
        self.assertIn("qemu-aarch64 and qemu-x86_64 only", done.stderr)

    def test_counts_programs_of_this_machine_under_the_emulator_for_it(self):
        native = shutil.which("qemu-x86_64")
        if native is None or os.uname().machine != "x86_64":
            self.skipTest("this machine is no x86-64 one, or qemu-x86_64 is not installed")
        shell = "exec /bin/true"
        done = self.emulate("/bin/sh", "-c", shell, qemu=native)
        self.assertEqual(done.returncode, 0, done.stderr)
        files = self.files()
        self.assertEqual(sorted(one["ended"] for one in files), ["exec", "exit"])
        self.assertEqual(
            set(files[0]["counts"]),
            {"instructions", "branches", "conditional-branches", "indirect-branches", "calls", "returns"},
        )


if __name__ == "__main__":
    unittest.main()
