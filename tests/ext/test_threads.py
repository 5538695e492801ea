"""Threads, forks, sub-interpreters: the same bits everywhere, and nothing stuck."""

import os
import sys
import threading
import unittest

import extension
from tensors import flat, floats

bf16mm = None

# Large enough for several threads.
SIZES = (150, 200, 180)


def setUpModule():
    global bf16mm
    bf16mm = extension.load()


def operands(seed=1):
    m, k, n = SIZES
    values = [((i * 7919 + seed) % 4093 - 2046) / 1021 for i in range(m * k + k * n)]
    return floats(values[: m * k], m, k), floats(values[m * k :], k, n)


class Threads(unittest.TestCase):
    def test_the_number_of_threads_changes_no_bit(self):
        code = (
            "import bf16mm, hashlib, test_threads\na, b = test_threads.operands()\n"
            "for p in ('highest', 'high', 'medium'):\n"
            "    print(hashlib.sha256(bytes(bf16mm.matmul(a, b, precision=p))).hexdigest())"
        )
        one = extension.run_python(code, OMP_NUM_THREADS="1")
        self.assertEqual(len(one.split()), 3)
        for threads in ("2", "64", "2,1", "", "many"):
            self.assertEqual(extension.run_python(code, OMP_NUM_THREADS=threads), one)

    def test_threads_follow_the_environment_and_affinity(self):
        code = "import bf16mm; print(bf16mm.info()['threads'])"
        cpus = len(os.sched_getaffinity(0))
        for text, expected in (
            ("1", 1),
            ("2", min(2, cpus)),
            ("2,4", min(2, cpus)),
            ("", cpus),
            ("0", cpus),
            ("x", cpus),
        ):
            self.assertEqual(int(extension.run_python(code, OMP_NUM_THREADS=text)), expected, text)
        bound = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n" + code
        self.assertEqual(int(extension.run_python(bound, OMP_NUM_THREADS="8")), 1)

    def test_threads_that_enter_one_backend_leave_their_own(self):
        context, names, entered, left = bf16mm.backend("scalar"), [], threading.Event(), threading.Event()

        def other():
            with context:
                entered.set()
                left.wait(60)
                names.append(bf16mm.info()["demanded_backend"])
            names.append(bf16mm.info()["demanded_backend"])

        thread = threading.Thread(target=other)
        with context:
            thread.start()
            entered.wait(60)
        self.assertIsNone(bf16mm.info()["demanded_backend"])
        left.set()
        thread.join()
        self.assertEqual(names, ["scalar", None])
        with self.assertRaisesRegex(RuntimeError, "without having been entered"):
            context.__exit__(None, None, None)

    def test_one_backend_entered_by_many_threads_at_once(self):
        context, problems = bf16mm.backend("scalar"), []

        def work():
            try:
                for _ in range(200):
                    with context, context:
                        pass
            except (RuntimeError, ValueError) as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])

    def test_many_python_threads_at_once(self):
        a, b = operands()
        want, same = flat(bf16mm.matmul(a, b, precision="medium")), []

        def work():
            same.extend(flat(bf16mm.matmul(a, b, precision="medium")) == want for _ in range(5))

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(same, [True] * 30)

    def test_a_chosen_backend_is_of_its_thread_only(self):
        seen = []
        with bf16mm.backend("scalar"):
            thread = threading.Thread(target=lambda: seen.append(bf16mm.info()["demanded_backend"]))
            thread.start()
            thread.join()
        # Free-threaded builds let threads inherit the context of the one that starts them.
        inherits = bool(getattr(sys.flags, "thread_inherit_context", False))
        self.assertEqual(seen, ["scalar" if inherits else None])

    def test_a_forked_child_computes_the_same(self):
        a, b = operands()
        want = bytes(bf16mm.matmul(a, b))  # starts the workers
        child = os.fork()
        if child == 0:
            os._exit(0 if bytes(bf16mm.matmul(a, b)) == want else 1)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertEqual(bytes(bf16mm.matmul(a, b)), want)

    def test_forking_while_other_threads_compute(self):
        code = (
            "import bf16mm, os, threading, test_threads\na, b = test_threads.operands()\n"
            "want = bytes(bf16mm.matmul(a, b))\n"
            "stop = []\ndef work():\n    while not stop: bf16mm.matmul(a, b)\n"
            "threads = [threading.Thread(target=work) for _ in range(2)]\n[t.start() for t in threads]\n"
            "for _ in range(10):\n    child = os.fork()\n"
            "    if child == 0: os._exit(bytes(bf16mm.matmul(a, b)) != want)\n"
            "    assert os.waitpid(child, 0)[1] == 0\nstop.append(1)\n[t.join() for t in threads]\nprint('done')"
        )
        self.assertEqual(extension.run_python(code, PYTHONWARNINGS="ignore"), "done\n")

    def test_the_lock_is_free_while_a_product_runs(self):
        """A thread that multiplies without end must not keep another from being scheduled between bytecodes."""
        code = (
            "import bf16mm, threading, test_threads\na, b = test_threads.operands()\nstop, ticks = [], []\n"
            "def work():\n    while not stop: bf16mm.matmul(a, b)\n"
            "t = threading.Thread(target=work); t.start()\nimport sys; sys.setswitchinterval(1000)\n"
            "for _ in range(20):\n    bf16mm.matmul(a, b); ticks.append(1)\nstop.append(1); t.join(); print(len(ticks))"
        )
        self.assertEqual(extension.run_python(code), "20\n")


class Interpreters(unittest.TestCase):
    SCRIPT = (
        "import sys; sys.path[:0] = {path!r}\nimport bf16mm, test_threads, hashlib\na, b = test_threads.operands()\n"
        "r = hashlib.sha256(bytes(bf16mm.matmul(a, b, precision='medium'))).hexdigest()\nassert r == {want!r}, r\n"
        "with bf16mm.backend('scalar'): assert bf16mm.info()['demanded_backend'] == 'scalar'\n"
    )

    def test_sub_interpreters_side_by_side(self):
        code = (
            "import bf16mm, hashlib, sys, threading, test_threads\n"
            "try:\n    import _interpreters as subs\nexcept ImportError:\n    import _xxsubinterpreters as subs\n"
            "a, b = test_threads.operands()\n"
            "want = hashlib.sha256(bytes(bf16mm.matmul(a, b, precision='medium'))).hexdigest()\n"
            "script = test_threads.Interpreters.SCRIPT.format(path=sys.path, want=want)\nfailed = []\n"
            "def run():\n    for _ in range(2):\n        sub = subs.create()\n"
            "        try:\n"
            "            error = (subs.run_string if hasattr(subs, 'run_string') else subs.exec)(sub, script)\n"
            "            if error is not None: failed.append(error)\n"
            "        except Exception as error:\n            failed.append(error)\n        subs.destroy(sub)\n"
            "threads = [threading.Thread(target=run) for _ in range(3)]\n"
            "[t.start() for t in threads]\n[t.join() for t in threads]\n"
            "print(failed)"
        )
        self.assertEqual(extension.run_python(code), "[]\n")

    def test_free_threading_keeps_the_lock_off(self):
        import sysconfig

        if not sysconfig.get_config_var("Py_GIL_DISABLED"):
            self.skipTest("this interpreter is not free-threaded")
        self.assertEqual(extension.run_python("import sys, bf16mm; print(sys._is_gil_enabled())"), "False\n")


if __name__ == "__main__":
    unittest.main()
