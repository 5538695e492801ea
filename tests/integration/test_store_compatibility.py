"""What stores made by earlier versions rely on: the inputs behind every key, the shape of every record, and that a
finished sweep of 0.1.0 is read as it was.

A key is the hash of a step's inputs. A changed input makes finished builds and blocks of a user's store worthless, so
each change here is to be meant. PYTUNE_UPDATE_GOLDEN=1 writes the golden files anew; read their diff.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import unittest

from fakes import ROOT, SPEC, Bench
from test_cross import SPEC as CROSS_SPEC
from test_cross import make_sysroot

OF_SOME_HOSTS = {"cpu_megahertz", "celsius"}  # where the kernel says them
GOLDEN = ROOT / "tests" / "golden" / "store"


def step_key(inputs):
    text = json.dumps(inputs, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def records(store):
    for path in sorted(store.glob("*/*/record.json")):
        if path.parts[-3] != "staging":
            yield json.loads(path.read_text())


def fixed(value, root):
    """Inputs with what depends on the machine replaced: paths, hashes, versions of what is installed here."""
    if isinstance(value, dict):
        return {name: fixed(one, root) for name, one in value.items()}
    if isinstance(value, list):
        return [fixed(one, root) for one in value]
    if not isinstance(value, str):
        return value
    value = value.replace(str(root), "$ROOT").replace(str(ROOT), "$CHECKOUT")
    value = re.sub(r"\b[0-9a-f]{16,64}\b", "$HASH", value)
    if "\n" in value or len(value) > 200:
        return "$TEXT"
    if value.startswith("/"):
        return "$PATH"
    return value


def shape(value):
    """A record's fields and their types; of a list, what its elements have in all.

    A list of texts is no other than an empty one: whether there is a warning depends on the machine.
    """
    if isinstance(value, dict):
        return {name: shape(one) for name, one in sorted(value.items()) if name not in OF_SOME_HOSTS}
    if isinstance(value, list):
        return ["list", *merged([[shape(one)] for one in value if not isinstance(one, str)])]
    return {str: "text", bool: "bool", int: "number", float: "number", type(None): "null"}[type(value)]


def merged(lists):
    """The union of lists of shapes: one of objects with all their fields, those of some only marked by a "?"."""
    objects = [one for shapes in lists for one in shapes if isinstance(one, dict)]
    inner = [one[1:] for shapes in lists for one in shapes if isinstance(one, list)]
    plain = sorted({one for shapes in lists for one in shapes if isinstance(one, str)})
    union = [*plain]
    if inner:
        union.append(["list", *merged(inner)])
    if objects:
        union.append(
            {
                name + ("" if all(name in one for one in objects) else "?"): only(
                    merged([[one[name]] for one in objects if name in one])
                )
                for name in sorted({name for one in objects for name in one})
            }
        )
    return union


def only(shapes):
    return shapes[0] if len(shapes) == 1 else shapes


class StoreCompatibilityTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)

    def golden(self, name, document):
        path = GOLDEN / name
        text = json.dumps(document, indent=1, sort_keys=True) + "\n"
        if os.environ.get("PYTUNE_UPDATE_GOLDEN"):
            path.write_text(text)
        self.assertEqual(path.read_text(), text)

    def check(self, name, bench):
        inputs, details = {}, {}
        for record in records(bench.store):
            kind = record["kind"]
            if kind in ("wheel", "attempt"):
                continue
            if kind != "measurement":  # whose key is over all it says
                self.assertEqual(record["key"], step_key(record["inputs"]), kind)
            text = fixed(record["inputs"], bench.root)
            if text not in inputs.setdefault(kind, []):
                inputs[kind].append(text)
            details.setdefault(kind, []).append(shape(record["details"]))
        for ones in inputs.values():
            ones.sort(key=lambda one: json.dumps(one, sort_keys=True))
        self.golden(f"{name}-inputs.json", inputs)
        self.golden(
            f"{name}-records.json", {kind: only(merged([[one] for one in shapes])) for kind, shapes in details.items()}
        )

    def host_independent(self, bench):
        """Blocks have no record of their inputs: their folder's name is their key."""
        return sorted(path.name for path in (bench.store / "blocks").iterdir())

    def test_a_sweep_has_the_keys_and_records_of_earlier_versions(self):
        bench = self.bench
        bench.networks()
        bench.spec.write_text(json.dumps({**SPEC, "measure": {**SPEC["measure"], "numeric_rounds": 2}}))
        result = bench.result("--rebuilds", "2", "--cpus", "0", "--no-tests")
        self.check("sweep", bench)
        self.check_blocks(bench, result)

    def check_blocks(self, bench, result):
        """The key of the race's blocks, made again from what the result and the other records say."""
        calibration = next(r for r in records(bench.store) if r["kind"] == "calibration")["inputs"]
        workloads = {
            r["inputs"]["workload"]["name"]: r["inputs"]["workload"]
            for r in records(bench.store)
            if r["kind"] == "calibration"
        }
        inputs = {
            "settings": calibration["settings"],
            "seed": 1,
            "host": calibration["host"],
            "arms": [[a["id"], a["python"], "", a.get("python_path", [])] for a in result["measurement"]["arms"]],
            "workloads": [{**workloads[w["name"]], "loops": w["loops"]} for w in result["measurement"]["workloads"]],
        }
        self.assertIn(step_key(inputs), self.host_independent(bench))

    def test_a_measurement_has_the_keys_and_records_of_earlier_versions(self):
        bench = Bench()
        self.addCleanup(bench.close)
        pythons = []
        for name, flags in (("plain", "-O3"), ("slow", "-O2")):
            path = bench.root / f"python-{name}"
            path.write_text(
                f"#!{shutil.which('python3')} -IS\nFLAGS = '''{flags}'''\n" + (bench.tree / "fake-python").read_text()
            )
            path.chmod(0o755)
            pythons.append(str(path))
        done = bench.verb("measure", *pythons, "--rounds", "2", "--cpus", "0", "--json", "--store", str(bench.store))
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.check("measure", bench)

    @unittest.skipIf(platform.machine() == "aarch64", "neoverse-n1 is of this machine's own architecture")
    def test_a_sweep_for_another_machine_has_the_keys_and_records_of_earlier_versions(self):
        bench = Bench()
        self.addCleanup(bench.close)
        bench.spec.write_text(json.dumps(CROSS_SPEC))
        for folder in ("cpus", "identity"):
            (bench.home / "profiles" / folder).symlink_to(ROOT / "profiles" / folder)
        bench.networks("networks-small")
        sysroot = make_sysroot(bench.root / "sysroot")
        done = bench.sweep("--json", "--sysroot", str(sysroot), "--cpus", "0", "--no-tests")
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.check("cross", bench)
