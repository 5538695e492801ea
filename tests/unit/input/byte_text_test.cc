#include "input/byte_text.h"

#include <gmock/gmock.h>

#include "input/json.h"
#include "sys/error.h"

namespace pytune {
namespace {

TEST(ByteText, TextStaysAsItIs) {
  for (const char* text :
       {"", "/usr/bin/python3", "gr\xc3\xbc\xc3\x9f", "b'", "b'a", "a'b'", "b''c", "back\\slash",
        "\\xe9", "b'\\q'", "b'\\x4'", "b'a'b'", "b'gr\xc3\xbc'"}) {
    EXPECT_EQ(text_of_bytes(text), text);
    EXPECT_EQ(bytes_of_text(text), text);
  }
}

TEST(ByteText, BytesAreWrittenAsPythonWritesThem) {
  EXPECT_EQ(text_of_bytes("/opt/caf\xe9/python3"), R"(b'/opt/caf\xe9/python3')");
  EXPECT_EQ(text_of_bytes("\xff it's \\ \n"), R"(b'\xff it\'s \\ \x0a')");
}

// So is a text that would be read as bytes.
TEST(ByteText, EveryStringComesBack) {
  for (const std::string text : {"b''", "b'a'", R"(b'\xe9')", R"(b'b\'\\xe9\'')", "\x80", "\xc3",
                                 "a\xff'", "b'\xff'", "\xed\xb3\xa9"}) {
    const std::string written = text_of_bytes(text);
    EXPECT_NE(written, text);
    EXPECT_EQ(bytes_of_text(written), text) << written;
  }
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(bytes_of_text(text_of_bytes(all)), all);
}

TEST(ByteText, DocumentsKeepBytesInNamesAndValues) {
  const std::string path = "/opt/caf\xe9";
  const nlohmann::json document = {{path, {path, "plain", 3, {{"at", path}}}}};
  const std::string text = dump_json(document);
  EXPECT_EQ(text,
            R"({"b'/opt/caf\\xe9'":["b'/opt/caf\\xe9'","plain",3,{"at":"b'/opt/caf\\xe9'"}]})");
  const auto read = parse_json(text);
  const auto members = JsonView(read).members(10);
  EXPECT_EQ(members.front().first, path);
  EXPECT_EQ(read, document);
  EXPECT_THROW(parse_json(R"({"b'a'":1,"a":2})"), UsageError);
  const nlohmann::json plain = {{"a", "b"}, {"c", {1, 2}}};
  EXPECT_EQ(dump_json(plain, 1), plain.dump(1));  // nothing changes for what is text
}

// Python's json writes os.fsdecode()d names with lone surrogates.
TEST(ByteText, LoneSurrogatesOfPythonAreBytes) {
  const auto read = [](const std::string& json) {
    return parse_json(json).at(0).get<std::string>();
  };
  EXPECT_EQ(read(R"(["\/opt\/caf\udce9\t\"\u00e9\ud83d\ude00\\"])"),
            "/opt/caf\xe9\t\"\xc3\xa9\xf0\x9f\x98\x80\\");
  EXPECT_EQ(read(R"(["\\udce9"])"), "\\udce9");
  EXPECT_EQ(read(R"(["\ud83d\ude00"])"), "\xf0\x9f\x98\x80");
  for (const char* bad :
       {R"(["\ud83d"])", R"(["\udc00"])", R"(["\udce9)", R"(["\udce9\q"])", R"(["\udce9\u12"])"})
    EXPECT_THROW(parse_json(bad), UsageError) << bad;
}

}  // namespace
}  // namespace pytune
