#include "server/base/id.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace percept {
namespace {

TEST(NewId, IsTenCharactersThatReadAloudWell) {
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewId();
    EXPECT_EQ(id.size(), 10u);
    // Crockford's alphabet leaves out i, l, o and u.
    EXPECT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos) << id;
  }
}

TEST(NewId, DoesNotRepeat) {
  std::set<std::string> ids;
  for (int i = 0; i < 10000; ++i) ids.insert(NewId());
  EXPECT_EQ(ids.size(), 10000u);
}

}  // namespace
}  // namespace percept
