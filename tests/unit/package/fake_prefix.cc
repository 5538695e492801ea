#include "unit/package/fake_prefix.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace pytune {
namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& text, bool executable) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      << text;  // not write_file_atomic(): hundreds of fsync calls take seconds
  fs::permissions(path, static_cast<fs::perms>(executable ? 0755 : 0644));
}

std::string pyc(char flags, const std::string& code) {
  std::string bytes("\xf3\r\r\n", 4);
  return bytes.append({flags, 0, 0, 0}).append("12345678").append(code);
}

std::string ar_archive(const std::vector<std::string>& members) {
  std::string bytes = "!<arch>\n";
  for (const auto& member : members) {
    bytes += fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "member.o/", 0, 0, 0, 644,
                         member.size());
    bytes += member;
    if (member.size() % 2 != 0) bytes += '\n';
  }
  return bytes;
}

Build make_fake_build(const fs::path& root) {
  const std::string opt = kFakePrefix;
  const fs::path lib = root / "lib/python3.13";
  const fs::path config = lib / "config-3.13-x86_64-linux-gnu";
  put(root / "bin/python3.13", "#!/bin/sh\necho \"$@\"\n", true);
  fs::create_symlink("python3.13", root / "bin/python3");
  fs::create_symlink(opt + "/bin/python3.13",
                     root / "bin/python");  // absolute: must become relative
  put(root / "bin/pydoc3.13", "#!" + opt + "/bin/python3.13\nimport pydoc\n", true);
  put(root / "bin/python3.13-config",
      "#!/bin/sh\nprefix_real=$(installed_prefix \"$0\")\nOPT=\"-O3 -march=native\"\n", true);
  put(root / "lib/pkgconfig/python-3.13.pc", "prefix=" + opt + "\nlibdir=${prefix}/lib\n");
  put(lib / "os.py", "import sys\n");
  put(lib / "__pycache__/os.cpython-313.pyc", pyc(1, "os as installed"));
  put(lib / "abc.py", "# abc\n");
  put(lib / "__pycache__/abc.cpython-313.pyc", pyc(0, "made by a run, with a time"));
  put(lib / "__pycache__/gone.cpython-313.pyc", pyc(1, "its source is gone"));
  put(lib / "LICENSE.txt", "PSF licence\n");
  put(lib / "test/test_dict.py", "pass\n");
  put(lib / "idlelib/idle_test/__init__.py", "");
  put(lib / "lib-dynload/_testcapi.cpython-313-x86_64-linux-gnu.so", "not really");
  put(lib / "lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so", "not really either");
  put(lib / "_sysconfigdata__linux_x86_64-linux-gnu.py",
      "# system configuration\nbuild_time_vars = {\n 'prefix': '" + opt +
          "',\n 'CC': '/made/tools/gcc-12 -pthread',\n"
          " 'CFLAGS': '-fno-strict-overflow -O3 -flto=auto '\n           '-march=native -Wall',\n"
          " 'INCLUDEPY': '" +
          opt +
          "/include/python3.13',\n 'MULTIARCH': 'x86_64-linux-gnu',\n"
          " 'abs_builddir': '/made/slot/build',\n 'abs_srcdir': '/made/slot/build/../src',\n"
          " 'LIBRARY': 'libpython3.13.a',\n 'Py_ENABLE_SHARED': 0}\n");
  put(config / "Makefile",
      "prefix=\t\t" + opt +
          "\nabs_builddir=\t/made/slot/build\nOPT=\t-O3 -mcpu=native\nall:\n\t@echo hi\n");
  put(config / "config.c", "int x;\n");
  const std::string library = ar_archive({"an object", "another"});
  put(root / "lib/libpython3.13.a", library);
  put(config / "libpython3.13.a", library);

  Build build;
  build.id = "0123456789abcdef";
  build.name = "fast";
  build.source_version = "3.13.5";
  build.source_archive = "Python-3.13.5.tar.xz";
  build.source_sha256 = std::string(64, 'a');
  build.prefix = root;
  build.python = root / "bin/python3.13";
  build.configure_arguments = {"--prefix=/opt/python", "--disable-shared"};
  build.make_variables = {"CFLAGS_NODIST=-O3 -march=native"};
  build.tools = {{"gcc-12", "/usr/bin/gcc-12", "12.2.0", std::string(64, 'b')}};
  build.effective_flags = "-O3 -march=native";
  build.cpu_requirement = "sapphirerapids: runs only on CPUs with its features";
  build.code_sha256 = std::string(64, 'c');
  build.profile_sha256 = std::string(64, 'd');
  return build;
}

Outcome FakeInterpreter::run(const Command& command) {
  commands.push_back(command);
  Outcome outcome;
  if (broken) {
    outcome.signal = 4;
    return outcome;
  }
  const std::string list = command.argv.back();
  if (!list.ends_with("compile.list")) {
    outcome.output =
        R"({"python_tag": "cp313", "python_paths": {"data": ".", "stdlib": "lib/python3.13"},
                         "builtin_modules": ["_abc"]})";
    return outcome;
  }
  std::istringstream jobs(read_file(list));
  for (std::string job; std::getline(jobs, job);) {
    std::istringstream fields(job);
    std::string source;
    std::string target;
    std::getline(fields, source, '\t');
    std::getline(fields, target, '\t');
    put(target, pyc(1, "compiled: " + read_file(source)));
  }
  return outcome;
}

}  // namespace pytune
