"""A sweep over fake tools: a scratch folder with a source tree, compilers, workloads and a store.

Everything around the tuner is a tiny script, so a whole sweep takes about a second and its result is always the same.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FAKES = ROOT / "tests" / "fake_tools"
PYTUNE = os.environ.get("PYTUNE_BIN", str(ROOT / "build" / "dev" / "pytune"))

# Of a script that pretends to be an interpreter: nothing is imported but what it asks for; it is started very often.
SHEBANG = f"#!{sys.executable} -IS\n"

SPEC = {
    "schema": 1,
    "source": "unused",
    "baseline": {"compiler": "gcc-12"},
    "configurations": [
        {"name": "slow", "opt": "O2"},
        {"name": "pgo", "pgo": "training"},
        {"name": "pgo-lto", "pgo": "training", "lto": "full"},
    ],
    "measure": {"rounds": 4, "confirm_rounds": 3, "system_python": False, "numeric_rounds": 0},
}


class Bench:
    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="pytune-test-"))
        self.store = self.root / "store"
        self.tree = self.root / "cpython"
        shutil.copytree(FAKES / "cpython", self.tree)
        self.log = self.root / "tools.log"
        (self.tree / "log-path").write_text(str(self.log))
        self.home = self.root / "home"
        self.workloads(["alpha", "beta", "gamma"])
        (self.home / "builds").mkdir()
        (self.home / "profiles" / "own_tests").mkdir()
        (self.home / "profiles" / "own_tests" / "list").write_text("# a fake\nall test_alpha\nnative test_beta\n")
        (self.home / "profiles" / "training").mkdir()
        (self.home / "profiles" / "training" / "run.py").write_text("print('only the fake interpreter runs this')\n")
        shutil.copytree(ROOT / "profiles" / "pyperf_hook", self.home / "profiles" / "pyperf_hook")
        self.provide_wheel(self.store)
        self.spec = self.root / "spec.json"
        self.spec.write_text(json.dumps(SPEC))

    @staticmethod
    def provide_wheel(store):
        """A finished "wheel" step, so that nothing is downloaded: the fake interpreter needs no pyperf."""
        header = (ROOT / "tuner" / "interpreter" / "wheel.h").read_text()
        pinned = dict(re.findall(r'kPyperf(Version|Sha256) =\s*"([^"]+)"', header))
        inputs = {"package": "pyperf", "sha256": pinned["Sha256"], "version": pinned["Version"]}
        key = hashlib.sha256(json.dumps(inputs, separators=(",", ":"), sort_keys=True).encode()).hexdigest()[:16]
        step = store / "wheel" / key
        (step / f"pyperf-{pinned['Version']}").mkdir(parents=True)
        record = {
            "schema": 1,
            "kind": "wheel",
            "key": key,
            "ok": True,
            "inputs": inputs,
            "details": {},
            "created": "2025-01-01T00:00:00Z",
        }
        (step / "record.json").write_text(json.dumps(record))
        (store / "FORMAT").write_text("pytune-store 1\n")

    def networks(self, suite="networks", refused=""):
        """A suite of bf16mm's kind: a network in both types, compiled for each interpreter."""
        folder = self.home / "ext"
        folder.mkdir(exist_ok=True)
        (folder / "build_module.py").write_text("pass\n")
        for name in ("net_fp32", "net_bf16"):
            (folder / f"{name}.py").write_text(f"'a fake'\n{refused}\n")
        entries = [
            {
                "name": f"net_{t}",
                "script": f"net_{t}.py",
                "kind": "numeric",
                "about": "a fake",
                "arguments": ["net", "part", t],
                "build": ["build_module.py", "net_fp32.py"],
            }
            for t in ("fp32", "bf16")
        ]
        (folder / f"{suite}.json").write_text(json.dumps({"schema": 1, "name": suite, "workloads": entries}))

    def workloads(self, names):
        folder = self.home / "profiles" / "workloads"
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / f"{name}.py").write_text("'''never run by a real interpreter'''\n")
        entries = [{"name": n, "script": f"{n}.py", "kind": "pure-python", "about": "a fake"} for n in names]
        (folder / "builtin.json").write_text(json.dumps({"schema": 1, "name": "builtin", "workloads": entries}))

    def behave(self, behaviour, only=""):
        """Makes the fake tree fail; `only` limits that to builds with this word among their flags."""
        (self.tree / "behaviour").write_text(behaviour)
        (self.tree / "behaviour-only").write_text(only)

    def environment(self, **extra):
        path = f"{FAKES / 'bin'}:{os.environ['PATH']}"
        return {
            **os.environ,
            "PATH": path,
            "PYTUNE_HOME": str(self.home),
            "NO_COLOR": "1",
            "PYTUNE_SKIP_SETUP": "1",
            "PYTUNE_LOCKS": str(self.root / "locks"),
            **extra,
        }

    def command(self, *arguments, spec=None, store=None):
        return [
            PYTUNE,
            "sweep",
            "--spec",
            str(spec or self.spec),
            "--source",
            str(self.tree),
            "--store",
            str(store or self.store),
            *arguments,
        ]

    def sweep(self, *arguments, timeout=120, spec=None, store=None, **extra):
        return subprocess.run(
            self.command(*arguments, spec=spec, store=store),
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def result(self, *arguments, **options):
        done = self.sweep("--json", *arguments, **options)
        assert done.returncode in (0, 3), done.stderr
        return json.loads(done.stdout)

    def verb(self, *words, given="", **extra):
        """What it says; `given` is its standard input."""
        return subprocess.run(
            [PYTUNE, *words],
            env=self.environment(**extra),
            input=given,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def killed_after(self, seconds, *arguments):
        """Starts the sweep and kills pytune alone with SIGKILL; its children must not disturb what comes after."""
        process = subprocess.Popen(
            self.command(*arguments), env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=seconds)
            return True
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return False

    def finished_steps(self):
        """Path and inode of every finished record: a step made again would have another inode.

        A record in `staging` is of a step that is not finished: nothing reads it before its folder is put into place.
        """
        steps = {}
        for record in self.store.glob("*/*/record.json"):
            if record.parts[-3] == "staging":
                continue
            steps[str(record.relative_to(self.store))] = record.stat().st_ino
        for block in self.store.glob("blocks/*/*.json"):
            steps[str(block.relative_to(self.store))] = block.stat().st_ino
        return steps

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)
