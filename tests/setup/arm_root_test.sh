#!/usr/bin/env bash
# setup/arm-root against a make-believe package system.
# shellcheck disable=SC2016 # dollars in quotes are for the make-believe tools
set -euo pipefail
# shellcheck source=tests/setup/harness.bash
source "$(dirname "$0")/harness.bash"

mkdir "$work/setup"
cp "$root/setup/arm-root" "$work/setup/"
cat >"$work/setup/debian-packages" <<'END'
# group package reason
build g++        the compiler is this machine's
build libone-dev|libsecond-dev the first
test  libgtest-dev the second
test  python3-dev  of no use here
END

arm_root=$work/setup/arm-root
cache=$work/.cache/pytune-arm-root

# apt_gives <what it does first...>: two packages, whose contents follow their names.
apt_gives() {
  { printf '%s\n' "$@"
    cat <<'END'
for word in "$@"; do case $word in Dir::Cache::archives=*) archives=${word#*=} ;; */apt.conf) cp "$word" "$HOME/apt.conf.seen" ;; esac; done
case " $* " in
  *' --print-uris '*) for name in libone-dev libgtest-dev; do echo "'http://m/$name.deb' ${name}_1_arm64.deb 5 SHA256:$name"; done ;;
  *' --download-only '*) for name in libone-dev libgtest-dev; do echo "$name" >"$archives/${name}_1_arm64.deb"; done ;;
esac
END
  } | fake apt-get
}
fake dpkg-deb <<'END'
name=$(cat "$2")
mkdir -p "$3/usr/lib/deep"
echo "$name" >"$3/usr/lib/$name"
ln -sfn "/usr/lib/$name" "$3/usr/lib/deep/$name.so"
chmod 4755 "$3/usr/lib/$name"
END
made() { find "$cache" -mindepth 1 -maxdepth 1 ! -name lock -printf '%f\n'; }

run "$arm_root" --nonsense
expect 'unknown argument: is bad usage, in one line' equal "$status$err" "2setup/arm-root: unknown argument '--nonsense'; see --help"

apt_gives 'case " $* " in *" update "*) echo "E: no mirror answers"; exit 100 ;; esac'
run "$arm_root"
expect 'no mirror and no root: fails' equal "$status" 1
expect 'no mirror and no root: one line with the reason of apt' has "$err" 'E: no mirror answers'
expect 'no mirror and no root: one line' one_line "$err"
expect 'no mirror and no root: leaves nothing' equal "$(made)" ''

apt_gives 'case " $* " in *" --download-only "*) echo "E: the disk is full"; exit 100 ;; esac'
run "$arm_root"
expect 'a failed download: fails with the reason' has "$status$err" 'E: the disk is full'
expect 'a failed download: leaves nothing' equal "$(made)" ''

apt_gives
run "$arm_root"
first=$out
expect 'fetches: succeeds' equal "$status" 0
expect 'fetches: prints the root and nothing else' equal "$out" "$cache/$(made)"
expect 'fetches: has the packages' equal "$(cat "$first/usr/lib/libone-dev" "$first/usr/lib/libgtest-dev")" $'libone-dev\nlibgtest-dev'
expect 'fetches: what is compiled with, and no compiler' has "$(grep -e --download-only "$calls")" \
  '<libone-dev> <libgtest-dev> <libc6-dev> <libgcc-12-dev> <libstdc++-12-dev>'
expect 'fetches: knows nothing of the packages of this machine' has "$(grep -e --download-only "$calls")" 'Dir::State::status='
expect 'fetches: no file has set-id bits' equal "$(find "$first" -perm /7000)" ''
expect 'fetches: takes nothing unsigned or out of date' has "$(cat "$work/apt.conf.seen")" 'Acquire::Check-Valid-Until "true"'
expect 'fetches: an absolute link stays in the root' equal "$(readlink "$first/usr/lib/deep/libone-dev.so")" '../libone-dev'

run "$arm_root"
expect 'again: the same root' equal "$status$out" "0$first"
expect 'again: fetches nothing' lacks "$(cat "$calls")" '--download-only'
expect 'again: says nothing' equal "$err" ''

apt_gives 'case " $* " in *" update "*) echo "E: no mirror answers"; exit 100 ;; esac'
run "$arm_root"
expect 'no mirror: goes on with the root that is here' equal "$status$out" "0$first"
expect 'no mirror: says so' has "$err" 'going on with the root made before'

totals
