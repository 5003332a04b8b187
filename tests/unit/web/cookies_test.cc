#include "server/web/cookies.h"

#include <string>

#include "gmock/gmock.h"

namespace percept::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BearerToken, IsTakenFromItsHeaderAlone) {
  EXPECT_EQ(BearerToken("Bearer percept_ab-c_9"), "percept_ab-c_9");
  for (const char* wrong : {"", "Bearer ", "bearer x", "Basic x", "Bearer a b", "Bearer a;b",
                            "Bearer a\tb", "Bearer \"a\"", "Bearer a,b", "Bearer \xc3\xa4"}) {
    EXPECT_FALSE(BearerToken(wrong).has_value()) << wrong;
  }
  EXPECT_FALSE(BearerToken("Bearer " + std::string(257, 'a')).has_value());
}

TEST(TokenCookie, IsKeptFromScriptsAndOtherSites) {
  const std::string cookie = TokenCookie("abc", "127.0.0.1:7880", /*is_secure=*/false);
  EXPECT_THAT(cookie, HasSubstr("percept_token_7880=abc;"));
  EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
  EXPECT_THAT(cookie, HasSubstr("SameSite=Strict"));
  EXPECT_THAT(cookie, HasSubstr("Path=/"));
  EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
  EXPECT_THAT(TokenCookie("abc", "lab.org", true), HasSubstr("; Secure"));
  EXPECT_THAT(TokenCookie("", "lab.org", true), HasSubstr("percept_token_default=; "));
  EXPECT_THAT(TokenCookie("", "lab.org", true), HasSubstr("Max-Age=0"));
}

TEST(TokenIn, FindsTheTokenOfThisPort) {
  EXPECT_EQ(TokenIn("percept_token_7880=abc", "localhost:7880"), "abc");
  EXPECT_EQ(TokenIn("a=b; percept_token_1=x;percept_token_7880=abc; c", "[::1]:7880"), "abc");
  EXPECT_EQ(TokenIn("percept_token_default=abc", "[::1]"), "abc");
  EXPECT_EQ(TokenIn("percept_token_default=abc", "lab.org"), "abc");
  for (const char* wrong : {"", "percept_token_7881=abc", "percept_token_78801=abc",
                            "xpercept_token_7880=abc", "percept_token_7880", "percept_token_7880=",
                            "percept_token_7880=a b", "percept_token_7880=\"a\""}) {
    EXPECT_FALSE(TokenIn(wrong, "localhost:7880").has_value()) << wrong;
  }
}

TEST(Origin, MustBeThisSite) {
  EXPECT_TRUE(IsFromOwnPage("http://127.0.0.1:7880", "127.0.0.1:7880"));
  EXPECT_TRUE(IsFromOwnPage("https://Lab.org", "lab.org"));
  for (const char* wrong :
       {"", "null", "127.0.0.1:7880", "http://127.0.0.1:7881", "http://evil.org",
        "http://127.0.0.1:7880.evil.org", "ftp://127.0.0.1:7880"}) {
    EXPECT_FALSE(IsFromOwnPage(wrong, "127.0.0.1:7880")) << wrong;
  }
  EXPECT_FALSE(IsFromOwnPage("http://", ""));
}

}  // namespace
}  // namespace percept::web
