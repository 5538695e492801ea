# Shared by ./pytune, ./run-tests and .ci/run; sourced, with the checkout as the current directory.
# shellcheck shell=bash

# The largest number of compilers that processors and memory allow: one of them can take 1.5 GiB.
build_jobs() {
  local cpus mem_kib limit file by_memory
  cpus=$(nproc)
  mem_kib=$(awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo)
  # A container's limit does not show in MemAvailable.
  for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    limit=
    if [[ -r $file ]]; then read -r limit <"$file" || limit=; fi
    if [[ $limit =~ ^[0-9]+$ ]] && ((limit / 1024 < ${mem_kib:-0})); then mem_kib=$((limit / 1024)); fi
  done
  by_memory=$((${mem_kib:-0} / (3 * 512 * 1024)))
  if ((by_memory < cpus)); then cpus=$by_memory; fi
  echo $((cpus > 0 ? cpus : 1))
}

# show_progress <label>: turns ninja's "[done/all] ..." lines on stdin into one line that moves, with the time left.
# Without a terminal on stderr it only drains its input: the log has the lines.
show_progress() {
  local label=$1 line done_steps all_steps left start=$SECONDS
  if [[ ! -t 2 ]]; then
    cat >/dev/null
    return
  fi
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    done_steps=${BASH_REMATCH[1]} all_steps=${BASH_REMATCH[2]} left='?'
    if ((done_steps > 0)); then left=$(((SECONDS - start) * (all_steps - done_steps) / done_steps)); fi
    printf '\r\033[K%s: step %s of %s, about %s s left' "$label" "$done_steps" "$all_steps" "$left" >&2
  done
  printf '\r\033[K' >&2
}

# build_preset <label> <preset> <log> [target...]: configures when needed, builds, and keeps the whole output in the
# log. Prints nothing when all goes well; on failure the first errors and the log's path.
build_preset() {
  local label=$1 preset=$2 log=$3 build=build/$2 target status
  shift 3
  local configure=(cmake --preset "$preset") make=(cmake --build --preset "$preset" --parallel "$(build_jobs)")
  # A checkout that was moved or copied brings a cache that names its old place; CMake refuses it.
  if [[ -f $build/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$build/CMakeCache.txt"; then
    configure+=(--fresh)
  fi
  for target in "$@"; do make+=(--target "$target"); done
  mkdir -p "$build" "${log%/*}"
  if { "${configure[@]}" && "${make[@]}"; } 2>&1 | tee "$log" | show_progress "$label"; then
    return 0
  else
    status=$?
  fi
  {
    # gcc, clang, the linker and CMake mark their findings in these ways; the last lines alone are often ninja's own.
    awk '/error:|Error at|undefined reference|FAILED:/ {show = 4} show-- > 0 && ++shown <= 40' "$log" | grep . ||
      tail -n 20 "$log"
    printf '%s: building failed; the whole log: %s\n' "$label" "$PWD/$log"
  } >&2
  return "$status"
}
