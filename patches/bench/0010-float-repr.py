"""repr() of floats of 17 digits, of few, and of whole ones; and what is written with it."""

SETUP = "import json; x = {}"
WORK = {name: ("repr(x)", SETUP.format(value)) for name, value in {
    "17 digits": "2 / 3 * 1.1", "16 digits": "0.1 + 0.2 - 0.05", "3 digits": "12.5e-3", "1 digit": "0.1", "whole": "123456.0", "large": "1.7e300", "tiny": "5e-324"}.items()}
WORK["f-string"] = ("f'{x}'", SETUP.format("1 / 7"))
WORK["list of 100"] = ("repr(x)", SETUP.format("[i / 7 for i in range(100)]"))
WORK["json of 100"] = ("json.dumps(x)", SETUP.format("[i / 7 for i in range(100)]"))
