#include "server/base/crc32c.h"

#include <string>

#include "gtest/gtest.h"

namespace percept {
namespace {

// RFC 3720, appendix B.4, as numbers rather than bytes on the wire.
TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending;
  std::string descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  EXPECT_EQ(Crc32c(ascending), 0x46dd794eu);
  EXPECT_EQ(Crc32c(descending), 0x113fdb5cu);
}

TEST(Crc32c, MatchesTheCheckValueOfTheCatalogue) { EXPECT_EQ(Crc32c("123456789"), 0xe3069283u); }

TEST(Crc32c, IsZeroForNothing) { EXPECT_EQ(Crc32c(""), 0u); }

TEST(Crc32c, DoesNotDependOnHowTheBytesAreCut) {
  const std::string text = "The quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(text.substr(cut), Crc32c(text.substr(0, cut))), Crc32c(text)) << cut;
  }
}

TEST(Crc32c, ChangesWithEachBit) {
  const std::string text(20, 'x');
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(Crc32c(changed), Crc32c(text)) << bit;
  }
}

}  // namespace
}  // namespace percept
