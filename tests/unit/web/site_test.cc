#include "server/web/site.h"

#include <fstream>
#include <string>
#include <utility>

#include "gmock/gmock.h"

#include "tests/support/temp_dir.h"

namespace percept::web {
namespace {

using percept::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::Not;

StaticFiles Files() {
  TempDir folder;
  std::ofstream(folder.File("index.html")) << std::string(100, 'i');
  std::ofstream(folder.File("index.html.gz")) << "packed";
  return *StaticFiles::Load(folder.path());
}

RequestHead Get(absl::string_view path) {
  return {.method = "GET", .path = path, .host = "127.0.0.1:7880"};
}

TEST(Site, AllowsNothingFromElsewhereInAPage) {
  const Site site(Files(), /*is_loopback=*/true);
  const Answer answer = site.AnswerTo(Get("/"));
  EXPECT_EQ(answer.code, 200);
  EXPECT_EQ(answer.body, std::string(100, 'i'));
  EXPECT_THAT(answer.headers, HasSubstr("Content-Security-Policy: default-src 'none'; "));
  EXPECT_THAT(answer.headers, Not(HasSubstr("unsafe")));
  EXPECT_THAT(answer.headers, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer.headers, HasSubstr("Cache-Control: no-cache\r\n"));
}

TEST(Site, CompressesForWhoTakesIt) {
  const Site site(Files(), /*is_loopback=*/true);
  RequestHead request = Get("/");
  request.accept_encoding = "br, gzip";
  const Answer answer = site.AnswerTo(request);
  EXPECT_EQ(answer.body, "packed");
  EXPECT_THAT(answer.headers, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(answer.headers, HasSubstr("Vary: Accept-Encoding\r\n"));
}

TEST(AcceptsGzip, KnowsWeightsAndStars) {
  EXPECT_TRUE(AcceptsGzip("gzip"));
  EXPECT_TRUE(AcceptsGzip("deflate, GZIP;q=0.5"));
  EXPECT_TRUE(AcceptsGzip("*"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0"));
  EXPECT_FALSE(AcceptsGzip("gzip; q=0.000"));
  EXPECT_FALSE(AcceptsGzip("br"));
  EXPECT_FALSE(AcceptsGzip(""));
}

TEST(Site, SendsNothingTwiceToWhoHasIt) {
  const Site site(Files(), /*is_loopback=*/true);
  const std::string headers = site.AnswerTo(Get("/")).headers;
  const size_t start = headers.find("ETag: ") + 6;
  const std::string etag = headers.substr(start, headers.find('\r', start) - start);
  RequestHead request = Get("/");
  request.if_none_match = etag;
  EXPECT_EQ(site.AnswerTo(request).code, 304);
  EXPECT_EQ(site.AnswerTo(request).body, "");
  request.if_none_match = "\"other\"";
  EXPECT_EQ(site.AnswerTo(request).code, 200);
}

TEST(MatchesEtag, TakesListsWeakTagsAndStars) {
  EXPECT_TRUE(MatchesEtag("\"a\", W/\"b\"", "\"b\""));
  EXPECT_TRUE(MatchesEtag("*", "\"b\""));
  EXPECT_FALSE(MatchesEtag("\"bc\"", "\"b\""));
  EXPECT_FALSE(MatchesEtag("", "\"b\""));
}

TEST(Site, RefusesOtherMethodsAndSaysWhichItTakes) {
  const Site site(Files(), /*is_loopback=*/true);
  RequestHead request = Get("/");
  request.method = "DELETE";
  const Answer answer = site.AnswerTo(request);
  EXPECT_EQ(answer.code, 405);
  EXPECT_THAT(answer.headers, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST(Site, OnALoopbackAddressAnswersNoOtherHostsName) {
  const Site site(Files(), /*is_loopback=*/true);
  for (const char* host : {"localhost", "localhost:7880", "127.0.0.1:80", "[::1]:7880", "10.0.0.1",
                           "LOCALHOST:1", "percept.localhost:7880"}) {
    EXPECT_TRUE(site.AcceptsHost(host)) << host;
  }
  for (const char* host : {"", "example.com", "example.com:7880", "127.0.0.1.example.com",
                           "localhost.example.com:7880", "127.0.0.1x"}) {
    EXPECT_FALSE(site.AcceptsHost(host)) << host;
    RequestHead request = Get("/healthz");
    request.host = host;
    EXPECT_EQ(site.AnswerTo(request).code, 421) << host;
  }
  EXPECT_TRUE(Site(Files(), /*is_loopback=*/false).AcceptsHost("lab.example.com"));
}

TEST(Site, IsReadyUntilItStops) {
  Site site(Files(), /*is_loopback=*/true);
  EXPECT_EQ(site.AnswerTo(Get("/readyz")).code, 200);
  site.set_ready(false);
  EXPECT_EQ(site.AnswerTo(Get("/readyz")).code, 503);
  EXPECT_EQ(site.AnswerTo(Get("/healthz")).code, 200);
}

TEST(Site, WithoutADashboardSaysHowToGetOne) {
  const Site site(StaticFiles(), /*is_loopback=*/true);
  EXPECT_EQ(site.AnswerTo(Get("/")).code, 404);
  EXPECT_THAT(std::string(site.AnswerTo(Get("/")).body), HasSubstr("--dashboard-dir"));
  EXPECT_EQ(site.AnswerTo(Get("/healthz")).code, 200);
}

}  // namespace
}  // namespace percept::web
