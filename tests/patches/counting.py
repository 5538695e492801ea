"""What the scripts share that count in interpreters of another architecture: arguments, and a run under the plugin."""

import argparse
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile


def parser_of(documentation):
    parser = argparse.ArgumentParser(description=documentation.split("\n")[0])
    parser.add_argument("--emulator", type=shlex.split, required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--json", action="store_true")
    return parser


def parse(parser, documentation):
    """The options, and the interpreters after "--"."""
    if "--" not in sys.argv:
        raise SystemExit(f"usage:{documentation.split(chr(10))[2]}")
    split = sys.argv.index("--")
    return parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]


def processes(options, interpreter, program, plugin="", **environment):
    """The plugin's files of `interpreter` running `program`, a list of words. Addresses and hash seed are fixed."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **environment}
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "setarch",
            "-R",
            *options.emulator,
            "-plugin",
            f"{options.plugin},out={folder}{plugin}",
            interpreter,
            "-s",
            *program,
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            what = f"{interpreter}: {' '.join(map(str, program))}"
            raise SystemExit(f"{what}: exit status {done.returncode}: {done.stderr.strip()[-500:]}")
        return [json.loads(path.read_text()) for path in pathlib.Path(folder).glob("*.json")]
