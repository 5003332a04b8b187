// Tokens over HTTP: the dashboard's login, and pages that mean no good.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "percept/v1/access_service.pb.h"
#include "tests/integration/access_fixture.h"
#include "tests/support/http_client.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGetCaller[] = "/percept.v1.AccessService/GetCaller";
constexpr int kUnauthenticated = 16;

app::Options WithHttp() {
  app::Options options;
  options.http_address = "127.0.0.1:0";
  return options;
}

class Login : public AccessTest {
 protected:
  Login() : AccessTest(WithHttp()) {}

  std::string http() { return server_->server().http_address(); }
  // As the site calls itself in all these requests.
  static std::string Origin() { return "Origin: http://localhost\r\n"; }

  HttpResponse Post(const std::string& path, const std::string& headers) {
    HttpConnection connection(http());
    connection.Send(absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                                 "Content-Length: 0\r\n\r\n"));
    return connection.Read();
  }

  // The cookie of somebody who has logged in, as a header.
  std::string CookieOf(const std::string& user) {
    const HttpResponse response =
        Post("/login", absl::StrCat(Origin(), "Authorization: Bearer ", TokenOf(user), "\r\n"));
    EXPECT_EQ(response.code, 200);
    const std::string& cookie = response.headers.at("set-cookie");
    return absl::StrCat("Cookie: ", cookie.substr(0, cookie.find(';')), "\r\n");
  }

  GrpcWebAnswer GetCaller(const std::string& headers) {
    return GrpcWebCall(http(), kGetCaller, "", headers);
  }
};

TEST_F(Login, KeepsATokenWhereNoScriptCanReadIt) {
  const HttpResponse response =
      Post("/login", absl::StrCat(Origin(), "Authorization: Bearer ", TokenOf("stu"), "\r\n"));
  EXPECT_EQ(response.code, 200);
  const std::string& cookie = response.headers.at("set-cookie");
  EXPECT_THAT(cookie, HasSubstr(TokenOf("stu")));
  EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
  EXPECT_THAT(cookie, HasSubstr("SameSite=Strict"));
  EXPECT_THAT(response.body, Not(HasSubstr(TokenOf("stu"))));
}

TEST_F(Login, LetsThePagesOfThisSiteCall) {
  EXPECT_EQ(GetCaller(Origin()).code, kUnauthenticated);
  const GrpcWebAnswer answer = GetCaller(absl::StrCat(Origin(), CookieOf("stu")));
  EXPECT_EQ(answer.code, 0) << answer.error;
  v1::Caller caller;
  ASSERT_TRUE(caller.ParseFromString(answer.message));
  EXPECT_EQ(caller.name(), "stu");
  EXPECT_EQ(caller.role(), v1::ROLE_STUDENT);
  EXPECT_TRUE(caller.tokens_required());
}

TEST_F(Login, TakesNoCookieFromThePagesOfOthers) {
  const std::string cookie = CookieOf("ada");
  EXPECT_EQ(GetCaller(cookie).code, kUnauthenticated);
  for (const char* origin : {"http://evil.example.org", "null", "http://127.0.0.1:1"}) {
    EXPECT_EQ(GetCaller(absl::StrCat("Origin: ", origin, "\r\n", cookie)).code, kUnauthenticated)
        << origin;
  }
}

TEST_F(Login, IsRefusedToThePagesOfOthers) {
  const std::string token = absl::StrCat("Authorization: Bearer ", TokenOf("stu"), "\r\n");
  EXPECT_EQ(Post("/login", token).code, 403);
  EXPECT_EQ(Post("/login", absl::StrCat("Origin: http://evil.example.org\r\n", token)).code, 403);
  EXPECT_EQ(Post("/logout", "Origin: http://evil.example.org\r\n").code, 403);
}

TEST_F(Login, WantsAToken) {
  EXPECT_EQ(Post("/login", Origin()).code, 400);
  EXPECT_EQ(Post("/login", absl::StrCat(Origin(), "Authorization: Bearer a;b\r\n")).code, 400);
}

TEST_F(Login, IsUndoneByLogout) {
  const HttpResponse response = Post("/logout", Origin());
  EXPECT_EQ(response.code, 200);
  EXPECT_THAT(response.headers.at("set-cookie"), HasSubstr("Max-Age=0"));
}

TEST_F(Login, EndsWithTheToken) {
  const std::string cookie = CookieOf("stu");
  RemoveUser("stu");
  while (GetCaller(absl::StrCat(Origin(), cookie)).code == 0) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(GetCaller(absl::StrCat(Origin(), cookie)).code, kUnauthenticated);
}

TEST_F(Login, LeavesPagesAndHealthOpen) {
  EXPECT_EQ(HttpGet(http(), "/healthz").code, 200);
  EXPECT_EQ(HttpGet(http(), "/readyz").code, 200);
}

}  // namespace
}  // namespace percept::testing
