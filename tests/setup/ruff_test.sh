#!/usr/bin/env bash
# setup/ruff with a make-believe pip.
# shellcheck disable=SC2016 # dollars in quotes are for the make-believe pip
set -euo pipefail
# shellcheck source=tests/setup/harness.bash
source "$(dirname "$0")/harness.bash"

mkdir "$work/setup"
cp "$root/setup/ruff" "$work/setup/"
echo 'required-version = "==1.2.3"' >"$work/ruff.toml"
ruff=$work/setup/ruff
cache=$work/.cache/pytune-lint

# pip_does <what it does before it ends well...>: then there is a ruff that says its arguments.
pip_does() {
  { printf '%s\n' "$@"
    cat <<'END'
while [[ $1 != --target ]]; do shift; done
mkdir -p "$2/bin"
printf '#!/bin/bash\necho "$RUFF_NO_CACHE $*"\n' >"$2/bin/ruff"
chmod +x "$2/bin/ruff"
END
  } | fake python3
}
kept() { find "$cache" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null; }

pip_does 'echo "ERROR: no network" >&2; exit 1'
run "$ruff" check .
expect 'pip fails: fails' equal "$status" 2
expect 'pip fails: its reason is shown' has "$err" 'ERROR: no network'
expect 'pip fails: leaves nothing' equal "$(kept)" ''

pip_does
run "$ruff" check .
expect 'the first time: runs with its arguments, and writes no cache' equal "$status$out$err" '0true check .'
expect 'the first time: in the version that ruff.toml requires' has "$(cat "$calls")" '<ruff==1.2.3>'
expect 'the first time: is kept' equal "$(kept)" ruff-1.2.3
run "$ruff" format --check .
expect 'the second time: runs' equal "$status$out$err" '0true format --check .'
expect 'the second time: without pip' not_called python3

echo 'required-version = "==1.2.4"' >"$work/ruff.toml"
run "$ruff" check .
expect 'another version is required: it is fetched' has "$(cat "$calls")" '<ruff==1.2.4>'
rm -rf "$cache" && touch "$cache"
run "$ruff" check .
expect 'no place to keep it: runs all the same' equal "$status$out$err" '0true check .'
expect 'no place to keep it: leaves nothing' equal "$(find "$work/tmp" -mindepth 1)" ''

rm -f "$cache"
pip_does 'mkdir -p "$HOME/.cache/pytune-lint/ruff-1.2.4/other"'
run "$ruff" check .
expect 'another process was faster: runs' equal "$status$out$err" '0true check .'
expect 'another process was faster: leaves its files alone' equal "$(kept)$(find "$cache/ruff-1.2.4" -mindepth 1 -printf ' %f')" 'ruff-1.2.4 other'

totals
