"""Without a network, tests that need one are skipped; any other failure is one, whatever words it has."""

import re
import unittest

# What pytune says of apt, pip and downloads that reached nobody.
UNREACHABLE = (
    r"check the network and apt's proxy setting",
    r"package index cannot be reached",
    r"download failed \(Could not (?:resolve|connect)",
    r"pip could not download .*(?:No matching distribution|onnection|resol)",
)


def skip_where_nobody_was_reached(stderr):
    if any(re.search(words, stderr) for words in UNREACHABLE):
        raise unittest.SkipTest(stderr.strip())
