"""Writes profiles/workloads/packages.lock: which files of the packages that suites name an index may serve.

    python3 setup/lock_packages.py INDEX PYPERFORMANCE.whl

Run it after a requirement in profiles/workloads/ or pyperformance's version has changed. INDEX is the address of PyPI's
list of projects, with the slash at its end; the SHA-256 of files come from there (PEP 691). A file is listed where some
machine that pytune supports would take it.
"""

import json
import pathlib
import re
import sys
import urllib.request
import zipfile

HOME = pathlib.Path(__file__).resolve().parents[1] / "profiles" / "workloads"
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([0-9][A-Za-z0-9.]*)")
# What pip chooses for a pinned package: numba's only dependency besides NumPy.
CHOSEN = ("llvmlite==0.46.0", "llvmlite==0.45.1", "llvmlite==0.43.0")
TAGS = r"-(?:(?:py3|py2\.py3)-none|cp3\d+-abi3|cp3(?:9|1\d)-cp3\d+t?)"
WHEEL = re.compile(TAGS + r"-(?:any|(?:many|musl)?linux\S*_(?:x86_64|aarch64))\.whl$")
SOURCE = re.compile(r"\.(?:tar\.gz|zip)$")


def pins(wheel):
    """The sorted (package, version) of all requirements that say one."""
    texts = [HOME.joinpath("numeric.json").read_text(), *CHOSEN]
    with zipfile.ZipFile(wheel) as files:
        texts += [files.read(name).decode() for name in files.namelist() if name.endswith("/requirements.txt")]
    found = PIN.findall("\n".join(texts))
    return sorted({(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found})


def hashes(index, package, version):
    """Of the index's files of this version, sorted."""
    request = urllib.request.Request(f"{index}{package}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request) as answer:
        files = json.load(answer)["files"]
    start = re.compile(rf"{package.replace('-', '[-_.]')}-{re.escape(version)}(?:-|\.tar|\.zip)", re.IGNORECASE)
    return sorted(
        file["hashes"]["sha256"]
        for file in files
        if start.match(file["filename"]) and (WHEEL.search(file["filename"]) or SOURCE.search(file["filename"]))
    )


def main():
    """Writes the file whole, or nothing."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    index, wheel = sys.argv[1:]
    lines = [
        "# Written by setup/lock_packages.py. One line for each package: name==version, then --hash of each file.\n"
    ]
    for package, version in pins(wheel):
        found = hashes(index, package, version)
        if not found:
            sys.exit(f"{package} {version}: the index lists no file")
        lines.append(f"{package}=={version} {' '.join(f'--hash=sha256:{one}' for one in found)}\n")
    HOME.joinpath("packages.lock").write_text("".join(lines))


main()
