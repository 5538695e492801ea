"""Checks every #include of tuner/ against tuner/rooms, in both directions.

A room includes no room and no library that does not stand there, and what stands there is included. The list goes
from the ground up, so that includes point one way.

Prints one line for each fault; exit status 1 when there are some.
"""

import collections
import pathlib
import re
import sys

OURS = re.compile(r'^\s*#\s*include\s+"([a-z]+)/[a-z0-9_]+\.h"', re.MULTILINE)
OTHERS = re.compile(r"^\s*#\s*include\s+<([a-z+]+)[/.]", re.MULTILINE)


def stated(text):
    """For each room, what it may include: other rooms, and libraries."""
    rooms = {}
    faults = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        parts = re.fullmatch(r"([a-z]+):([a-z ]*)\|([a-z+ ]*)", line)
        if not parts:
            faults.append(f'not "room: rooms | libraries": {line}')
            continue
        name, below, libraries = parts[1], parts[2].split(), parts[3].split()
        faults += [f"{name}: {room} stands further down, or nowhere" for room in below if room not in rooms]
        rooms[name] = (set(below), set(libraries))
    return rooms, faults


def included(tuner, libraries):
    """For each room, the rooms and the known libraries that its files include, and where the first one is."""
    found = collections.defaultdict(dict)
    for path in sorted(tuner.glob("*/*")):
        if path.suffix not in (".cc", ".h"):
            continue
        room, text = path.parent.name, path.read_text()
        names = set(OURS.findall(text)) - {room} | set(OTHERS.findall(text)) & libraries
        for name in names:
            found[room].setdefault(name, path)
    return found


def main():
    tuner = pathlib.Path(__file__).resolve().parent.parent / "tuner"
    rooms, faults = stated((tuner / "rooms").read_text())
    libraries = set().union(*(of_room for _, of_room in rooms.values()))
    found = included(tuner, libraries)
    for folder in sorted(path.name for path in tuner.iterdir() if path.is_dir()):
        if folder not in rooms:
            faults.append(f"{folder}: a folder, and no room")
            continue
        allowed = rooms[folder][0] | rooms[folder][1]
        faults += [
            f"{path.relative_to(tuner.parent)}: room {folder} must not include {name}"
            for name, path in found[folder].items()
            if name not in allowed
        ]
        faults += [f"{folder}: includes nothing of {name}" for name in sorted(allowed - set(found[folder]))]
    print("\n".join(f"tuner/rooms: {fault}" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
