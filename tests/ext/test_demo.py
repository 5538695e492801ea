"""The demonstration: the weights that are shipped are good, and training makes such."""

import importlib.util
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

import extension

DEMO = extension.HOME / "ext" / "demo" / "digits.py"


def load():
    spec = importlib.util.spec_from_file_location("digits", DEMO)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bf16mm, cls.digits = extension.load(), load()

    def run_demo(self, *words):
        return subprocess.run(
            [sys.executable, DEMO, *words],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "PYTHONPATH": str(extension.module_path().parent)},
            check=False,
        )

    def test_the_shipped_weights_read_the_digits_and_say_the_same_in_bf16(self):
        network = self.digits.read(self.bf16mm, self.digits.WEIGHTS)
        rows, labels = self.digits.images(500, "unseen")
        x = self.digits.matrix([v for row in rows for v in row], 500, self.digits.SIDE**2)
        float32, bf16 = (self.digits.answers(network, x, precision) for precision in ("highest", "medium"))
        self.assertGreaterEqual(sum(a == b for a, b in zip(float32, labels, strict=True)), 485)
        self.assertGreaterEqual(sum(a == b for a, b in zip(float32, bf16, strict=True)), 498)

    def test_what_it_prints_is_what_it_found(self):
        done = self.run_demo("--images", "100")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            len(re.findall(r"(?m)^(?:float32|bf16) +\S+ +\d+ of 100 digits right$", done.stdout)), 2, done.stdout
        )
        self.assertRegex(done.stdout, r"the same answer in both for (100|99) of 100\n")

    def test_training_learns_and_writes_weights_that_are_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "weights")
            done = self.run_demo("--train", "--images", "500", "--epochs", "8", "--weights", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            losses = [float(word) for word in re.findall(r"entropy (\S+)", done.stdout)]
            self.assertEqual(len(losses), 8)
            self.assertLess(losses[-1], losses[0] / 2)
            self.assertEqual(list(path.parent.iterdir()), [path])
            self.assertEqual(self.run_demo("--weights", path, "--images", "10").returncode, 0)

    def test_a_gradient_is_the_slope_of_the_loss(self):
        weights = self.digits.untrained(random.Random(3))
        rows, labels = self.digits.images(20, 5)
        x = self.digits.matrix([v for row in rows for v in row], 20, self.digits.SIDE**2)

        def loss(part=0, at=0, by=0.0):
            network = self.digits.Network(self.bf16mm, weights)
            network.parts[part][at] += by
            return network.learn(x, labels, 0.0)

        stepped = self.digits.Network(self.bf16mm, weights)
        stepped.learn(x, labels, 1.0)
        untouched = self.digits.Network(self.bf16mm, weights)
        for part, at in ((0, 120 * self.digits.HIDDEN + 7), (1, 5), (2, 33), (3, 4)):
            step = 0.02
            slope = (loss(part, at, step) - loss(part, at, -step)) / (2 * step)
            self.assertAlmostEqual(
                untouched.parts[part][at] - stepped.parts[part][at], slope, delta=0.02 * abs(slope) + 2e-4
            )

    def test_a_file_that_is_too_short_is_told(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"\0" * 40)
            file.flush()
            done = self.run_demo("--weights", file.name)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(
                done.stderr.strip(),
                f"{file.name}: holds 10 numbers, not {sum(self.digits.SIZES)}; python digits.py --train makes it anew",
            )


if __name__ == "__main__":
    unittest.main()
