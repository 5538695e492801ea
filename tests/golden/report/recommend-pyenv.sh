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
# With pyenv you get the same compiler and flags, but not the same code:
# - The profile: this build was trained on pytune's own programs. pyenv trains on CPython's test
#   suite (--enable-optimizations), so the code differs, and the speed was not measured.
# - pyenv adds -L and -rpath options of its own, and installs to its own place.
# - The exact build: pytune recommend --format shell
(
export CC=/usr/bin/gcc-12
export AR=/usr/bin/gcc-ar-12
export RANLIB=/usr/bin/gcc-ranlib-12
export OPT='-DNDEBUG -O3'
export CFLAGS_NODIST='-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer'
export LDFLAGS_NODIST='-flto=auto -fuse-linker-plugin -O3'
export LINKFORSHARED='-Xlinker -export-dynamic -no-pie -Wl,-rpath,\$$ORIGIN/../lib'
export PYTHON_CONFIGURE_OPTS='--disable-shared --enable-optimizations'
MAKE_OPTS=-j$(nproc)
export MAKE_OPTS
pyenv install 3.13.5
)
