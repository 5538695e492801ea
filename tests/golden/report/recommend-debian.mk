# CPython 3.13.5 as pytune built it: gcc-12 O3 pgo=training lto=full no-pie (opt=O3 pgo=training
# lto=full pie=no-pie)
# Speed (measured): 1.310x faster than the baseline (95 % interval 1.290-1.330), confirmed on
# fresh rounds
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
# For debian/rules (debhelper). The tree is configured and built out of the way, from the upstream
# tarball beside the package as pytune did, without Debian's patches and without dpkg's default
# flags: each command runs in the environment it was recorded in. DEB_*_MAINT_* say the same flags
# to dpkg-buildflags, for a package that keeps its own configure and make calls.
# Copy pytune's profiles/training to debian/training: the profile is made by running it.

# ./configure --prefix=/opt/python CC=/usr/bin/gcc-12 AR=/usr/bin/gcc-ar-12
# RANLIB=/usr/bin/gcc-ranlib-12 --disable-shared
# make 'OPT=-DNDEBUG -O3' 'CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie
# -fomit-frame-pointer -fprofile-use -fprofile-correction -Wno-missing-profile'
# 'LDFLAGS_NODIST=-flto=auto -fuse-linker-plugin -O3 -fprofile-use' 'LINKFORSHARED=-Xlinker
# -export-dynamic -no-pie -Wl,-rpath,\$$ORIGIN/../lib'
export DEB_BUILD_MAINT_OPTIONS = hardening=-all optimize=-lto
export DEB_CPPFLAGS_MAINT_SET =
export DEB_CFLAGS_MAINT_SET = -DNDEBUG -O3 -flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer
export DEB_LDFLAGS_MAINT_SET = -flto=auto -fuse-linker-plugin -O3
export JOBS := $(or $(patsubst parallel=%,%,$(filter parallel=%,$(DEB_BUILD_OPTIONS))),1)
export WORK := $(CURDIR)/debian/pytune-work
export SOURCE := $(WORK)/src
export ARCHIVE := ../python3.13_3.13.5.orig.tar.xz
export TRAINING := $(CURDIR)/debian/training
export STRIP := $(words $(subst /, ,$(WORK)/build))
CLEAN = env -i PATH="$$PATH" HOME="$$WORK/home" LANG=C.UTF-8 LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=1735689600

override_dh_auto_configure:
	rm -rf "$$WORK"
	mkdir -p "$$SOURCE" "$$WORK/home" "$$WORK/profile"
	cp "$$ARCHIVE" "$$WORK/source-archive"
	cd "$$WORK" && echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'  source-archive' | sha256sum -c -
	tar -xf "$$WORK/source-archive" -C "$$SOURCE" --strip-components=1 --no-same-owner

override_dh_auto_build:
	@echo '== configure'
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) ../src/configure --prefix=/opt/python \
	    'CC=/usr/bin/gcc-12' 'AR=/usr/bin/gcc-ar-12' 'RANLIB=/usr/bin/gcc-ranlib-12' \
	    --disable-shared
	@echo '== instrument: a build that counts what runs'
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && rm -rf "$$WORK/build" "$$WORK/install" && \
	    mkdir "$$WORK/build" && cd "$$WORK/build"
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) ../src/configure --prefix=/opt/python \
	    'CC=/usr/bin/gcc-12' 'AR=/usr/bin/gcc-ar-12' 'RANLIB=/usr/bin/gcc-ranlib-12' \
	    --disable-shared
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) LLVM_PROFILE_FILE=/dev/null make \
	    "-j$$JOBS" 'OPT=-DNDEBUG -O3' 'CFLAGS_NODIST=-fomit-frame-pointer -fprofile-generate' \
	    LDFLAGS_NODIST=-fprofile-generate 'LINKFORSHARED=-Xlinker -export-dynamic'
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) LLVM_PROFILE_FILE=/dev/null make \
	    "-j$$JOBS" install "DESTDIR=$$WORK/install" 'OPT=-DNDEBUG -O3' \
	    'CFLAGS_NODIST=-fomit-frame-pointer -fprofile-generate' LDFLAGS_NODIST=-fprofile-generate \
	    'LINKFORSHARED=-Xlinker -export-dynamic' COMPILEALL_OPTS=--help ENSUREPIP=no
	@echo '== train: run the training programs on it'
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) GCOV_PREFIX="$$WORK/profile" \
	    GCOV_PREFIX_STRIP="$$STRIP" PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0 PYTHONNOUSERSITE=1 \
	    setarch -R "$$WORK/install/opt/python/bin/python3.13" "$$TRAINING/run.py"
	@echo '== compile'
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && rm -rf "$$WORK/build" "$$WORK/install" && \
	    mkdir "$$WORK/build" && cd "$$WORK/build"
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) ../src/configure --prefix=/opt/python \
	    'CC=/usr/bin/gcc-12' 'AR=/usr/bin/gcc-ar-12' 'RANLIB=/usr/bin/gcc-ranlib-12' \
	    --disable-shared
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && cp -a "$$WORK/profile/." .
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) make "-j$$JOBS" 'OPT=-DNDEBUG -O3' \
	    'CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer -fprofile-use -fprofile-correction -Wno-missing-profile' \
	    'LDFLAGS_NODIST=-flto=auto -fuse-linker-plugin -O3 -fprofile-use' \
	    'LINKFORSHARED=-Xlinker -export-dynamic -no-pie -Wl,-rpath,\$$$$ORIGIN/../lib'
	mkdir -p "$$WORK/build" && cd "$$WORK/build" && $(CLEAN) make "-j$$JOBS" install \
	    "DESTDIR=$$WORK/install" 'OPT=-DNDEBUG -O3' \
	    'CFLAGS_NODIST=-flto=auto -fno-fat-lto-objects -fno-pie -fomit-frame-pointer -fprofile-use -fprofile-correction -Wno-missing-profile' \
	    'LDFLAGS_NODIST=-flto=auto -fuse-linker-plugin -O3 -fprofile-use' \
	    'LINKFORSHARED=-Xlinker -export-dynamic -no-pie -Wl,-rpath,\$$$$ORIGIN/../lib' \
	    COMPILEALL_OPTS=--help ENSUREPIP=no

override_dh_auto_test:

override_dh_auto_install:
	mkdir -p debian/tmp/opt/python
	cp -a "$$WORK/install"/opt/python/. debian/tmp/opt/python/

override_dh_auto_clean:
	rm -rf "$$WORK"
