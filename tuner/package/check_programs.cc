#include "package/check_programs.h"

namespace pytune {

// Every extension module is loaded: one whose system library is missing, or that was built for
// another processor, shows here. Some may only be loaded once or refuse on purpose; tests have
// those.
const char* const kCheckRun = R"py(
import importlib, os, subprocess, sys
expected, version = sys.argv[1:3]
if os.path.realpath(sys.prefix) != expected:
    sys.exit('sys.prefix is %s and not %s' % (sys.prefix, expected))
if sys.version.split()[0].rstrip('+') != version:
    sys.exit('it says it is %s and not %s' % (sys.version.split()[0], version))
stray = [p for p in sys.path if p and not os.path.realpath(p).startswith(expected + os.sep)]
if stray:
    sys.exit('sys.path leads outside: ' + stray[0])
loaded, broken = 0, []
folder = next((p for p in sys.path if os.path.basename(p) == 'lib-dynload'), None)
for name in sorted({f.split('.')[0] for f in os.listdir(folder)} if folder and os.path.isdir(folder) else ()):
    if name.startswith(('_test', '_ctypes_test', '_xxtestfuzz', 'xx')):
        continue
    try:
        importlib.import_module(name)
        loaded += 1
    except Exception as error:
        broken.append('%s: %s' % (name, error))
if broken:
    sys.exit('%d extension modules do not load: %s' % (len(broken), '; '.join(broken)))
link = os.path.join(os.environ['TMPDIR'], 'linked python')
if os.path.lexists(link):
    os.unlink(link)
os.symlink(sys.executable, link)
run = subprocess.run([link, '-I', '-c', 'import sys; print(sys.prefix)'], capture_output=True, text=True, timeout=60)
if os.path.realpath(run.stdout.strip()) != expected:
    sys.exit('through a link it does not find itself: ' + (run.stderr.strip() or run.stdout.strip())[-200:])
print('%s finds itself, %d extension modules load' % (version, loaded))
)py";

const char* const kCheckSysconfig = R"py(
import os, re, subprocess, sys, sysconfig
expected, built = sys.argv[1:3]
inside = lambda path: os.path.realpath(path) == expected or os.path.realpath(path).startswith(expected + os.sep)
for name in ('INCLUDEPY', 'LIBDIR', 'BINDIR', 'LIBDEST', 'LIBPL', 'prefix'):
    value = sysconfig.get_config_var(name)
    if value and not inside(value):
        sys.exit('%s is %s, outside the unpacked archive' % (name, value))
for name, value in sysconfig.get_paths().items():
    if not inside(value):
        sys.exit('path %s is %s, outside the unpacked archive' % (name, value))
if not os.path.isfile(os.path.join(sysconfig.get_config_var('INCLUDEPY'), 'Python.h')):
    sys.exit('no Python.h in INCLUDEPY')
seen = re.compile(re.escape(built) + r'(?![\w.+-])')
for name, value in sysconfig.get_config_vars().items():
    if isinstance(value, str) and not expected.startswith(built) and seen.search(value):
        sys.exit('%s names the prefix of the build: %s' % (name, value))
tuning = re.compile(r'(?<!\S)(-flto|-fprofile|-march=|-mcpu=|-mtune=|-fuse-ld|-fbolt|-Wl,-rpath)\S*')
for name in ('CC', 'CXX', 'CFLAGS', 'OPT', 'PY_CFLAGS', 'PY_CFLAGS_NODIST', 'LDSHARED', 'LDFLAGS', 'PY_LDFLAGS'):
    found = tuning.search(str(sysconfig.get_config_var(name) or ''))
    if found:
        sys.exit('%s carries the build\'s own %s' % (name, found.group()))
config = os.path.join(expected, 'bin', 'python%d.%d%s-config' % (*sys.version_info[:2], sys.abiflags))
if os.path.isfile(config):
    shown = subprocess.run([config, '--prefix'], capture_output=True, text=True, timeout=60).stdout.strip()
    if os.path.realpath(shown) != expected:
        sys.exit('%s --prefix prints %s' % (os.path.basename(config), shown))
pydoc = os.path.join(expected, 'bin', 'pydoc%d.%d' % sys.version_info[:2])
if os.path.isfile(pydoc) and 'emulated' not in sys.argv[3:]:
    shown = subprocess.run([pydoc, 'len'], capture_output=True, text=True, timeout=60)
    if 'number of items' not in shown.stdout:
        sys.exit('%s does not start: %s' % (os.path.basename(pydoc), (shown.stderr or shown.stdout).strip()[-200:]))
packages = os.path.join(expected, 'lib', 'pkgconfig')
for name in sorted(os.listdir(packages)) if os.path.isdir(packages) else ():
    with open(os.path.join(packages, name)) as text:
        if 'prefix=${pcfiledir}/../..' not in text.read():
            sys.exit(name + ' is not relative to itself')
print('compiles with %s %s' % (sysconfig.get_config_var('CC'), sysconfig.get_config_var('CFLAGS')))
)py";

const char* const kCheckVenv = R"py(
import os, subprocess, sys, venv
where, expected = sys.argv[1:3]
venv.create(where, with_pip=False, symlinks=True)  # as "python -m venv" does
python = os.path.join(where, 'bin', 'python')
code = '''import os, sys, sysconfig
print(os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix),
      os.path.realpath(sysconfig.get_config_var('INCLUDEPY')), sep=chr(10))
import json, decimal, ctypes'''
run = subprocess.run([python, '-c', code], capture_output=True, text=True, timeout=60)
if run.returncode != 0:
    sys.exit('its python does not start: ' + run.stderr.strip()[-300:])
prefix, base, include = run.stdout.split('\n')[:3]
if prefix != os.path.realpath(where) or base != expected or not include.startswith(expected + os.sep):
    sys.exit('its python has prefix %s, base %s, headers %s' % (prefix, base, include))
print('made without pip, runs, headers come from the base')
)py";

const char* const kCheckExtension = R"py(
import importlib.util, os, shlex, shutil, subprocess, sys, sysconfig
where = sys.argv[1]
source = os.path.join(where, 'pytune_probe.c')
with open(source, 'w') as text:
    text.write('''#include <Python.h>
static PyObject *add(PyObject *self, PyObject *args) {
  long a, b;
  if (!PyArg_ParseTuple(args, "ll", &a, &b)) return NULL;
  return PyLong_FromLong(a + b);
}
static PyMethodDef methods[] = {{"add", add, METH_VARARGS, "Adds."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "pytune_probe", NULL, 0, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_pytune_probe(void) { return PyModuleDef_Init(&module); }
''')
var = lambda name: shlex.split(sysconfig.get_config_var(name) or '')
if not shutil.which(var('CC')[0]):
    sys.exit('no C compiler called %s on PATH; install gcc or clang' % var('CC')[0])
target = os.path.join(where, 'pytune_probe' + sysconfig.get_config_var('EXT_SUFFIX'))
for command in (
        var('CC') + var('CFLAGS') + var('CCSHARED') + ['-I' + sysconfig.get_config_var('INCLUDEPY'), '-c', source,
                                                       '-o', source + '.o'],
        var('LDSHARED') + var('LDFLAGS') + [source + '.o', '-o', target]):
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=where)
    if run.returncode != 0:
        lines = [l for l in run.stderr.splitlines() if 'error' in l or 'cannot' in l] or run.stderr.splitlines()
        sys.exit('%s: %s' % ((lines or ['it says nothing'])[0].strip(), shlex.join(command)))
spec = importlib.util.spec_from_file_location('pytune_probe', target)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
if module.add(40, 2) != 42:
    sys.exit('40 + 2 is %r in C' % module.add(40, 2))
print('compiled with %s, imported, called' % var('CC')[0])
)py";

}  // namespace pytune
