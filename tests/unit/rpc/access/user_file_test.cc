#include "server/rpc/access/user_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::rpc {
namespace {

using percept::testing::StatusIs;
using percept::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

absl::Status Append(const std::string& path, const User& user) {
  return ChangeUserFile(path, [&](std::vector<User>& users) {
    users.push_back(user);
    return absl::OkStatus();
  });
}

User NewUser(const std::string& name, Role role = Role::kStudent) {
  User user{.name = name, .role = role};
  GiveToken(user);
  user.create_time = absl::FromUnixMicros(1'700'000'000'123'456);
  return user;
}

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Token, IsFoundByItsIdAndKnownByItsDigestAlone) {
  User ann;
  const std::string token = GiveToken(ann);
  EXPECT_TRUE(absl::StartsWith(token, "percept_"));
  EXPECT_EQ(TokenId(token), ann.token_id);
  EXPECT_EQ(TokenDigest(token), ann.token_digest);
  EXPECT_FALSE(absl::StrContains(token, ann.token_digest));
  User again;
  EXPECT_NE(GiveToken(again), token);
  EXPECT_NE(again.token_id, ann.token_id);
}

TEST(Token, HasOneForm) {
  User ann;
  const std::string token = GiveToken(ann);
  EXPECT_FALSE(TokenId("").has_value());
  EXPECT_FALSE(TokenId("percept_").has_value());
  EXPECT_FALSE(TokenId(token.substr(0, token.size() - 1)).has_value());
  EXPECT_FALSE(TokenId(token + "x").has_value());
  EXPECT_FALSE(TokenId(absl::StrCat("Percept_", token.substr(8))).has_value());
  std::string strange = token;
  strange.back() = ' ';
  EXPECT_FALSE(TokenId(strange).has_value());
}

TEST(UserFile, KeepsUsersAndNoToken) {
  const TempDir folder;
  const std::string path = folder.File("users");
  User ann = NewUser("ann", Role::kInstructor);
  const std::string token = GiveToken(ann);
  User ben = NewUser("ben@lab.org");
  ben.expire_time = absl::FromUnixSeconds(1'800'000'000);
  ASSERT_OK(Append(path, ann));
  ASSERT_OK(Append(path, ben));
  EXPECT_EQ(*ReadUserFile(path), (std::vector<User>{ann, ben}));
  EXPECT_THAT(TextOf(path), Not(HasSubstr(token)));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
}

TEST(UserFile, StaysAsItWasWhenAChangeFails) {
  const TempDir folder;
  const std::string path = folder.File("users");
  ASSERT_OK(Append(path, NewUser("ann")));
  const std::string before = TextOf(path);
  EXPECT_THAT(ChangeUserFile(path,
                             [](std::vector<User>& users) {
                               users.clear();
                               return absl::AbortedError("changed my mind");
                             }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(TextOf(path), before);
}

TEST(UserFile, BelongsToWhoseFolderItIsInThoughRootChangesIt) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make files of others";
  const TempDir folder;
  ASSERT_EQ(chown(folder.path().c_str(), 787, 788), 0);
  const std::string path = folder.File("users");
  for (const char* name : {"ann", "ben"}) {
    ASSERT_TRUE(Append(path, NewUser(name)).ok());
    for (const std::string& file : {path, absl::StrCat(path, ".lock")}) {
      struct stat status {};
      ASSERT_EQ(stat(file.c_str(), &status), 0);
      EXPECT_EQ(status.st_uid, 787);
      EXPECT_EQ(status.st_gid, 788);
    }
  }
}

TEST(UserFile, TakesChangesOfManyAtOnce) {
  const TempDir folder;
  const std::string path = folder.File("users");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        EXPECT_OK(Append(path, NewUser(absl::StrCat("user-", thread, "-", i))));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(*ReadUserFile(path), SizeIs(100));
}

TEST(UserFile, ThatIsNotThereSaysHowToMakeIt) {
  EXPECT_THAT(ReadUserFile("/nonexistent/users"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("user add NAME --role admin")));
  EXPECT_THAT(Append("/nonexistent/users", NewUser("ann")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("/nonexistent/users")));
}

TEST(UserFile, NamesTheLineThatIsWrong) {
  const std::string digest(64, 'a');
  const std::string good =
      absl::StrCat("ann student abcdefghijkl ", digest, " 2026-01-01T00:00:00+00:00 -\n");
  EXPECT_THAT(*ParseUsers(absl::StrCat("# a comment\n\n", good)), SizeIs(1));
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"ann student\n", "must have six words, has 2"},
      {absl::StrCat("a/b student abcdefghijkl ", digest, " 2026-01-01T00:00:00+00:00 -\n"),
       "must begin with a name"},
      {absl::StrCat("ben king abcdefghijkm ", digest, " 2026-01-01T00:00:00+00:00 -\n"),
       "must have a role"},
      {absl::StrCat("ben guest abcdefghijkm ", digest, " 2026-01-01T00:00:00+00:00 -\n"),
       "must give the role guest to class-link"},
      {absl::StrCat("class-link admin abcdefghijkm ", digest, " 2026-01-01T00:00:00+00:00 -\n"),
       "must give the role guest to class-link"},
      {absl::StrCat("ben student abc ", digest, " 2026-01-01T00:00:00+00:00 -\n"), "token's id"},
      {absl::StrCat("ben student abcdefghijkm abc 2026-01-01T00:00:00+00:00 -\n"), "SHA-256"},
      {absl::StrCat("ben student abcdefghijkm ", digest, " yesterday -\n"), "time in fifth"},
      {absl::StrCat("ben student abcdefghijkm ", digest, " 2026-01-01T00:00:00+00:00 soon\n"),
       "time or -"},
      {absl::StrCat("ann student abcdefghijkm ", digest, " 2026-01-01T00:00:00+00:00 -\n"),
       "must name ann only once"},
      {absl::StrCat("ben student abcdefghijkl ", digest, " 2026-01-01T00:00:00+00:00 -\n"),
       "id of its own"}};
  for (const auto& [line, fault] : faults) {
    EXPECT_THAT(ParseUsers(absl::StrCat(good, line)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 2")))
        << line;
    EXPECT_THAT(ParseUsers(absl::StrCat(good, line)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(fault)));
  }
}

}  // namespace
}  // namespace percept::rpc
