#include "client/cli/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace percept::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Content(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

int FileCount(const testing::TempDir& folder) {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    ++count;
  }
  return count;
}

TEST(OutputFile, AppearsOnlyWhenComplete) {
  const testing::TempDir folder;
  const std::string path = folder.File("model.npz");
  std::ofstream(path) << "old";
  auto file = OutputFile::Create(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Write("ab").ok());
  ASSERT_TRUE((*file)->Write("cd").ok());
  EXPECT_EQ(Content(path), "old");
  ASSERT_TRUE((*file)->Commit().ok());
  file->reset();
  EXPECT_EQ(Content(path), "abcd");
  EXPECT_EQ(FileCount(folder), 1);
}

TEST(OutputFile, LeavesNothingWithoutACommit) {
  const testing::TempDir folder;
  {
    auto file = OutputFile::Create(folder.File("model.npz"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Write("half").ok());
    EXPECT_EQ(FileCount(folder), 1);
  }
  EXPECT_EQ(FileCount(folder), 0);
}

TEST(OutputFile, ReplacesWhatALinkLeadsToAndKeepsTheLink) {
  const testing::TempDir folder;
  std::ofstream(folder.File("target")) << "old";
  std::filesystem::create_symlink("target", folder.File("link"));
  auto file = OutputFile::Create(folder.File("link"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Write("new").ok());
  ASSERT_TRUE((*file)->Commit().ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.File("link")));
  EXPECT_EQ(Content(folder.File("target")), "new");
}

TEST(OutputFile, WritesToWhatIsNoRegularFileAtOnce) {
  const testing::TempDir folder;
  const std::string path = folder.File("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::fstream reader(path);  // Keeps the pipe open, so that nobody waits.
  auto file = OutputFile::Create(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Write("through\n").ok());
  ASSERT_TRUE((*file)->Commit().ok());
  std::string line;
  std::getline(reader, line);
  EXPECT_EQ(line, "through");
  EXPECT_TRUE(std::filesystem::is_fifo(path));
}

TEST(OutputFile, NamesThePathThatCannotBeWritten) {
  const testing::TempDir folder;
  const absl::Status missing = OutputFile::Create(folder.File("no/model.npz")).status();
  EXPECT_TRUE(absl::IsDataLoss(missing));
  EXPECT_THAT(std::string(missing.message()),
              StartsWith(folder.File("no/model.npz") + ": cannot be written: "));
  EXPECT_THAT(OutputFile::Create(folder.path()).status().message(), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace percept::cli
