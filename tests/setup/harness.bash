# Sourced by the shell tests: a scratch folder, a PATH that holds only what is put there, and the totals.
# shellcheck shell=bash

# shellcheck disable=SC2034 # for the tests
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/tmp"
calls=$work/calls
passed=0 failed=0

# The system's tools that the scripts under test may use; apt-get, dpkg-query, sudo, cmake are never among them.
for tool in awk bash cat chmod cp cut date dirname env find flock grep head id ln mkdir mktemp mv nproc paste readlink rm sed \
  sha256sum sleep sort sync tail tee touch wc; do
  ln -s "$(command -v "$tool")" "$work/bin/$tool"
done

# fake <name>: a program of that name that notes its arguments and then does what stdin says.
fake() {
  rm -f "$work/bin/$1" # may be a link to the system's own tool, and writing would go through it
  { printf '#!/bin/bash\nprintf "%%s" "%s" >>"%s"; printf " <%%s>" "$@" >>"%s"; echo >>"%s"\n' "$1" "$calls" "$calls" "$calls"
    cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# run <command...>: with only the scratch tools on PATH; leaves $status, $out, $err and the file $calls.
run() {
  : >"$calls"
  status=0
  env -i HOME="$work" TMPDIR="$work/tmp" PATH="$work/bin" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  out=$(cat "$work/out") err=$(cat "$work/err")
}

# expect <what> <command...>: one test.
expect() {
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok $what"
  else
    failed=$((failed + 1))
    printf 'FAILED %s: %s\n  status: %s\n  stdout: %s\n  stderr: %s\n  calls:\n%s\n' \
      "$what" "$*" "$status" "$out" "$err" "$(sed 's/^/    /' "$calls")"
  fi
}

equal() { [[ $1 == "$2" ]]; }
has() { [[ $1 == *"$2"* ]]; }
lacks() { [[ $1 != *"$2"* ]]; }
one_line() { [[ -n $1 && $1 != *$'\n'* ]]; }
called() { grep -qxF -- "$1" "$calls"; }
not_called() { ! grep -qE "^$1( |\$)" "$calls"; }

totals() {
  echo "$passed passed, $failed failed"
  ((failed == 0))
  exit
}
