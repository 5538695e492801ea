#include <gtest/gtest.h>

#include "unit/sys/scratch.h"

namespace pytune {
namespace {

class Hash : public sys_test::Scratch {};

// FIPS 180-4 examples.
TEST_F(Hash, KnownVectors) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(Hash, PartsGiveTheHashOfTheWhole) {
  Sha256 hash;
  hash.update("ab");
  hash.update("");
  hash.update("c");
  EXPECT_EQ(hash.hex(), sha256("abc"));
}

TEST_F(Hash, FileGivesTheHashOfItsBytes) {
  const std::string bytes = std::string(200'000, 'x') + std::string("\0\n", 2);
  sys_test::write(at("file"), bytes);
  EXPECT_EQ(sha256_file(at("file")), sha256(bytes));
  sys_test::write(at("empty"), "");
  EXPECT_EQ(sha256_file(at("empty")), sha256(""));
}

TEST_F(Hash, UnreadableFileIsAFailure) {
  EXPECT_THROW(sha256_file(at("absent")), Failure);
  EXPECT_THROW(sha256_file(root()), Failure);
}

}  // namespace
}  // namespace pytune
