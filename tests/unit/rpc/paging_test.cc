#include "server/rpc/paging.h"

#include <string>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(PageSize, OfZeroIsTheDefault) { EXPECT_EQ(*PageSize(0), 50); }

TEST(PageSize, IsTakenUpToItsBounds) {
  EXPECT_EQ(*PageSize(1), 1);
  EXPECT_EQ(*PageSize(1000), 1000);
  EXPECT_THAT(PageSize(-1), StatusIs(kInvalid, "page_size: must be in [0, 1000], got -1"));
  EXPECT_THAT(PageSize(1001), StatusIs(kInvalid, "page_size: must be in [0, 1000], got 1001"));
}

TEST(PageToken, GivesItsPositionBackForTheSameQuery) {
  for (const std::string position : {"0", "123456", "a name", "\x01\xff"}) {
    EXPECT_EQ(*ParsePageToken("query", MakePageToken("query", position)), position);
  }
}

TEST(PageToken, OfNothingIsTheBeginning) {
  EXPECT_EQ(*ParsePageToken("query", ""), "");
  EXPECT_EQ(*ParseNumericPageToken("query", ""), -1);
}

TEST(PageToken, IsRefusedForAnotherQuery) {
  EXPECT_THAT(ParsePageToken("other", MakePageToken("query", "1")),
              StatusIs(kInvalid, HasSubstr("page_token: must be the next_page_token")));
  // Query and position do not run into each other.
  EXPECT_THAT(ParsePageToken("query1", MakePageToken("query", "11")), StatusIs(kInvalid));
}

TEST(PageToken, IsRefusedWhenItWasTamperedWith) {
  const std::string token = MakePageToken("query", "12345");
  for (size_t place = 0; place + 1 < token.size(); ++place) {
    std::string changed = token;
    changed[place] = changed[place] == 'A' ? 'B' : 'A';
    EXPECT_THAT(ParsePageToken("query", changed), StatusIs(kInvalid)) << place;
  }
  for (const char* token_like : {"x", "####", "AAAA", "not a token at all"}) {
    EXPECT_THAT(ParsePageToken("query", token_like), StatusIs(kInvalid));
  }
}

TEST(PageToken, OfANumberIsRefusedForAnythingElse) {
  EXPECT_EQ(*ParseNumericPageToken("query", MakePageToken("query", "42")), 42);
  EXPECT_THAT(ParseNumericPageToken("query", MakePageToken("query", "-1")), StatusIs(kInvalid));
  EXPECT_THAT(ParseNumericPageToken("query", MakePageToken("query", "name")), StatusIs(kInvalid));
}

}  // namespace
}  // namespace percept::rpc
