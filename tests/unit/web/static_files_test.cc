#include "server/web/static_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::web {
namespace {

using percept::testing::StatusIs;
using percept::testing::TempDir;

void Write(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

TempDir& Dashboard() {
  static TempDir folder;
  Write(folder.File("index.html"), "<!doctype html>index");
  Write(folder.File("icon.svg"), "<svg/>");
  Write(folder.File("assets/app-1a2b.js"), std::string(1000, 'x'));
  Write(folder.File("assets/app-1a2b.js.gz"), "packed");
  Write(folder.File("assets/small-3c4d.css"), "a");
  Write(folder.File("assets/small-3c4d.css.gz"), "larger than it was");
  return folder;
}

TEST(StaticFiles, HaveTypesTagsAndCompressedForms) {
  const auto files = StaticFiles::Load(Dashboard().path());
  ASSERT_TRUE(files.ok()) << files.status();
  const StaticFile* script = files->Find("/assets/app-1a2b.js");
  ASSERT_NE(script, nullptr);
  EXPECT_EQ(script->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(script->body.size(), 1000u);
  EXPECT_EQ(script->gzip_body, "packed");
  EXPECT_TRUE(script->immutable);
  EXPECT_EQ(script->etag.size(), 18u);
  const StaticFile* style = files->Find("/assets/small-3c4d.css");
  ASSERT_NE(style, nullptr);
  EXPECT_EQ(style->gzip_body, "") << "where it saves nothing";
  EXPECT_NE(style->etag, script->etag);
}

TEST(StaticFiles, ServeTheIndexForEveryPage) {
  const auto files = StaticFiles::Load(Dashboard().path());
  ASSERT_TRUE(files.ok()) << files.status();
  for (const char* path : {"/", "/index.html", "/new", "/runs/abc", "/data/a-b", "/no/such/page"}) {
    const StaticFile* file = files->Find(path);
    ASSERT_NE(file, nullptr) << path;
    EXPECT_EQ(file->body, "<!doctype html>index") << path;
    EXPECT_FALSE(file->immutable) << path;
  }
}

TEST(StaticFiles, HoldNothingThatIsNotInTheFolder) {
  const auto files = StaticFiles::Load(Dashboard().path());
  ASSERT_TRUE(files.ok()) << files.status();
  for (const char* path :
       {"/assets/none.js", "/assets/app-1a2b.js.gz", "/../index.html", "/assets/../icon.svg",
        "/etc/passwd.txt", "//icon.svg", "/assets/%61pp-1a2b.js", "/assets/nothing"}) {
    EXPECT_EQ(files->Find(path), nullptr) << path;
  }
}

TEST(StaticFiles, OfAFolderWithoutAnIndexAreNotFound) {
  TempDir empty;
  EXPECT_THAT(StaticFiles::Load(empty.path()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(StaticFiles::Load(empty.File("none")), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(StaticFiles().Find("/"), nullptr);
}

}  // namespace
}  // namespace percept::web
