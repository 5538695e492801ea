"""pytune started by parents that mean it no good: supervisors, containers, limits, full disks, a kill at any moment.

Whatever the parent does, the run ends as it should or says in one line what to do; the same store then serves an
ordinary run; what was finished stays; and a stranger who stands in a directory of the store is left alone.
In one file, because every parent is judged in the same way.
"""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from fakes import SPEC, Bench

ROOT_USER = os.geteuid() == 0
NOBODY = 65534
MARK = b"PYTUNE_PROCESS="

# A C library that fails as told: the call number FAIL_AT of those that write, every flock, small masks of CPUs.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
extern char *program_invocation_short_name;
static int number(const char *name) { const char *v = getenv(name); return v ? atoi(v) : 0; }
static int calls;
static int full(void) {
  if (strcmp(program_invocation_short_name, "pytune") != 0 || number("FAIL_AT") == 0) return 0;
  if (__atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) < number("FAIL_AT")) return 0;
  errno = ENOSPC;
  return 1;
}
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
static int is_file(int fd) { struct stat s; return fstat(fd, &s) == 0 && S_ISREG(s.st_mode); }
ssize_t write(int fd, const void *p, size_t n) { if (is_file(fd) && full()) return -1; return NEXT(write)(fd, p, n); }
int fsync(int fd) { if (full()) return -1; return NEXT(fsync)(fd); }
int mkdir(const char *path, mode_t mode) { if (full()) return -1; return NEXT(mkdir)(path, mode); }
int rename(const char *a, const char *b) { if (full()) return -1; return NEXT(rename)(a, b); }
int symlink(const char *a, const char *b) { if (full()) return -1; return NEXT(symlink)(a, b); }
int flock(int fd, int how) {
  if (number("NO_LOCKS")) { errno = ENOLCK; return -1; }
  return NEXT(flock)(fd, how);
}
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
  if (number("MANY_CPUS") && size < 1024) { errno = EINVAL; return -1; }
  return NEXT(sched_getaffinity)(pid, size, set);
}
"""


def small_spec():
    spec = json.loads(json.dumps(SPEC))
    spec["configurations"] = spec["configurations"][:1]
    spec["measure"].update({"rounds": 2, "confirm_rounds": 0})
    return spec


def environment_of(pid):
    try:
        return (pathlib.Path("/proc") / pid / "environ").read_bytes()
    except OSError:
        return b""


def started_for(store):
    """The processes that a pytune started and whose directory, or home, is in this store."""
    numbers = [entry.name for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()]
    return [n for n in numbers if MARK in (text := environment_of(n)) and str(store).encode() in text]


def limited(what, limit):
    return lambda: resource.setrlimit(what, (limit, limit))


def close_streams():
    for fd in range(3):
        os.close(fd)


def ignore_all():
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)


def block_all():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def become_nobody():
    if ROOT_USER:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def give_to_nobody(folder):
    if ROOT_USER:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder)], check=True)


class HostileParents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.bench.workloads(["alpha"])
        cls.bench.spec.write_text(json.dumps(small_spec()))
        source = cls.bench.root / "shim.c"
        source.write_text(SHIM)
        cls.shim = str(cls.bench.root / "shim.so")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-w", str(source), "-o", cls.shim, "-ldl"], check=True)
        cls.bench.root.chmod(0o755)
        cls.bench.log.touch()
        cls.bench.log.chmod(0o666)  # the fake tools write to it, whoever runs them

    def setUp(self):
        self.store = pathlib.Path(tempfile.mkdtemp(prefix="store-", dir=self.bench.root))
        self.store.chmod(0o755)
        self.bench.provide_wheel(self.store)
        self.addCleanup(shutil.rmtree, self.store, ignore_errors=True)
        # A stranger, as who looks at the log of a failed build.
        place = self.store / "work" / "00" / "build"
        place.mkdir(parents=True)
        self.stranger = subprocess.Popen(["sleep", "1000"], cwd=place)
        self.addCleanup(self.end_stranger)

    def end_stranger(self):
        self.stranger.kill()
        self.stranger.wait()

    def run_under(self, parent=None, words=(), before=(), **options):
        """The sweep as a child of this parent: `parent` acts between fork and exec, `before` are words before it."""
        extra = options.pop("environment", {})
        return subprocess.run(
            [*before, *self.bench.command("--json", *words, store=self.store)],
            env={**self.bench.environment(), **extra},
            preexec_fn=parent,
            capture_output=not options,
            text=True,
            timeout=100,
            check=False,
            **options,
        )

    def assert_one_line(self, done, *words, status=(1, 2)):
        self.assertIn(done.returncode, status, done.stderr)
        lines = [line for line in done.stderr.splitlines() if not line.startswith("pytune: warning: ")]
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertRegex(lines[0], "^pytune: ")
        self.assertNotIn("internal error", lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def assert_done(self, done):
        self.assertIn(done.returncode, (0, 3), done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual([b.get("failure") for b in result["builds"]], [None, None], done.stderr)

    def assert_unharmed(self):
        """After all that, an ordinary run succeeds with this store and repeats nothing that was finished."""
        kept = {str(p): p.stat().st_ino for p in self.store.glob("*/*/record.json") if p.parts[-3] != "staging"}
        self.assert_done(self.run_under())
        for path, inode in kept.items():
            self.assertEqual(pathlib.Path(path).stat().st_ino, inode, f"{path} was finished, and made again")
        self.assertIsNone(self.stranger.poll(), "a process that pytune did not start was ended")
        self.assertEqual(started_for(self.store), [])
        self.assertEqual(list((self.store / "staging").iterdir()), [])

    # Parents that do no harm once their ways are neutralised.

    def test_standard_streams_are_closed(self):
        file = self.store.with_suffix(".result")
        done = self.run_under(close_streams, stdin=subprocess.DEVNULL, words=["--progress", "always"])
        self.assertIn(done.returncode, (0, 3))
        for record in self.store.glob("*/*/record.json"):
            json.loads(record.read_text())  # nothing was printed into a file
        self.assertFalse(file.exists())
        self.assert_unharmed()

    def test_every_signal_is_ignored(self):
        self.assert_done(self.run_under(ignore_all))
        self.assert_unharmed()

    def test_every_signal_is_blocked(self):
        self.assert_done(self.run_under(block_all))
        self.assert_unharmed()

    def test_children_of_the_parent_are_reaped_unseen_and_statuses_are_right_all_the_same(self):
        root = self.bench.root / "root"
        boot = root / "proc" / "sys" / "kernel" / "random"
        boot.mkdir(parents=True)
        (boot / "boot_id").write_text("1\n")
        words = ["doctor", "--root", str(root), "--state", str(self.store / "state")]
        done = subprocess.run(
            [self.bench.command()[0], *words, "--tune", "--", "sh", "-c", "exit 7"],
            preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
            env=self.bench.environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 7, done.stderr)

    def test_a_mode_mask_that_leaves_the_owner_nothing(self):
        give_to_nobody(self.store)
        self.addCleanup(subprocess.run, ["chown", "-R", str(os.geteuid()), str(self.store)], check=False)

        def parent():
            become_nobody()
            os.umask(0o777)

        self.assert_done(self.run_under(parent, environment=self.for_nobody()))
        self.assertEqual((self.store / "sweep").stat().st_mode & 0o777, 0o755)

    def test_the_mode_mask_of_a_private_user_holds_for_what_they_named(self):
        export = self.bench.root / "private.csv"
        done = self.run_under(lambda: os.umask(0o077))
        self.assert_done(done)
        words = ["compare", json.loads(done.stdout)["id"], "--store", str(self.store), "--export", f"csv={export}"]
        exported = subprocess.run(
            [self.bench.command()[0], *words],
            preexec_fn=lambda: os.umask(0o077),
            env=self.bench.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertTrue(export.exists(), exported.stderr)
        self.assertEqual(export.stat().st_mode & 0o777, 0o600)
        self.assert_unharmed()

    def test_few_open_files_but_enough(self):
        self.assert_done(self.run_under(limited(resource.RLIMIT_NOFILE, 64)))
        self.assert_unharmed()

    def test_the_directory_it_stands_in_is_removed(self):
        place = self.bench.root / "gone"
        place.mkdir()

        def parent():
            os.chdir(place)
            place.rmdir()

        self.assert_done(self.run_under(parent))
        self.assert_unharmed()

    def test_no_directory_for_temporary_files(self):
        self.assert_done(self.run_under(environment={"TMPDIR": "/nowhere"}))
        self.assert_unharmed()

    def test_more_cpus_than_a_fixed_mask_holds(self):
        self.assert_done(self.run_under(environment={"LD_PRELOAD": self.shim, "MANY_CPUS": "1"}))
        self.assert_unharmed()

    def test_a_hangup_that_nohup_ignores_is_no_reason_to_stop(self):
        run = subprocess.Popen(
            ["nohup", *self.bench.command("--json", store=self.store)],
            env=self.bench.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(0.1)
        run.send_signal(signal.SIGHUP)
        self.assertIn(run.wait(timeout=100), (0, 3))
        run.communicate()
        self.assert_unharmed()

    # Parents under which it cannot work: one line.

    def test_too_few_open_files(self):
        for limit in (16, 63):
            self.assert_one_line(self.run_under(limited(resource.RLIMIT_NOFILE, limit)), "ulimit -n", status=(2,))
        self.assert_unharmed()

    def test_too_small_a_stack(self):
        self.assert_one_line(self.run_under(limited(resource.RLIMIT_STACK, 512 << 10)), "ulimit -s", status=(2,))
        self.assert_unharmed()

    def test_no_process_may_be_started(self):
        give_to_nobody(self.store)
        self.addCleanup(subprocess.run, ["chown", "-R", str(os.geteuid()), str(self.store)], check=False)

        def parent():
            become_nobody()
            limited(resource.RLIMIT_NPROC, 0)()

        self.assert_one_line(self.run_under(parent, environment=self.for_nobody()), "ulimit -u")
        self.assertIsNone(self.stranger.poll())

    def test_files_may_not_grow(self):
        done = self.run_under(limited(resource.RLIMIT_FSIZE, 512))
        self.assertNotIn(done.returncode, (0, 3))
        self.assertIn("ulimit -f", done.stderr)
        self.assert_unharmed()

    def test_little_memory(self):
        done = self.run_under(limited(resource.RLIMIT_AS, 96 << 20))
        self.assertGreater(done.returncode, 0, "it was killed")
        self.assertNotIn("internal error", done.stderr)
        self.assert_unharmed()

    def test_output_to_a_full_disk_or_to_nobody(self):
        self.assert_done(self.run_under())
        reader, writer = os.pipe()
        os.close(reader)
        with pathlib.Path("/dev/full").open("w") as full, os.fdopen(writer, "w") as pipe:
            for output, why in ((full, "No space left"), (pipe, "Broken pipe")):
                done = self.run_under(stdout=output, stderr=subprocess.PIPE)
                self.assert_one_line(done, "standard output", why, status=(1,))
        self.assert_unharmed()

    def test_a_file_system_without_locks(self):
        done = self.run_under(environment={"LD_PRELOAD": self.shim, "NO_LOCKS": "1"})
        self.assert_one_line(done, "cannot be locked", status=(1,))
        self.assert_unharmed()

    def test_no_place_for_a_store(self):
        command = self.bench.command()
        at = command.index("--store")
        done = subprocess.run(
            command[:at],
            env={k: v for k, v in self.bench.environment().items() if k not in ("HOME", "XDG_CACHE_HOME")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assert_one_line(done, "HOME", "--store", status=(2,))

    def test_a_store_that_may_not_be_written_to(self):
        give_to_nobody(self.store)
        self.store.chmod(0o555)
        self.addCleanup(self.store.chmod, 0o755)
        self.addCleanup(subprocess.run, ["chown", "-R", str(os.geteuid()), str(self.store)], check=False)
        done = self.run_under(become_nobody, environment=self.for_nobody())
        self.assert_one_line(done, str(self.store), "--store")

    def test_the_store_of_somebody_else(self):
        if not ROOT_USER:
            return  # only root can give a store away
        give_to_nobody(self.store)
        before = sorted(self.store.rglob("*"))
        self.assert_one_line(self.run_under(), "belongs to nobody", "--store", status=(2,))
        self.assertEqual(sorted(self.store.rglob("*")), before)
        # And what root has left in a user's: its locks.
        (self.store / "locks").mkdir()
        for name in ("locks", "staging", "work"):
            (self.store / name).mkdir(exist_ok=True)
        give_to_nobody(self.store)
        for name in ("locks/uses.lock", "work/00.lock"):
            (self.store / name).write_text("")
            (self.store / name).chmod(0o644)
        done = self.run_under(become_nobody, environment=self.for_nobody())
        self.assert_one_line(done, "belongs to root", status=(1,))
        self.assertIsNone(self.stranger.poll())

    def test_a_file_system_that_runs_no_programs(self):
        done = self.run_mounted(f"mount -t tmpfs -o noexec none {self.bench.root}/noexec", store="noexec/store")
        if done is not None:
            self.assertIn("noexec", done.stderr)
            self.assertIn(done.returncode, (1, 2), done.stderr)

    def test_without_proc(self):
        done = self.run_mounted("mount -t tmpfs none /proc")
        if done is not None:
            self.assertIn(done.returncode, (0, 3), done.stderr)
            self.assertIsNone(self.stranger.poll())

    def test_without_dev(self):
        done = self.run_mounted("mount -t tmpfs none /dev")
        if done is not None:
            self.assert_one_line(done, "/dev/null: No such file", status=(1,))

    def run_mounted(self, mount, store=None):
        """The sweep where this is mounted; nothing where a user may not mount."""
        (self.bench.root / "noexec").mkdir(exist_ok=True)
        inside = ["unshare", "--mount", "sh", "-ec", mount + '; exec "$@"', "sh"]
        if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
            return None
        at = self.bench.root / store if store else self.store
        return subprocess.run(
            [*inside, *self.bench.command("--json", store=at)],
            env=self.bench.environment(),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    # Parents that end it.

    def test_the_disk_is_full_at_any_write(self):
        shim = {"LD_PRELOAD": self.shim}
        for at in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144):
            done = self.run_under(environment={**shim, "FAIL_AT": str(at)})
            if done.returncode in (0, 3):
                break
            self.assertGreater(done.returncode, 0, f"write {at}: {done.stderr}")
            self.assertIn("No space left", done.stderr, f"write {at}")
            self.assertNotIn("internal error", done.stderr)
        self.assert_unharmed()

    def test_it_is_killed_at_any_moment(self):
        choice = random.Random(7)
        for _ in range(6):
            run = subprocess.Popen(
                self.bench.command("--json", store=self.store),
                env=self.bench.environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(choice.uniform(0.05, 0.8))
            run.kill()
            run.wait()
            until = time.monotonic() + 10
            while started_for(self.store) and time.monotonic() < until:
                time.sleep(0.02)
            self.assertEqual(started_for(self.store), [], "what a killed pytune had started goes on")
        self.assert_unharmed()

    def for_nobody(self):
        home = self.bench.root / "home-of-nobody"
        home.mkdir(exist_ok=True)
        home.chmod(0o777)
        locks = self.bench.root / "locks-of-nobody"
        locks.mkdir(exist_ok=True)
        locks.chmod(0o777)
        return {"HOME": str(home), "PYTUNE_LOCKS": str(locks), "LD_PRELOAD": ""}


if __name__ == "__main__":
    unittest.main()
