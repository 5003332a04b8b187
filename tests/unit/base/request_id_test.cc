#include "server/base/request_id.h"

#include <string>

#include "gtest/gtest.h"

namespace percept {
namespace {

TEST(RequestId, IsTheCallersWhereThatIsSafe) {
  for (const std::string& given :
       {std::string("a"), std::string("lab-7.x_Y"), std::string(64, 'z')}) {
    EXPECT_EQ(RequestIdFor(given), given);
  }
}

TEST(RequestId, IsANewOneElsewhere) {
  for (const std::string& given :
       {std::string(), std::string("a b"), std::string("a\n"), std::string("\0", 1),
        std::string("\xc3\xa4"), std::string(65, 'z')}) {
    const std::string id = RequestIdFor(given);
    EXPECT_NE(id, given);
    EXPECT_EQ(RequestIdFor(id), id);
    EXPECT_NE(RequestIdFor(given), id);
  }
}

}  // namespace
}  // namespace percept
