// Requests to the HTTP port that look for files which are not the dashboard's, or are too large.
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/robustness/attack_fixture.h"

namespace percept::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The dashboard's folder, with what is beside it, and links out of it.
class Folder {
 public:
  Folder() {
    namespace fs = std::filesystem;
    fs::create_directories(folder_.File("site/assets"));
    Write("site/index.html", "the dashboard");
    Write("site/assets/app.js", "its script");
    Write("secret.txt", "a secret");
    fs::create_directory_symlink(folder_.path(), folder_.File("site/up"));
  }
  std::string site() const { return folder_.File("site"); }

 private:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.File(name)) << text;
  }

  TempDir folder_;
};

class HttpAttackTest : private Folder, public AttackTest {
 protected:
  HttpAttackTest() : AttackTest({"--dashboard-dir", site()}) {}

  HttpResponse Get(const std::string& target) const {
    HttpConnection connection(http());
    connection.Send(absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    return connection.Read();
  }
};

TEST_F(HttpAttackTest, NoPathLeadsOutOfTheDashboard) {
  ASSERT_EQ(Get("/").body, "the dashboard");
  ASSERT_EQ(Get("/assets/app.js").body, "its script");
  for (const char* target : {"/../secret.txt",
                             "/assets/../../secret.txt",
                             "/%2e%2e/secret.txt",
                             "/..%2fsecret.txt",
                             "/%252e%252e/secret.txt",
                             "/..\\secret.txt",
                             "/%5c..%5csecret.txt",
                             "/up/secret.txt",
                             "//secret.txt",
                             "/./../secret.txt",
                             "/.%00./secret.txt",
                             "/secret.txt%00.html",
                             "/%c0%ae%c0%ae/secret.txt",
                             "/%ef%bc%8e%ef%bc%8e/secret.txt",
                             "/\xe2\x80\xae/secret.txt",
                             "http://localhost/../secret.txt",
                             "file:///etc/passwd",
                             "/etc/passwd",
                             "/../../../../../../../../etc/passwd",
                             "/proc/self/environ",
                             "*",
                             "..",
                             "?",
                             "/index.html/../../secret.txt"}) {
    SCOPED_TRACE(target);
    const HttpResponse response = Get(target);
    EXPECT_THAT(response.body, Not(AnyOf(HasSubstr("secret"), HasSubstr("root:"))));
  }
  // A byte that no target may have.
  EXPECT_EQ(Get(std::string("/a\0b", 4)).code, 400);
}

TEST_F(HttpAttackTest, LargeAndManyHeadersAreRefused) {
  std::string many;
  for (int i = 0; i < 4000; ++i) absl::StrAppend(&many, "x", i, ": y\r\n");
  const std::string requests[] = {
      absl::StrCat("GET /", std::string(1 << 20, 'a'), " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      absl::StrCat("GET / HTTP/1.1\r\nHost: localhost\r\nX: ", std::string(1 << 20, 'a'),
                   "\r\n\r\n"),
      absl::StrCat("GET / HTTP/1.1\r\nHost: localhost\r\n", many, "\r\n"),
      std::string(1 << 20, 'G')};
  ExpectFlat(20, [&] {
    for (const std::string& request : requests) {
      HttpConnection connection(http());
      connection.Send(request);
      EXPECT_THAT(connection.Read().code, AnyOf(400, 431));
    }
  });
}

TEST_F(HttpAttackTest, BodiesThatAreAnnouncedAndNotSentTakeNoMemory) {
  ExpectFlat(100, [&] {
    HttpConnection connection(http());
    const std::string request =
        GrpcWebRequest("/percept.v1.ServerService/GetServerInfo", std::string(4 << 20, 'x'));
    connection.Send(absl::string_view(request).substr(0, 500));
  });
}

TEST_F(HttpAttackTest, RequestSmuggledInABodyIsNotServed) {
  for (const char* headers :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: -1\r\n", "Content-Length: 18446744073709551617\r\n"}) {
    SCOPED_TRACE(headers);
    HttpConnection connection(http());
    connection.Send(absl::StrCat("POST /percept.v1.ServerService/GetServerInfo HTTP/1.1\r\n",
                                 "Host: localhost\r\nContent-Type: application/grpc-web+proto\r\n",
                                 headers, "\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n"));
    connection.Read();
    EXPECT_TRUE(connection.IsClosedByServer());
  }
}

}  // namespace
}  // namespace percept::testing
