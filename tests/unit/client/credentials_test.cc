#include "client/cli/credentials.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"

#include "client/cli/settings.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::cli {
namespace {

using percept::testing::StatusIs;
using percept::testing::TempDir;
using ::testing::HasSubstr;

TEST(WithSettings, PutsValuesInPlaceOfOldOnes) {
  EXPECT_EQ(WithSettings("", {{"token", "abc"}}), "token = abc\n");
  EXPECT_EQ(WithSettings("# mine\nserver = a:1\ntoken=old\n", {{"token", "abc"}}),
            "# mine\nserver = a:1\ntoken = abc\n");
  EXPECT_EQ(WithSettings("token = 1\ntoken = 2", {{"token", "abc"}}), "token = abc\n");
  EXPECT_EQ(WithSettings("server = a:1\n", {{"server", "b:2"}, {"token", "abc"}}),
            "server = b:2\ntoken = abc\n");
}

TEST(WithSettings, TakesEmptyOnesOut) {
  EXPECT_EQ(WithSettings("server = a:1\ntoken = abc\n", {{"token", ""}}), "server = a:1\n");
  EXPECT_EQ(WithSettings("token = abc\n", {{"token", ""}}), "");
}

TEST(SaveSettings, MakesAFileThatNobodyElseReads) {
  const TempDir folder;
  const std::string path = folder.File("config/percept/config");
  ASSERT_OK(SaveSettings(path, {{"token", "abc"}}));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  ASSERT_OK(SaveSettings(path, {{"server", "a:1"}, {"token", "def"}}));
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_OK_AND_ASSIGN(const SettingsFlags settings, ParseConfig(text.str(), path));
  EXPECT_EQ(settings.token, "def");
  EXPECT_EQ(settings.server, "a:1");
}

TEST(SaveSettings, ClosesAFileThatOthersCouldRead) {
  const TempDir folder;
  const std::string path = folder.File("config");
  std::ofstream(path) << "server = a:1\n";
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  ASSERT_OK(SaveSettings(path, {{"token", "abc"}}));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
}

TEST(SaveSettings, NamesAFileThatCannotBeWritten) {
  EXPECT_THAT(SaveSettings("/proc/percept/config", {{"token", "abc"}}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("/proc/percept/config")));
}

}  // namespace
}  // namespace percept::cli
