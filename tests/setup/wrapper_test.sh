#!/usr/bin/env bash
# ./pytune against a make-believe cmake.
set -euo pipefail
# shellcheck source=tests/setup/harness.bash
source "$(dirname "$0")/harness.bash"

home=$work/a\ checkout
mkdir -p "$home/setup" "$home/tuner/sys" "$home/emulator" "$home/cmake" "$work/elsewhere"
cp "$root/pytune" "$home/"
cp "$root/setup/lib.sh" "$home/setup/"
touch "$home/CMakeLists.txt" "$home/CMakePresets.json" "$home/tuner/main.cc" "$home/emulator/plugin.cc" "$home/cmake/dependencies.cmake"
program=$home/build/release/pytune

printf '#!/bin/bash\nprintf "setup/install" >>"%s"; printf " <%%s>" "$@" >>"%s"; echo >>"%s"; echo chatter\n' \
  "$calls" "$calls" "$calls" >"$home/setup/install"
chmod +x "$home/setup/install"

# The program that a build leaves: tells how it was called.
fake cmake <<'END'
[[ $1 == --build ]] || exit 0
[[ ! -e broken ]] || { echo 'main.cc:1: error: no such thing'; exit 1; }
mkdir -p build/release
cat >build/release/pytune <<'PROGRAM'
#!/bin/bash
printf 'home=%s' "$PYTUNE_HOME"; printf ' <%s>' "$@"; exit 7
PROGRAM
chmod +x build/release/pytune
END

# Times are set by hand, for a test may run within one tick of the file system's clock.
age_all() { find "$home" -exec touch -d "$1" {} +; }
make_fresh() {
  age_all '2 hours ago'
  touch -d '1 hour ago' "$program" "$home/build/release/built"
}

age_all '2 hours ago'
run "$home/pytune" one 'two words' ''
expect 'first start: sets up' called 'setup/install <build>'
expect 'first start: configures' called 'cmake <--preset> <release>'
expect 'first start: builds' grep -q '^cmake <--build> <--preset> <release> <--parallel>' "$calls"
expect 'first start: runs the program with its arguments' equal "$out" "home=$home <one> <two words> <>"
expect 'first start: its exit status' equal "$status" 7
expect 'first start: chatter is on stderr' has "$err" 'building'
expect 'first start: no CPython packages' not_called 'setup/install <cpython>'

make_fresh
run "$home/pytune" --help
expect 'fresh: runs at once' equal "$(cat "$calls")$err" ''
expect 'fresh: arguments' equal "$out" "home=$home <--help>"

ln -s "$home/pytune" "$work/bin/pytune"
ln -s ../bin/pytune "$work/elsewhere/link"
cd "$work/elsewhere"
run ./link x
expect 'symlink, another folder: finds its home' equal "$out" "home=$home <x>"
run pytune y
expect 'from PATH: finds its home' equal "$out" "home=$home <y>"
cd "$home"
run bash pytune z
expect 'as a file of bash: finds its home' equal "$out" "home=$home <z>"
cd "$work"

for changed in tuner/main.cc emulator/plugin.cc cmake/dependencies.cmake CMakeLists.txt CMakePresets.json; do
  make_fresh
  touch "$home/$changed"
  run "$home/pytune" x
  expect "newer $changed: builds" grep -q '^cmake <--build>' "$calls"
done
make_fresh
touch "$home/tuner/sys/new.cc"
run "$home/pytune" x
expect 'new file: builds' grep -q '^cmake <--build>' "$calls"
make_fresh
rm "$home/tuner/sys/new.cc"
run "$home/pytune" x
expect 'removed file: builds' grep -q '^cmake <--build>' "$calls"

# A build that changed nothing leaves the program as old as it was.
age_all '2 hours ago'
touch -d '3 hours ago' "$program"
touch -d '1 hour ago' "$home/build/release/built"
run "$home/pytune" x
expect 'program older than the sources, but built after them: runs at once' not_called cmake

make_fresh
run "$home/pytune" sweep quick
expect 'sweep: sets up what CPython needs' called 'setup/install <cpython> <sweep>'
expect 'sweep: its chatter is not on stdout' lacks "$out" chatter
run "$home/pytune" sweep quick --target neoverse-n1
expect 'sweep --target: sets up cross compilers and an emulator, too' called 'setup/install <cpython> <sweep> <cross>'
mkdir -p "$home/builds"
echo '{"target": "neoverse-v2"}' >"$home/builds/far.json"
echo '{"source": "debian:3.13"}' >"$home/builds/near.json"
cd "$home"
run ./pytune sweep --preset far
expect 'sweep --preset of another machine: cross compilers, too' called 'setup/install <cpython> <sweep> <cross>'
run ./pytune sweep --spec=builds/far.json
expect 'sweep --spec of another machine: cross compilers, too' called 'setup/install <cpython> <sweep> <cross>'
run ./pytune sweep --preset=near
expect 'sweep --preset of this machine: no cross compilers' not_called 'setup/install <cpython> <sweep> <cross>'
run ./pytune sweep --spec missing.json
expect 'sweep --spec of a file that is not there: the program says so' called 'setup/install <cpython> <sweep>'
cd "$work"
run "$home/pytune" sweep quick --plan
expect 'sweep --plan: installs nothing' not_called setup/install

run "$home/pytune" patches verify
expect 'patches verify: sets up what CPython needs and a second compiler' called 'setup/install <cpython> <sweep> <verify>'
run "$home/pytune" patches verify --reduced
expect 'patches verify --reduced: one compiler does' called 'setup/install <cpython> <sweep>'
run "$home/pytune" patches verify --target neoverse-n1
expect 'patches verify --target: sets up cross compilers, too' called 'setup/install <cpython> <sweep> <verify> <cross>'
run "$home/pytune" patches list
expect 'patches list: installs nothing' not_called setup/install
run "$home/pytune" patches verify --help
expect 'patches verify --help: installs nothing' not_called setup/install

fake python3 <<<'exit 1'
run "$home/pytune" measure a b
expect 'measure without pip: sets it up' called 'setup/install <measure>'
run "$home/pytune" measure --help
expect 'measure --help: installs nothing' not_called setup/install
fake python3 <<<'exit 0'
run "$home/pytune" measure a b
expect 'measure with pip: installs nothing' not_called setup/install
rm "$work/bin/python3"

make_fresh
touch "$home/broken" "$home/tuner/main.cc"
run "$home/pytune" x
expect 'broken build: fails' equal "$status" 1
expect 'broken build: shows the error' has "$err" 'error: no such thing'
expect 'broken build: names the log' has "$err" "$home/build/release/setup.log"
expect 'broken build: the old program does not run' equal "$out" ''
rm "$home/broken"
run "$home/pytune" x
expect 'mended build: builds again' equal "$out" "home=$home <x>"

make_fresh
touch "$home/tuner/main.cc"
env -i HOME="$work" PATH="$work/bin" "$home/pytune" first >/dev/null 2>&1 </dev/null &
other=$!
run "$home/pytune" second
wait "$other" || :
expect 'two starts at once: both run' equal "$out" "home=$home <second>"
expect 'two starts at once: one build at most' equal "$(($(grep -c '^cmake <--build>' "$calls") <= 1))" 1

# The cache of a checkout that was moved.
make_fresh
touch "$home/tuner/main.cc"
echo 'CMAKE_HOME_DIRECTORY:INTERNAL=/where/it/was' >"$home/build/release/CMakeCache.txt"
run "$home/pytune" x
expect 'moved checkout: configures afresh' called 'cmake <--preset> <release> <--fresh>'

totals
