"""`pytune doctor --tune` and `--restore` over a made-up /proc and /sys."""

import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import tempfile
import time
import unittest

from fakes import PYTUNE

CPUS = 64
FILES = {
    "proc/sys/kernel/random/boot_id": "1d3a\n",
    "proc/sys/kernel/randomize_va_space": "2\n",
    "proc/sys/kernel/perf_event_paranoid": "3\n",
    "proc/sys/vm/swappiness": "60\n",
    "sys/devices/system/cpu/cpufreq/boost": "1\n",
    "sys/kernel/mm/transparent_hugepage/enabled": "always\n",
    **{
        f"sys/devices/system/cpu/cpufreq/policy{n}/scaling_governor": ("powersave\n", "schedutil\n", "ondemand\n")[
            n % 3
        ]
        for n in range(CPUS)
    },
}


class TuneTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root, self.state = self.folder / "root", self.folder / "state"
        for name, text in FILES.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def command(self, *words):
        return [
            PYTUNE,
            "doctor",
            "--root",
            str(self.root),
            "--state",
            str(self.state),
            "--store",
            str(self.folder / "store"),
            "--no-color",
            *words,
        ]

    def doctor(self, *words):
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=60, check=False)

    def now(self):
        return {name: (self.root / name).read_text() for name in FILES}

    def test_tunes_and_puts_back_every_byte(self):
        done = self.doctor("--tune")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(
            done.stdout,
            r"(?m)^governor +done +powersave -> performance: /sys/devices/system/cpu/cpufreq/policy0/scaling_governor",
        )
        self.assertIn("pytune doctor --restore", done.stdout)
        self.assertEqual((self.root / "proc/sys/vm/swappiness").read_text(), "1\n")
        self.assertIn("settings at", self.doctor().stdout)
        done = self.doctor("--restore")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("All is as it was", done.stdout)
        self.assertEqual(self.now(), FILES)

    def test_looking_changes_nothing(self):
        self.doctor()
        self.assertEqual(self.now(), FILES)
        self.assertFalse(self.state.exists())

    def test_killed_at_many_random_moments_everything_can_be_put_back(self):
        choice = random.Random(7)
        killed = tuned = 0
        start = time.monotonic()
        self.doctor("--tune")
        # The moments are spread over a whole run, however slow the machine, and however slow it becomes meanwhile.
        spread = time.monotonic() - start
        self.assertEqual(self.doctor("--restore").returncode, 0)
        for round_ in range(60):
            for _ in range(
                choice.choice((1, 1, 2))
            ):  # a second tune must not take the first one's values for the originals
                process = subprocess.Popen(
                    self.command(choice.choice(("--tune", "--tune", "--restore"))),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                try:
                    process.wait(timeout=choice.uniform(0.02, 1.2) * spread)
                    spread /= 1.05
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    killed += 1
                    spread *= 1.05
            tuned += self.now() != FILES
            done = self.doctor("--restore")
            self.assertEqual(done.returncode, 0, f"round {round_}: {done.stdout}{done.stderr}")
            self.assertEqual(self.now(), FILES)
        self.assertGreater(killed, 0)
        self.assertGreater(tuned, 0)

    def test_a_setting_that_cannot_be_written_is_told_and_the_others_are_set(self):
        (self.root / "proc/sys/vm/swappiness").chmod(0o444)
        nobody = 65534
        user = {}
        if os.geteuid() == 0:  # root may write to everything
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, nobody, nobody)
            user = {"user": nobody, "group": nobody, "extra_groups": []}
        try:
            done = subprocess.run(
                self.command("--tune"), capture_output=True, text=True, timeout=60, check=False, **user
            )
        except PermissionError:
            self.skipTest("the program lies where only root can start it")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(
            done.stdout, r"(?m)^swap +failed +60 -> 1: /proc/sys/vm/swappiness: Permission denied\n +-> do it as root$"
        )
        self.assertEqual((self.root / "sys/devices/system/cpu/cpufreq/boost").read_text(), "0\n")
        done = subprocess.run(
            self.command("--restore"), capture_output=True, text=True, timeout=60, check=False, **user
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.now(), FILES)

    def test_what_somebody_changed_since_is_left_unless_forced(self):
        self.doctor("--tune")
        (self.root / "proc/sys/vm/swappiness").write_text("30\n")
        done = self.doctor("--restore", "--json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([s["state"] for s in json.loads(done.stdout)["settings"] if s["topic"] == "swap"], ["left"])
        self.assertEqual(self.now(), {**FILES, "proc/sys/vm/swappiness": "30\n"})
        self.assertEqual(self.doctor("--restore", "--force").returncode, 0)
        self.assertEqual(self.now(), FILES)

    def test_a_command_runs_tuned_and_everything_is_put_back_however_it_ends(self):
        swappiness = str(self.root / "proc/sys/vm/swappiness")
        for code, status in [("", 0), ("; sys.exit(7)", 7), ("; os.kill(os.getpid(), 9)", 137)]:
            done = self.doctor(
                "--tune", "--", "python3", "-c", f"import os, sys; print(open({swappiness!r}).read(), flush=True){code}"
            )
            self.assertEqual((done.returncode, done.stdout.strip()), (status, "1"), done.stderr)
            self.assertEqual(self.now(), FILES)
        done = self.doctor("--tune", "--", "/no/such/program", "--json")
        self.assertEqual(done.returncode, 127)
        self.assertIn("cannot run /no/such/program", done.stderr)
        self.assertEqual(self.now(), FILES)

    def test_an_interrupted_command_is_ended_and_everything_put_back(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen(
                self.command("--tune", "--", "sh", "-c", "echo up; exec sleep 1000"), stdout=subprocess.PIPE, text=True
            )
            self.assertEqual(process.stdout.readline(), "up\n")
            self.assertNotEqual(self.now(), FILES)
            process.send_signal(number)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 128 + signal.SIGTERM)
            self.assertEqual(self.now(), FILES)

    def running(self):
        """A tuned command that runs until it gets a line."""
        process = subprocess.Popen(
            self.command("--tune", "--", "sh", "-c", "echo up; read line; exit 5"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.assertEqual(process.stdout.readline(), "up\n")
        return process

    def end(self, process):
        process.communicate("end\n", timeout=60)
        self.assertEqual(process.returncode, 5)

    def test_of_several_commands_the_last_one_puts_everything_back(self):
        first, second = self.running(), self.running()
        tuned = self.now()
        self.assertNotEqual(tuned, FILES)
        self.end(first)
        self.assertEqual(self.now(), tuned)
        self.assertRegex(
            self.doctor().stdout, r"(?m)^tuning +ok +--tune wrote \d+ settings at \S+ for a command that runs"
        )
        third = self.running()
        second.kill()
        second.wait()
        self.assertEqual(self.now(), tuned)
        self.end(third)
        self.assertEqual(self.now(), FILES)
        self.assertEqual([p.name for p in self.state.iterdir() if p.suffix == ".json"], [])

    def test_a_command_does_not_undo_what_was_tuned_for_good(self):
        self.doctor("--tune")
        tuned = self.now()
        self.end(self.running())
        self.assertEqual(self.now(), tuned)
        self.doctor("--restore")
        self.assertEqual(self.now(), FILES)
        command = self.running()
        self.doctor("--tune")
        self.end(command)
        self.assertEqual(self.now(), tuned)
        self.doctor("--restore")
        self.assertEqual(self.now(), FILES)

    def test_restoring_under_a_command_is_put_off_to_its_end(self):
        self.doctor("--tune")
        command = self.running()
        tuned = self.now()
        done = self.doctor("--restore")
        self.assertEqual((done.returncode, self.now()), (0, tuned))
        self.assertIn("a command still runs", done.stdout)
        self.end(command)
        self.assertEqual(self.now(), FILES)
        command = self.running()
        self.doctor("--restore", "--force")
        self.assertEqual(self.now(), FILES)
        self.end(command)
        self.assertEqual(self.now(), FILES)

    def test_everything_is_put_back_if_the_command_cannot_be_started(self):
        user = {}
        if os.geteuid() == 0:  # whom no limit holds
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, 65534, 65534)
            user = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            done = subprocess.run(
                self.command("--tune", "--", "true"),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)),
                **user,
            )
        except PermissionError:
            self.skipTest("the program lies where only root can start it")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot start true: Resource temporarily unavailable", done.stderr)
        self.assertEqual(self.now(), FILES)

    def test_nothing_is_tuned_where_the_boot_cannot_be_told(self):
        boot = self.root / "proc/sys/kernel/random/boot_id"
        boot.write_text("\n")
        for words in (("--tune",), ("--tune", "--", "true")):
            done = self.doctor(*words)
            self.assertEqual(done.returncode, 1)
            self.assertIn("after a restart nobody could tell what to put back", done.stderr)
            self.assertEqual(self.now(), {**FILES, "proc/sys/kernel/random/boot_id": "\n"})
        boot.write_text("1d3a\n")
        self.doctor("--tune")
        record = self.state / "tuned.json"
        kept = record.read_text()
        boot.write_text("\n")
        done = self.doctor("--restore")
        self.assertEqual((done.returncode, record.read_text()), (1, kept))
        boot.write_text("1d3a\n")
        record.write_text(kept.replace('"1d3a"', '""'))
        self.assertIn("restarted since", self.doctor("--restore").stdout)

    def test_bad_options(self):
        for words, text in [
            (("--tune", "--restore"), "not both"),
            (("--force",), "--force goes with"),
            (("--", "true"), "goes with --tune"),
            (("--restore", "--", "true"), "goes with --tune"),
        ]:
            done = self.doctor(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)
        self.state.write_text("a file")
        done = self.doctor("--tune")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--state DIR", done.stderr)
        self.assertEqual(self.now(), FILES)


if __name__ == "__main__":
    unittest.main()
