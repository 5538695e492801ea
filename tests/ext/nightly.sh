#!/usr/bin/env bash
# The long tests of ext/: all 64,000 sizes of every backend, then random shapes, on this processor and on emulated ones,
# built by gcc and clang at -O2 and -O3. Usage: tests/ext/nightly.sh [SECONDS OF RANDOM SHAPES PER BACKEND, 60 if not given]
# The sizes take about an hour, most of it emulated. Last line: "N passed, N failed".
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

seconds=${1:-60} seed=$(date +%s) passed=0 failed=0
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
  echo "nightly.sh: '$seconds' is not a number of seconds" >&2
  exit 2
}

# check <what> <command...>
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    passed=$((passed + 1))
    echo "ok $what"
  else
    failed=$((failed + 1))
    printf '%s\nFAILED %s\n' "$output" "$what"
  fi
}

# build <name> <CMake's options...>
build() {
  local name=$1
  shift
  cmake -G Ninja -S ext -B "build/ext-$name" -DBF16MM_TESTS=ON -DBF16MM_MODULE=OFF -DBF16MM_WERROR=ON "$@" >/dev/null &&
    cmake --build "build/ext-$name" >/dev/null
}

# all_backends <what> <command...>: each backend that the command lists.
all_backends() {
  local what=$1 backend
  shift
  while read -r backend _; do
    check "$what, $backend: every size" "$@" "$backend" 1
    check "$what, $backend: random shapes from seed $seed" "$@" "$backend" random "$seconds" "$seed"
  done < <("$@" list)
}

for level in O2 O3; do
  for compiler in gcc clang-19; do
    command -v "$compiler" >/dev/null || continue
    check "$compiler -$level builds" build "nightly-$compiler-$level" "-DCMAKE_C_COMPILER=$compiler" \
      -DCMAKE_BUILD_TYPE=None "-DCMAKE_C_FLAGS=-$level"
    all_backends "$compiler -$level" "build/ext-nightly-$compiler-$level/gemm_test"
  done
done
for compiler in aarch64-linux-gnu-gcc-11 aarch64-linux-gnu-gcc-12; do
  command -v "$compiler" qemu-aarch64 >/dev/null || continue
  check "$compiler builds" build "nightly-$compiler" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
    "-DCMAKE_C_COMPILER=$compiler" -DCMAKE_EXE_LINKER_FLAGS=-static
  for processor in neoverse-n1 a64fx max,sve=off,sme=off max,sve128=on,sve256=off,sve512=off \
    max,sve256=on,sve512=off max,sve512=on,sve-max-vq=4; do
    all_backends "$compiler, $processor" qemu-aarch64 -cpu "$processor" "build/ext-nightly-$compiler/gemm_test"
  done
done

echo "$passed passed, $failed failed"
((failed == 0))
