#!/usr/bin/env bash
# setup/install against a make-believe package system.
# shellcheck disable=SC2016 # dollars in quotes are for the make-believe tools
set -euo pipefail
# shellcheck source=tests/setup/harness.bash
source "$(dirname "$0")/harness.bash"

mkdir "$work/setup"
cp "$root/setup/install" "$work/setup/"
cat >"$work/setup/debian-packages" <<'END'
# group package reason
tools one the first
tools two the second
extra two again
extra three the third
either new|old it has two names
END

install=$work/setup/install
apt_options='<-q> <-y> <-o> <DPkg::Lock::Timeout=300>'

# here <package:architecture:state>...: what dpkg-query knows of; like the real one it fails when asked for more.
here() {
  {
    printf 'installed="%s"\n' "dpkg:amd64:installed $*"
    cat <<'END'
for package in "${@:3}"; do
  for entry in $installed; do
    if [[ $entry == "$package":* ]]; then echo "${entry//:/ }"; fi
  done
done
exit 1
END
  } | fake dpkg-query
}
as_user() { fake id <<<"echo $1"; }

run env
as_user 0
expect "a make-believe tool: is not written over the machine's own" lacks "$(tr -d '\0' <"$(command -v id)")" "$calls"
fake apt-get </dev/null
here one:amd64:installed two:all:installed
run "$install" tools
expect 'nothing missing: succeeds' equal "$status" 0
expect 'nothing missing: says nothing' equal "$out$err" ''
expect 'nothing missing: apt-get is left alone' not_called apt-get
expect 'nothing missing: one query' equal "$(grep -c '^dpkg-query' "$calls")" 1

here one:amd64:installed two:arm64:installed three:amd64:config-files
run "$install" tools extra
expect 'missing: succeeds' equal "$status" 0
expect 'missing: names groups and packages in one line' \
  equal "$err" 'setup/install: installing 2 Debian packages for tools extra: two three'
expect 'missing: stdout stays free' equal "$out" ''
expect 'missing: the lists that are here do' equal "$(grep -c '^apt-get.*<update>' "$calls" || :)" 0
expect 'missing: exactly these are installed, another architecture does not count' \
  called "apt-get $apt_options <install> <--no-install-recommends> <two> <three>"
expect 'missing: no log is left' equal "$(ls "$work/tmp")" ''

fake apt-get <<<'[[ $* == *update* ]] && touch "$TMPDIR/fresh"; [[ $DEBIAN_FRONTEND == noninteractive && -e $TMPDIR/fresh ]]'
run "$install" tools
expect 'the lists are too old: are updated' called "apt-get $apt_options <update>"
expect 'the lists are too old: installs then' equal "$status" 0
expect 'the lists are too old: no word of it' one_line "$err"
rm -f "$work"/tmp/*

fake apt-get <<<'[[ $* == *update* ]] && { touch "$TMPDIR/fresh"; exit 100; }; [[ -e $TMPDIR/fresh ]]'
run "$install" tools
expect 'one source cannot be reached: installs from those that can' equal "$status" 0
expect 'one source cannot be reached: no word of it' one_line "$err"
rm -f "$work"/tmp/*

# A release with the second name only.
fake apt-get </dev/null
fake apt-cache <<<'[[ $* == "show old" ]]'
here three:amd64:installed
run "$install" either
expect 'of two names: the one that the release has' called \
  "apt-get $apt_options <install> <--no-install-recommends> <old>"
here old:amd64:installed
run "$install" either
expect 'of two names: either is enough' equal "$status$out$err" 0
here one:amd64:installed two:arm64:installed three:amd64:config-files

fake apt-get <<<'[[ $* == *update* ]] && exit 0; echo chatter; echo "E: Unable to locate package two"; exit 100'
run "$install" tools
expect 'apt-get fails: fails' equal "$status" 1
expect 'apt-get fails: one line after the announcement' one_line "${err#*$'\n'}"
expect 'apt-get fails: with its reason' has "$err" 'E: Unable to locate package two'
expect 'apt-get fails: and the remedy' has "$err" 'try: apt-get install two'
rm -f "$work"/tmp/*

as_user 1000
fake apt-get </dev/null
run "$install" tools
expect 'no root, no sudo: fails' equal "$status" 1
expect 'no root, no sudo: one line after the announcement' one_line "${err#*$'\n'}"
expect 'no root, no sudo: says what to run' has "$err" 'as root, run: apt-get install two'
expect 'no root, no sudo: apt-get is left alone' not_called apt-get

fake sudo <<<'[[ $1 == -n ]] && shift; exec "$@"'
run "$install" tools
expect 'sudo: succeeds' equal "$status" 0
expect 'sudo: never waits for a password that nobody can type' called \
  "sudo <-n> <env> <DEBIAN_FRONTEND=noninteractive> <apt-get> $apt_options <install> <--no-install-recommends> <two>"

fake sudo <<<'echo "sudo: a password is required" >&2; exit 1'
run "$install" tools
expect 'sudo refuses: fails' equal "$status" 1
expect 'sudo refuses: says why' has "$err" 'a password is required'
rm -f "$work"/tmp/*

run PYTUNE_SKIP_SETUP=1 "$install" tools
expect 'switched off: does nothing' equal "$status$err$(cat "$calls")" 0

run "$install" toolz
expect 'unknown group: bad usage' equal "$status" 2
expect 'unknown group: names the groups' has "$err" 'there are: either extra tools'
run "$install"
expect 'no group: bad usage' equal "$status" 2
run "$install" --help
expect 'help: succeeds' equal "$status" 0
expect 'help: on stdout' has "$out" 'usage: setup/install'

rm "$work/bin/dpkg-query" "$work/bin/apt-get"
run "$install" tools
expect 'another system without tools: fails' equal "$status" 1
expect 'another system without tools: names the packages' has "$err" 'one two'
fake cmake </dev/null
fake c++ </dev/null
run "$install" tools
expect 'another system with tools: goes on' equal "$status" 0

# The real table: three columns, groups as promised.
install=$root/setup/install
run "$install" --help
expect 'table: groups' has "$out" 'groups: bench build cpython cross emulator measure perf sweep test'
expect 'table: every line has a group, a package and a reason' \
  equal "$(awk '!/^#/ && NF && NF < 3' "$root/setup/debian-packages")" ''

totals
