"""SIGKILL at random moments: nothing finished is lost or repeated, and the result is the same."""

import os
import random
import unittest

from fakes import Bench

MOMENTS = int(os.environ.get("PYTUNE_KILLS", "200"))


class KillTest(unittest.TestCase):
    def test_killed_at_many_random_moments_it_goes_on_from_the_last_finished_step(self):
        choice = random.Random(20)
        undisturbed = Bench()
        self.addCleanup(undisturbed.close)
        expected = undisturbed.result()["recommendation"]["speed"]["estimate"]
        kills = sweeps = 0
        while kills < MOMENTS:
            bench = Bench()
            try:
                kept = {}
                while kills < MOMENTS:
                    if bench.killed_after(choice.uniform(0.02, 0.9)):
                        break
                    kills += 1
                    now = bench.finished_steps()
                    for step, inode in kept.items():
                        self.assertEqual(now.get(step), inode, f"{step} was finished and is not the same after a kill")
                    kept = now
                result = bench.result()
                sweeps += 1
                now = bench.finished_steps()
                self.assertEqual({k: now.get(k) for k in kept}, kept, "a finished step was made again")
                chosen = next(b["name"] for b in result["builds"] if b["id"] == result["recommendation"]["arm"])
                self.assertEqual(chosen, "pgo-lto")
                self.assertAlmostEqual(result["recommendation"]["speed"]["estimate"], expected, delta=0.01)
                self.assertEqual(list((bench.store / "staging").iterdir()), [])
            finally:
                bench.close()
        print(f"{kills} kills over {sweeps} sweeps")


if __name__ == "__main__":
    unittest.main()
