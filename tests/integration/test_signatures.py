"""A source that is checked by its Sigstore bundle, over a fake tool: what the tool is asked, told, and recorded."""

import hashlib
import json
import tarfile
import unittest

from fakes import SHEBANG, SPEC, Bench

# Its bundles hold what they sign in plain text.
TOOL = (
    SHEBANG
    + """
import hashlib, json, os, sys
words = sys.argv[1:]
if words == ["--version"]:
    print("sigstore 4.5.1")
    sys.exit()
assert words[:2] == ["verify", "identity"], words
assert not [name for name in os.environ if name.startswith("PYTHON")], os.environ
given = dict(zip(words[2::2], words[3::2]))
bundle = json.load(open(given["--bundle"]))
problem = ""
if given["--cert-identity"] != bundle["identity"]:
    problem = "Certificate's SANs do not match " + given["--cert-identity"]
elif hashlib.sha256(open(words[-1], "rb").read()).hexdigest() != bundle["sha256"]:
    problem = "Bundle message digest mismatch"
if problem:
    print("[10:00:00] ERROR    FAIL: " + words[-1] + "        _cli.py:1159", file=sys.stderr)
    print("           ERROR    " + problem + "        errors.py:42", file=sys.stderr)
    sys.exit(1)
print("OK: " + words[-1], file=sys.stderr)
"""
)


class SignaturesTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.bench.spec.write_text(json.dumps({**SPEC, "configurations": [{"name": "slow", "opt": "O2"}]}))
        self.archive = self.bench.root / "Python-3.13.5.tgz"
        with tarfile.open(self.archive, "w:gz") as tar:
            tar.add(self.bench.tree, "Python-3.13.5")
        self.bundle = self.bench.root / "Python-3.13.5.tgz.sigstore"
        self.sign("thomas@python.org")
        self.tools = self.bench.root / "tools"
        self.tools.mkdir()
        self.program("sigstore", TOOL)

    def program(self, name, text):
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def sign(self, identity):
        digest = hashlib.sha256(self.archive.read_bytes()).hexdigest()
        self.bundle.write_text(json.dumps({"identity": identity, "sha256": digest}))

    def sweep(self, *words, source=None, **extra):
        path = f"{self.tools}:{self.bench.environment()['PATH']}"
        return self.bench.verb(
            "sweep",
            *("--spec", str(self.bench.spec), "--store", str(self.bench.store)),
            *("--source", source or f"file://{self.archive}", *words),
            **{"PATH": path, **extra},
        )

    def refused(self, status, text, *words, **options):
        done = self.sweep(*words, **options)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (status, 1), done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(list(self.bench.store.glob("archive/*")) + list(self.bench.store.glob("source/*")), [])

    def test_what_was_checked_and_by_whom_is_recorded_and_said(self):
        done = self.sweep("--json")
        self.assertIn(done.returncode, (0, 3), done.stderr)
        said = json.loads(done.stdout)["builds"][0]["source_origin"]
        self.assertEqual(said, f"file://{self.archive}, signed by thomas@python.org (Sigstore)")
        (step,) = self.bench.store.glob("resolution/*")
        record = json.loads((step / "record.json").read_text())
        self.assertEqual(record["inputs"]["issuer"], "https://accounts.google.com")
        self.assertEqual(record["details"], {"bundle": f"file://{self.bundle}", "tool": "sigstore 4.5.1"})
        self.assertEqual((step / "bundle.sigstore").read_text(), self.bundle.read_text())

    def test_another_identity_another_file_and_no_bundle_are_one_line_each(self):
        self.sign("mallory@example.org")
        self.refused(1, "(Certificate's SANs do not match thomas@python.org); somebody else signed it")
        self.bundle.write_text(json.dumps({"identity": "thomas@python.org", "sha256": "0" * 64}))
        self.refused(1, "(Bundle message digest mismatch); it is damaged, or the bundle is another file's")
        self.refused(1, "SANs do not match me@example.org", "--signer", "me@example.org,https://example.org")
        self.bundle.unlink()
        self.refused(1, "has no Sigstore bundle beside it")
        self.refused(2, "--sigstore: none.sigstore: no such file", "--sigstore", "none.sigstore")
        self.refused(2, "--signer: give --sigstore", "--signer", "a@b.c,https://d.e", source=str(self.archive))

    def test_without_a_tool_it_says_what_to_install_or_to_give(self):
        (self.tools / "sigstore").unlink()
        self.program("python3", "#!/bin/false\n")  # one without the module
        self.refused(
            2, "install a tool that does (pipx install sigstore, or cosign), or give --sha256", PATH=str(self.tools)
        )


if __name__ == "__main__":
    unittest.main()
