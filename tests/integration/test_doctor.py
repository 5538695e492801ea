"""`pytune doctor` on whatever machine this is: its form, not its findings."""

import json
import unittest

from fakes import Bench


class DoctorTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.store = self.bench.root / "not-there" / "store"

    def doctor(self, *words, **extra):
        return self.bench.verb("doctor", "--store", str(self.store), *words, **extra)

    def test_every_finding_that_is_not_ok_has_its_remedy(self):
        done = self.doctor("--json")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if report["fit"] else 3)
        self.assertEqual(report["fit"], all(f["level"] != "problem" for f in report["findings"]))
        for finding in report["findings"]:
            self.assertEqual(finding["level"] == "ok", finding["remedy"] == "", finding)
        self.assertLessEqual(
            {"governor", "load", "disk", "pip", "gcc", "clang", "BOLT"}, {f["topic"] for f in report["findings"]}
        )

    def test_lists_the_surroundings_and_what_becomes_of_them(self):
        home = self.bench.root / "user"
        (home / ".config" / "pip").mkdir(parents=True)
        (home / ".config" / "pip" / "pip.conf").write_text("[global]\nindex-url = https://user:secret@host/\n")
        variables = {
            "PYTHONMALLOC": ("interpreters", "nothing that pytune starts gets it"),
            "GLIBC_TUNABLES": ("interpreters", "nothing that pytune starts gets it"),
            "OMP_NUM_THREADS": ("interpreters", "nothing that pytune starts gets it"),
            "LD_LIBRARY_PATH": ("interpreters", "passed on to pip and what it compiles, tools"),
            "CFLAGS": ("compilers", "passed on to pip and what it compiles; not to"),
            "CPATH": ("compilers", "passed on to pip and what it compiles; not to"),
            "MAKEFLAGS": ("compilers", "nothing that pytune starts gets it"),
            "PIP_TARGET": ("pip", "nothing that pytune starts gets it"),
            "PIP_INDEX_URL": ("network", "passed on to pip"),
            "FORCE_COLOR": ("text", "plain English"),
            "LANG": ("text", "plain English"),
            "TMPDIR": ("places", "passed on to pip and what it compiles, tools"),
            "HOME": ("places", "also to measured processes"),
        }
        values = dict.fromkeys(variables, "sEcret")
        values.update(HOME=str(home), TMPDIR="/tmp", LANG="C", LD_LIBRARY_PATH="/nowhere")
        done = self.doctor("--json", **values)
        findings = json.loads(done.stdout)["findings"]
        for name, (topic, fate) in variables.items():
            states = [f["state"] for f in findings if f["topic"] == topic and f"{name}" in f["state"]]
            self.assertEqual(len(states), 1, (name, findings))
            self.assertIn(fate, states[0])
        self.assertNotIn("sEcret", done.stdout)
        self.assertIn("pip.conf: only what it takes to reach an index", done.stdout)
        self.assertNotIn("secret@host", done.stdout)
        self.assertLessEqual({"umask", "ulimits", "cgroup"}, {f["topic"] for f in findings})

    def test_changes_nothing_not_even_the_store(self):
        self.assertIn("nothing was changed", self.doctor().stdout)
        self.assertFalse(self.store.parent.exists())

    def test_finds_the_compilers_on_path(self):
        findings = {f["topic"]: f for f in json.loads(self.doctor("--json").stdout)["findings"]}
        self.assertIn("gcc-12", findings["gcc"]["state"])
        nothing = self.bench.root / "nothing"
        nothing.mkdir()
        done = self.doctor("--json", PATH=str(nothing))
        findings = {f["topic"]: f for f in json.loads(done.stdout)["findings"]}
        self.assertEqual((findings["gcc"]["level"], findings["gcc"]["remedy"]), ("problem", "apt-get install gcc"))
        self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    unittest.main()
