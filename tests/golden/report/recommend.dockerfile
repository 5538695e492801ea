# A Dockerfile written by pytune.
# CPython 3.13.5 as pytune built it: gcc-12 O3 pgo=training lto=full no-pie (opt=O3 pgo=training
# lto=full pie=no-pie)
# Speed (measured): 1.310x faster than the baseline (95 % interval 1.290-1.330), confirmed on fresh
# rounds
# Measured on: Example CPU 9000, 2 CPUs, Debian GNU/Linux 12 (bookworm), glibc 2.36,
# 2026-11-21T10:00:00Z
# Runs on: x86-64 baseline
# Build 2222222222222222 of sweep 0123456789ab
# Source: python3.13_3.13.5.orig.tar.xz, Debian python3.13 3.13.5-2+deb13u5 (trixie), upstream
# tarball, sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
# Training programs: sha256 7777777777777777777777777777777777777777777777777777777777777777
# Profile data: sha256 8888888888888888888888888888888888888888888888888888888888888888
# Tool: gcc-12, gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, /usr/bin/gcc-12, sha256
# bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
# Tool: cc1, /usr/lib/gcc/x86_64-linux-gnu/12/cc1, sha256
# cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
# Tool: ld, GNU ld (GNU Binutils for Debian) 2.40, /usr/bin/ld, sha256
# dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
#
# Gather what it copies, then build it from there:
#   mkdir context
#   cp python3.13_3.13.5.orig.tar.xz context/source-archive
#   cp -a /srv/pytune/profiles/training context/training
#   docker build -t python-pytune:3.13.5 -f Dockerfile context
# Docker's default seccomp profile keeps setarch from fixing addresses, without which the profile,
# and so the code, may differ a little (the build says so). To get the very same code:
# DOCKER_BUILDKIT=0 docker build --security-opt seccomp=unconfined ...

FROM debian:12 AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    binutils ca-certificates gcc-12 libbz2-dev libc6-dev libffi-dev libgdbm-dev liblzma-dev \
    libncurses-dev libreadline-dev libsqlite3-dev libssl-dev make patch pkg-config uuid-dev \
    xz-utils zlib1g-dev
COPY source-archive /pytune/source-archive
COPY training /pytune/training
RUN printf '%s\n' \
    '#!/bin/sh' \
    '# CPython 3.13.5 as pytune built it: gcc-12 O3 pgo=training lto=full no-pie (opt=O3 pgo=training' \
    '# lto=full pie=no-pie)' \
    '# Speed (measured): 1.310x faster than the baseline (95 % interval 1.290-1.330), confirmed on fresh' \
    '# rounds' \
    '# Measured on: Example CPU 9000, 2 CPUs, Debian GNU/Linux 12 (bookworm), glibc 2.36,' \
    '# 2026-11-21T10:00:00Z' \
    '# Runs on: x86-64 baseline' \
    '# Build 2222222222222222 of sweep 0123456789ab' \
    '# Source: python3.13_3.13.5.orig.tar.xz, Debian python3.13 3.13.5-2+deb13u5 (trixie), upstream' \
    '# tarball, sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' \
    '# Training programs: sha256 7777777777777777777777777777777777777777777777777777777777777777' \
    '# Profile data: sha256 8888888888888888888888888888888888888888888888888888888888888888' \
    '# Tool: gcc-12, gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, /usr/bin/gcc-12, sha256' \
    '# bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' \
    '# Tool: cc1, /usr/lib/gcc/x86_64-linux-gnu/12/cc1, sha256' \
    '# cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc' \
    '# Tool: ld, GNU ld (GNU Binutils for Debian) 2.40, /usr/bin/ld, sha256' \
    '# dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd' \
    '# Save it and run `sh FILE`, or paste it into a shell. Where things go can be changed:' \
    '# WORK=/var/tmp/python PREFIX=/opt/python JOBS=8 sh FILE' \
    '(' \
    'set -eu' \
    '' \
    '# --- where things are ---' \
    'WORK=${WORK:-$PWD/pytune-build}  # built here; must not exist yet' \
    'PREFIX=${PREFIX:-$PWD/python-3.13.5}  # the finished tree goes here' \
    'JOBS=${JOBS:-$(nproc)}  # compilers at a time' \
    'ARCHIVE=${ARCHIVE:-$PWD/python3.13_3.13.5.orig.tar.xz}  # the source' \
    'TRAINING=${TRAINING:-/srv/pytune/profiles/training}  # pytune'\''s profiles/training' \
    'PROFILE=${PROFILE:-/srv/store/train/0123456789abcdef/profile}  # the profile that was used; where it is missing, training makes one anew' \
    'ORIGINAL=${ORIGINAL:-/srv/store/build/2222222222222222/prefix/bin/python3.13}  # pytune'\''s own build, to compare with at the end' \
    '' \
    '# --- can it be done here? ---' \
    'case $WORK in /*) ;; *) WORK=$PWD/$WORK ;; esac' \
    'case $WORK in' \
    '  *[[:space:]]*)' \
    '    printf '\''%s\n'\'' "WORK: '\''$WORK'\'' holds a blank, which make install cannot take; set WORK to a path without." >&2' \
    '    exit 1 ;;' \
    'esac' \
    'if [ -e "$WORK" ]; then' \
    '  printf '\''%s\n'\'' "$WORK exists: remove it, or set WORK to a directory to be made." >&2' \
    '  exit 1' \
    'fi' \
    'if [ ! -d "$PROFILE" ]; then' \
    'if [ ! -d "$TRAINING" ]; then' \
    '  printf '\''%s\n'\'' "TRAINING: '\''$TRAINING'\'' is no directory; set TRAINING to profiles/training of a pytune checkout." >&2' \
    '  exit 1' \
    'fi' \
    'fi' \
    '# Another version of a tool builds a working interpreter, but not this code.' \
    'check_tool() {  # name, path, sha256, what its --version must hold...' \
    '  name=$1 path=$2 hash=$3' \
    '  shift 3' \
    '  case $(sha256sum <"$path" 2>/dev/null) in "$hash"*) return ;; esac' \
    '  [ -x "$path" ] || path=$name' \
    '  said=$("$path" --version 2>/dev/null </dev/null) || said=nothing' \
    '  [ $# -gt 0 ] || set -- '\''the file with the recorded hash'\''' \
    '  for part in "$@"; do' \
    '    case $said in' \
    '      *"$part"*) ;;' \
    '      *) printf '\''warning: %s is not %s: the code may differ\n'\'' "$name" "$part" >&2 ;;' \
    '    esac' \
    '  done' \
    '}' \
    'check_tool gcc-12 /usr/bin/gcc-12 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb gcc-12 '\''Debian 12.2.0-14+deb12u1'\'' 12.2.0' \
    'check_tool cc1 /usr/lib/gcc/x86_64-linux-gnu/12/cc1 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc' \
    'check_tool ld /usr/bin/ld dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd '\''GNU ld'\'' '\''GNU Binutils for Debian'\'' 2.40' \
    'mkdir -p "$WORK/build" "$WORK/home" "$WORK/profile"' \
    'WORK=$(cd "$WORK" && pwd -P)' \
    'SOURCE=$WORK/src' \
    'STRIP=$(printf '\''%s'\'' "$WORK/build" | tr -cd / | wc -c)  # directories above the objects' \
    'enter() { mkdir -p "$1" && cd "$1"; }' \
    '# The whole environment: a CFLAGS or MAKEFLAGS of yours would make another build.' \
    'clean() { env -i PATH="$PATH" HOME="$WORK/home" LANG=C.UTF-8 LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1735689600 "$@"; }' \
    '# Training runs without address randomization, so that its counts, and with them the code, come out' \
    '# the same each time.' \
    'clean_at_fixed_addresses() {' \
    '  if setarch -R true 2>/dev/null; then' \
    '    clean setarch -R env "$@"' \
    '  else' \
    '    printf '\''%s\n'\'' '\''warning: addresses stay random here (in docker: --security-opt seccomp=unconfined); the code may differ a little'\'' >&2' \
    '    clean "$@"' \
    '  fi' \
    '}' \
    '' \
    '# --- source: CPython 3.13.5 ---' \
    'if [ ! -f "$ARCHIVE" ]; then' \
    '  printf '\''%s\n'\'' "$ARCHIVE is not there." \' \
    '    '\''Get python3.13_3.13.5.orig.tar.xz (sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) and set ARCHIVE to where it is.'\'' \' \
    '    '\''On a system whose apt sources include deb-src for that release: apt-get source --download-only python3.13=3.13.5-2+deb13u5'\'' \' \
    '    '\''A copy from anywhere else will do: its hash is checked.'\'' >&2' \
    '  exit 1' \
    'fi' \
    '# Copied first: the check reads names, and this one needs no quoting.' \
    'cp "$ARCHIVE" "$WORK/source-archive"' \
    '(cd "$WORK" && printf '\''%s  source-archive\n'\'' aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | sha256sum -c -)' \
    'mkdir "$SOURCE"' \
    'tar -xf "$WORK/source-archive" -C "$SOURCE" --strip-components=1 --no-same-owner' \
    '' \
    '# --- configure ---' \
    'printf '\''%s\n'\'' '\''== configure'\''' \
    'enter "$WORK/build"' \
    'clean ../src/configure --prefix=/opt/python '\''CC=/usr/bin/gcc-12'\'' '\''AR=/usr/bin/gcc-ar-12'\'' \' \
    '  '\''RANLIB=/usr/bin/gcc-ranlib-12'\'' --disable-shared' \
    '' \
    'if [ -d "$PROFILE" ]; then cp -a "$PROFILE/." "$WORK/profile/"; else' \
    '' \
    '# --- instrument: a build that counts what runs ---' \
    'printf '\''%s\n'\'' '\''== instrument: a build that counts what runs'\''' \
    'enter "$WORK/build"' \
    'rm -rf "$WORK/build" "$WORK/install" && mkdir "$WORK/build" && cd "$WORK/build"' \
    'enter "$WORK/build"' \
    'clean ../src/configure --prefix=/opt/python '\''CC=/usr/bin/gcc-12'\'' '\''AR=/usr/bin/gcc-ar-12'\'' \' \
    '  '\''RANLIB=/usr/bin/gcc-ranlib-12'\'' --disable-shared' \
    'enter "$WORK/build"' \
    'clean LLVM_PROFILE_FILE=/dev/null make "-j$JOBS" '\''OPT=-DNDEBUG -O3'\'' \' \
    '  '\''CFLAGS_NODIST=-fomit-frame-pointer -fprofile-generate'\'' LDFLAGS_NODIST=-fprofile-generate \' \
    '  '\''LINKFORSHARED=-Xlinker -export-dynamic'\''' \
    'enter "$WORK/build"' \
    'clean LLVM_PROFILE_FILE=/dev/null make "-j$JOBS" install "DESTDIR=$WORK/install" \' \
    '  '\''OPT=-DNDEBUG -O3'\'' '\''CFLAGS_NODIST=-fomit-frame-pointer -fprofile-generate'\'' \' \
    '  LDFLAGS_NODIST=-fprofile-generate '\''LINKFORSHARED=-Xlinker -export-dynamic'\'' \' \
    '  COMPILEALL_OPTS=--help ENSUREPIP=no' \
    '' \
    '# --- train: run the training programs on it ---' \
    'printf '\''%s\n'\'' '\''== train: run the training programs on it'\''' \
    'enter "$WORK/build"' \
    'clean_at_fixed_addresses GCOV_PREFIX="$WORK/profile" GCOV_PREFIX_STRIP="$STRIP" \' \
    '  PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 PYTHONNOUSERSITE=1 \' \
    '  "$WORK/install/opt/python/bin/python3.13" "$TRAINING/run.py"' \
    '' \
    'fi' \
    '' \
    '# --- compile ---' \
    'printf '\''%s\n'\'' '\''== compile'\''' \
    'enter "$WORK/build"' \
    'rm -rf "$WORK/build" "$WORK/install" && mkdir "$WORK/build" && cd "$WORK/build"' \
    'enter "$WORK/build"' \
    'clean ../src/configure --prefix=/opt/python '\''CC=/usr/bin/gcc-12'\'' '\''AR=/usr/bin/gcc-ar-12'\'' \' \
    '  '\''RANLIB=/usr/bin/gcc-ranlib-12'\'' --disable-shared' \
    'enter "$WORK/build"' \
    'cp -a "$WORK/profile/." .' \
    'enter "$WORK/build"' \
    'clean make "-j$JOBS" '\''OPT=-DNDEBUG -O3'\'' \' \
    '  '\''CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer -fprofile-use -fprofile-correction -Wno-missing-profile'\'' \' \
    '  '\''LDFLAGS_NODIST=-flto=auto -fuse-linker-plugin -O3 -fprofile-use'\'' \' \
    '  '\''LINKFORSHARED=-Xlinker -export-dynamic -no-pie -Wl,-rpath,\$$ORIGIN/../lib'\''' \
    'enter "$WORK/build"' \
    'clean make "-j$JOBS" install "DESTDIR=$WORK/install" '\''OPT=-DNDEBUG -O3'\'' \' \
    '  '\''CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer -fprofile-use -fprofile-correction -Wno-missing-profile'\'' \' \
    '  '\''LDFLAGS_NODIST=-flto=auto -fuse-linker-plugin -O3 -fprofile-use'\'' \' \
    '  '\''LINKFORSHARED=-Xlinker -export-dynamic -no-pie -Wl,-rpath,\$$ORIGIN/../lib'\'' \' \
    '  COMPILEALL_OPTS=--help ENSUREPIP=no' \
    '' \
    '# --- the finished tree ---' \
    '# CPython finds its library beside itself, so the tree may be moved. make left most of its bytecode' \
    '# out.' \
    'mkdir -p "$PREFIX"' \
    'cp -a "$WORK/install"/opt/python/. "$PREFIX/"' \
    'clean "$PREFIX/bin/python3.13" -B -m compileall -f -q -j0 \' \
    '  --invalidation-mode unchecked-hash -x '\''/(test|tests|idle_test|lib2to3)/'\'' \' \
    '  "$PREFIX/lib/python3.13"' \
    '' \
    '# --- is it the same code? ---' \
    'code_of() { objcopy -O binary -j .init -j '\''.plt*'\'' -j '\''.text*'\'' -j .fini "$1" "$2"; }' \
    'same_code() {' \
    '  code_of "$1" "$WORK/code.1" && code_of "$2" "$WORK/code.2" &&' \
    '    cmp -s "$WORK/code.1" "$WORK/code.2"' \
    '}' \
    'if [ -x "$ORIGINAL" ]; then' \
    '  different=' \
    '  for file in "$PREFIX/bin/python3.13" "$PREFIX/lib/libpython3.13.so.1.0" \' \
    '    "$PREFIX/lib/python3.13/lib-dynload"/*.so; do' \
    '    [ -f "$file" ] || continue' \
    '    file=${file#"$PREFIX/"}' \
    '    same_code "$PREFIX/$file" "${ORIGINAL%/bin/*}/$file" || different="$different $file"' \
    '  done' \
    '  if [ -n "$different" ]; then' \
    '    printf '\''%s\n'\'' "NOT the code that was measured:$different" \' \
    '      '\''Did a warning above name a tool?'\'' >&2' \
    '    exit 1' \
    '  fi' \
    '  printf '\''%s\n'\'' "The same code as in pytune'\''s build."' \
    'else' \
    '  printf '\''%s\n'\'' '\''expected code_sha256 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee2'\'' \' \
    '    "  (to see this build'\''s: pytune inspect $PREFIX/bin/python3.13)"' \
    'fi' \
    'printf '\''%s\n'\'' "The interpreter: $PREFIX/bin/python3.13"' \
    ')' \
    >/pytune/build.sh
RUN WORK=/pytune/work PREFIX=/opt/python ARCHIVE=/pytune/source-archive TRAINING=/pytune/training sh /pytune/build.sh
# The packages that hold the libraries it was linked with, by whatever names this release gives them.
RUN find /opt/python -type f \( -name '*.so*' -o -path '*/bin/python3.13' \) -exec ldd {} + \
    | awk '$2 == "=>" && $3 ~ "^/" && $3 !~ "^/opt/" { sub("^(/usr)?/", "", $3); print "*/" $3 }' \
    | sort -u | xargs -r dpkg-query --search | sed 's/:.*//' | sort -u >/pytune/packages

FROM debian:12
COPY --from=build /pytune/packages /tmp/packages
RUN apt-get update && DEBIAN_FRONTEND=noninteractive \
    xargs apt-get install -y --no-install-recommends </tmp/packages \
    && rm -rf /tmp/packages /var/lib/apt/lists/*
COPY --from=build /opt/python /opt/python
ENV PATH=/opt/python/bin:$PATH
CMD ["python3.13"]
