"""Results that are kept, shown again, compared and exported, over fake interpreters and a web server of our own."""

import contextlib
import csv
import http.server
import io
import json
import os
import re
import socket
import threading
import time
import unittest
import urllib.parse

from fakes import SHEBANG, Bench

# codespeed/results.py, validate_result: what a result must hold, none of it empty.
CODESPEED_REQUIRED = ("commitid", "branch", "project", "executable", "benchmark", "environment", "result_value")


@contextlib.contextmanager
def codespeed(status=202, answer=b"All result data saved successfully", hang=False):
    """A server on the loopback that takes posts; yields its URL and the (path, body) of each."""
    posts = []
    released = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            posts.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            if hang:
                released.wait(60)
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", posts
    finally:
        released.set()
        server.shutdown()
        server.server_close()


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.pythons = []
        for name, flags in (("plain", "-O3"), ("fast", "-O3 -fprofile-use"), ("slow", "-O2")):
            path = cls.bench.root / f"python-{name}"
            path.write_text(f"{SHEBANG}FLAGS = '''{flags}'''\n{(cls.bench.tree / 'fake-python').read_text()}")
            path.chmod(0o755)
            cls.pythons.append(str(path))
        done = cls.measure("--json")
        assert done.returncode == 0, done.stderr
        cls.result = json.loads(done.stdout)
        cls.file = cls.bench.root / "result.json"
        cls.file.write_text(done.stdout)
        cls.out = cls.bench.root / "out"
        cls.out.mkdir()

    @classmethod
    def measure(cls, *words, rounds="5"):
        return cls.bench.verb(
            "measure", *cls.pythons, "--rounds", rounds, *words, "--store", str(cls.bench.store), no_proxy="*"
        )

    def compare(self, *words, **extra):
        return self.bench.verb("compare", *words, "--store", str(self.bench.store), no_proxy="*", **extra)

    def says(self, done, status, *texts):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for text in texts:
            self.assertIn(text, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_a_measurement_is_shown_again_by_id_and_from_its_file(self):
        shown = self.measure()
        for word in (self.result["id"], self.result["id"][:6], str(self.file)):
            with self.subTest(word):
                self.assertEqual(self.compare(word).stdout, shown.stdout)
                self.assertEqual(json.loads(self.compare(word, "--json").stdout), self.result)

    def test_measuring_again_with_other_rounds_is_another_result(self):
        other = json.loads(self.measure("--json", rounds="6").stdout)
        self.assertNotEqual(other["id"], self.result["id"])
        self.assertEqual(json.loads(self.compare(other["id"], "--json").stdout)["comparison"]["rounds"], 6)
        self.assertEqual(json.loads(self.compare(self.result["id"], "--json").stdout)["comparison"]["rounds"], 5)

    def test_the_same_blocks_looked_at_in_the_same_way_are_the_same_result(self):
        self.assertEqual(json.loads(self.measure("--json").stdout), self.result)
        record = self.bench.store / "measurement" / self.result["id"] / "record.json"
        before = record.read_text()
        record.write_text(before.replace('"cpu"', '"sun"'))
        self.assertNotEqual(record.read_text(), before)
        again = json.loads(self.measure("--json").stdout)
        self.assertEqual((again["id"], again["comparison"]), (self.result["id"], self.result["comparison"]))
        self.assertIn('"cpu"', record.read_text())
        record.write_text(before)

    def test_the_store_lists_measurements_and_prune_leaves_them(self):
        self.assertRegex(self.bench.verb("store", "--store", str(self.bench.store)).stdout, r"(?m)^  measurement +\d")
        listed = self.bench.verb("store", "results", "--store", str(self.bench.store)).stdout
        self.assertRegex(listed, rf"(?m)^{self.result['id']} measurement 20\S+Z .*python-plain, .*python-fast, ")
        as_json = json.loads(self.bench.verb("store", "results", "--json", "--store", str(self.bench.store)).stdout)
        self.assertIn(self.result["id"], [r["id"] for r in as_json])
        self.assertEqual(self.bench.verb("store", "prune", "--store", str(self.bench.store)).returncode, 0)
        self.assertEqual(self.compare(self.result["id"]).returncode, 0)

    def test_results_are_compared_with_each_other_and_with_pyperf_files(self):
        self.assertEqual(self.compare(self.result["id"], "--export", f"pyperf={self.out / 'mixed'}").returncode, 0)
        other = json.loads(self.measure("--json", "--seed", "4").stdout)
        mixed = next(f for f in (self.out / "mixed").iterdir() if "fast" in f.name)
        done = self.compare(self.result["id"], other["id"], str(mixed), "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        both = json.loads(done.stdout)
        names = [i["name"] for i in both["interpreters"]]
        self.assertEqual(len(names), 7)
        self.assertTrue(names[1].endswith(f"python-fast [{self.result['id'][:8]}]"), names)
        speeds = {a["arm"]: a["speed"]["estimate"] for a in both["comparison"]["arms"]}
        for place, factor in ((1, 0.80), (2, 1.10), (4, 0.80), (5, 1.10), (6, 0.80)):
            self.assertAlmostEqual(speeds[both["interpreters"][place]["arm"]], 1 / factor, delta=0.02)
        self.assertIn("measured one after the other", " ".join(both["measurement"]["notes"]))

    def test_a_sweep_is_shown_and_exported_too(self):
        sweep = self.bench.result()
        shown = self.compare(sweep["id"][:8], "--export", f"csv={self.out / 'sweep.csv'}")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"pgo-lto \(CPython 3\.13\.5\) +1\.\d{3}x")
        rows = list(csv.DictReader(io.StringIO((self.out / "sweep.csv").read_text())))
        self.assertEqual({r["baseline"] for r in rows}, {"baseline (CPython 3.13.5)"})
        (self.out / "sweep.json").write_text(json.dumps(sweep))
        self.assertEqual(self.compare(str(self.out / "sweep.json")).stdout, self.compare(sweep["id"]).stdout)

    def test_what_is_no_result_is_refused_in_one_line(self):
        text = self.file.read_text()
        first = self.result["id"]
        (self.out / "cut.json").write_text(text[:-400])
        (self.out / "kind.json").write_text(text.replace('"kind": "measurement"', '"kind": "plan"'))
        (self.out / "empty.json").write_text("")
        (self.out / "other.json").write_text('{"a": 1}')
        (self.out / "time.json").write_text(
            re.sub(r'"wall_values": \[\s*[0-9.e-]+', '"wall_values": [-1', text, count=1)
        )
        wrong = ("0" if first[3] != "0" else "1").join((first[:3], first[4:]))
        for words, texts in [
            ((str(self.out / "cut.json"),), ["cut.json: neither a pytune result nor a pyperf file: breaks off after"]),
            ((str(self.out / "kind.json"),), ["kind.json: not a whole pytune result: kind: expected"]),
            ((str(self.out / "empty.json"),), ["empty.json", "is empty"]),
            ((str(self.out / "other.json"),), ["other.json: not a pyperf file"]),
            ((str(self.out / "time.json"),), ["time.json: not a whole pytune result: measurement.blocks[0]"]),
            ((str(self.out),), ["is a directory"]),
            (("/dev/null",), ["is empty"]),
            ((str(self.out / "none"),), ["no such file"]),
            (
                (wrong,),
                ["no measurement or sweep of this id (`pytune store results` lists them)", f'did you mean "{first}"?'],
            ),
            (("plan",), ["plan: no such file, and no measurement"]),
            ((), ["give a result"]),
        ]:
            with self.subTest(words):
                self.says(self.compare(*words), 2, *texts)
        self.says(self.bench.verb("compare", "abcd", "--store", str(self.out / "no-store")), 2, "no store in")
        self.assertFalse((self.out / "no-store").exists())

    def test_an_id_that_is_the_beginning_of_several_is_refused(self):
        kept = self.bench.store / "measurement"
        copy = kept / (self.result["id"][:15] + ("0" if self.result["id"][15] != "0" else "1"))
        copy.mkdir()
        try:
            (copy / "record.json").write_text((kept / self.result["id"] / "record.json").read_text())
            self.says(self.compare(self.result["id"][:15]), 2, "2 results begin so", f"measurement {self.result['id']}")
            (copy / "record.json").write_text("{}")
            done = self.compare(copy.name)
            self.assertEqual(done.returncode, 2)
            self.assertIn("damaged", done.stderr)
        finally:
            (copy / "record.json").unlink()
            copy.rmdir()

    def test_csv_has_a_row_for_each_interpreter_and_workload(self):
        path = self.out / "speeds.csv"
        self.assertEqual(self.measure("--export", f"csv={path}").returncode, 0)
        rows = list(csv.DictReader(io.StringIO(path.read_text())))
        self.assertEqual(len(rows), 3 * 4)  # the copy, fast and slow; three workloads and their mean
        mean = {r["interpreter"]: r for r in rows if r["workload"] == "geometric mean"}
        fast = next(r for n, r in mean.items() if "python-fast" in n)
        self.assertAlmostEqual(float(fast["speed"]), 1.25, delta=0.02)
        self.assertEqual(
            (fast["verdict"], fast["blocks"], fast["evidence"], fast["clock"]), ("faster", "15", "measured", "cpu")
        )
        self.assertEqual({r["verdict"] for r in rows if "python-slow" in r["interpreter"]}, {"slower"})

    def test_several_exports_at_once_and_one_to_stdout(self):
        target = self.out / "several"
        target.mkdir()
        (target / "mine.txt").write_text("kept")
        link = self.out / "link.csv"
        (self.out / "linked.csv").write_text("old")
        link.symlink_to(self.out / "linked.csv")
        done = self.compare(
            self.result["id"],
            "--export",
            "markdown=-",
            "--export",
            f"csv={link}",
            "--export",
            f"pyperformance={target}",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("Speed against "), done.stdout[:100])
        self.assertRegex(
            done.stdout, r"(?m)^\| .*python-fast \(CPython 3\.13\.5\) \| 1\.2\d\dx \| 1\.2\d\d-1\.2\d\d \| faster \|$"
        )
        self.assertTrue(link.is_symlink())
        self.assertIn("python-fast", (self.out / "linked.csv").read_text())
        self.assertEqual((target / "mine.txt").read_text(), "kept")
        files = [json.loads(f.read_text()) for f in target.glob("*.json")]
        self.assertEqual(
            {f["metadata"]["performance_version"] for f in files}, {files[0]["metadata"]["performance_version"]}
        )
        self.assertEqual(len(files), 4)
        self.assertFalse(list(self.out.glob("*.tmp.*")))

    def test_where_an_export_cannot_go_is_said_before_anything_is_measured(self):
        fifo = self.out / "fifo"
        os.mkfifo(fifo)
        (self.out / "file").write_text("")
        (self.out / "dangling").symlink_to(self.out / "nothing")
        before = set((self.bench.store / "measurement").iterdir())
        for words, text in [
            (("--export", "markdwn=x"), 'unknown format "markdwn"; did you mean "markdown"?'),
            (("--export", f"csv={self.out / 'dangling'}"), "is a link to nothing"),
            (("--export", "csv"), "where to? write csv=FILE"),
            (("--export", "pyperf="), "where to? write pyperf=DIR"),
            (("--export", f"csv={self.out}"), "is a directory; name a file in it"),
            (("--export", f"csv={self.out}/no/x.csv"), "no directory"),
            (("--export", f"csv={fifo}"), "is not an ordinary file"),
            (("--export", f"pyperf={self.out / 'file'}"), "not a directory that can be written to"),
            (("--export", "pyperf=-"), "several files; give a directory"),
            (("--export", "csv=-", "--json"), "only one"),
            (
                ("--export", f"csv={self.out}/x", "--export", f"markdown={self.out}/../out/x"),
                "is written to already by csv",
            ),
            (("--codespeed", "speed.example"), '"speed.example" is not an http or https URL'),
            (("--codespeed", "ftp://speed.example/"), "is not an http or https URL"),
            (("--codespeed-commit", "abc"), "is for --codespeed URL"),
            (("--codespeed-timeout", "5s"), "is for --codespeed URL"),
            (("--codespeed", "http://speed.example/", "--codespeed-project", "x" * 31), "1 to 30 characters"),
        ]:
            with self.subTest(words):
                self.says(self.measure(*words, "--seed", "77"), 2, text)
        self.assertEqual(set((self.bench.store / "measurement").iterdir()), before)
        self.assertFalse((self.out / "x").exists())

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_directory_without_permission_is_said_first(self):
        closed = self.out / "closed"
        closed.mkdir(mode=0o555)
        self.says(self.measure("--export", f"csv={closed / 'x.csv'}"), 2, "cannot be written to")

    def check_post(self, path, body):
        self.assertEqual(path, "/speed/result/add/json/")
        form = urllib.parse.parse_qs(body, strict_parsing=True)
        self.assertEqual(list(form), ["json"])
        entries = json.loads(form["json"][0])
        self.assertEqual(len(entries), 9)  # three interpreters, three workloads; not the copy
        for entry in entries:
            for key in CODESPEED_REQUIRED:
                self.assertNotIn(entry.get(key), (None, ""), key)
            self.assertIsInstance(entry["result_value"], float)
            self.assertLessEqual(len(entry["executable"]), 30)
            self.assertLessEqual(entry["min"], entry["result_value"])
            self.assertLessEqual(entry["result_value"], entry["max"])
        self.assertEqual(len({e["executable"] for e in entries}), 3)
        return entries

    def test_results_are_posted_to_codespeed(self):
        with codespeed() as (url, posts):
            done = self.measure(
                "--codespeed", f"{url}/speed/", "--codespeed-commit", "abc123", "--codespeed-branch", "topic"
            )
            self.assertEqual(done.returncode, 0, done.stderr)
        ((path, body),) = posts
        entries = self.check_post(path, body)
        self.assertEqual(
            {(e["commitid"], e["branch"], e["project"], e["environment"]) for e in entries},
            {("abc123", "topic", "CPython", socket.gethostname())},
        )
        self.assertAlmostEqual(entries[0]["result_value"], 0.0125, delta=0.001)

    def test_what_is_exported_is_what_is_posted(self):
        path = self.out / "codespeed.json"
        with codespeed() as (url, posts):
            done = self.compare(
                str(self.file),
                "--codespeed",
                f"{url}/speed/result/add/json/",
                "--export",
                f"codespeed={path}",
                "--codespeed-environment",
                "rack 7",
            )
            self.assertEqual(done.returncode, 0, done.stderr)
        entries = self.check_post(*posts[0])
        self.assertEqual(entries, json.loads(path.read_text()))
        self.assertEqual({e["environment"] for e in entries}, {"rack 7"})

    def test_a_post_that_fails_loses_nothing(self):
        with contextlib.ExitStack() as servers:
            broken, _ = servers.enter_context(codespeed(500, b"\n<h1>Server Error\x1b[2J</h1>\nmore"))
            refusing, _ = servers.enter_context(codespeed(400, b"Environment x not found"))
            hanging, _ = servers.enter_context(codespeed(hang=True))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                closed = f"http://me:secret@127.0.0.1:{probe.getsockname()[1]}/"
            for url, text in [
                (broken, "answered 500: <h1>Server Error"),
                (refusing, "answered 400: Environment x not found"),
                (hanging, "no answer within 1 s"),
                (closed, "Failed to connect"),
            ]:
                with self.subTest(text):
                    path = self.out / f"{len(text)}.csv"
                    start = time.monotonic()
                    done = self.measure(
                        "--codespeed",
                        url,
                        "--codespeed-timeout",
                        "1s",
                        "--codespeed-commit",
                        "a b",
                        "--export",
                        f"csv={path}",
                    )
                    self.assertLess(time.monotonic() - start, 45)
                    self.says(
                        done,
                        1,
                        text,
                        f"pytune compare {self.result['id']}",
                        f"--codespeed {url.replace('me:secret@', '')}",
                        "--codespeed-commit 'a b'",
                    )
                    self.assertIn("faster than the baseline", done.stdout)
                    self.assertTrue(path.exists())
                    self.assertNotIn("\x1b", done.stderr)
                    self.assertNotIn("secret", done.stderr)

    def test_a_result_of_another_machine_is_not_posted_in_this_ones_name(self):
        other = json.loads(self.file.read_text())
        other["host"]["cpu_model"] = "another"
        (self.out / "foreign.json").write_text(json.dumps(other))
        with codespeed() as (url, posts):
            done = self.compare(str(self.out / "foreign.json"), "--codespeed", url)
            self.says(done, 1, "--codespeed-environment")
        self.assertEqual(posts, [])


if __name__ == "__main__":
    unittest.main()
