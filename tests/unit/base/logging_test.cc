#include "server/base/logging.h"

#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace percept {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// What `write` sends to standard error.
template <typename Write>
std::string Logged(log::Format format, const std::string& level, const Write& write) {
  EXPECT_TRUE(log::Configure(format, level).ok());
  ::testing::internal::CaptureStderr();
  write();
  return ::testing::internal::GetCapturedStderr();
}

TEST(Logging, WritesFieldsAfterTheMessageAsText) {
  const std::string line = Logged(log::Format::kText, "info", [] {
    log::Info("job ended", {{"job", "7x2k"}, {"seconds", 1.5}, {"message", "it went well"}});
  });
  EXPECT_THAT(line, HasSubstr("info"));
  EXPECT_THAT(line, EndsWith("job ended job=7x2k seconds=1.5 message=\"it went well\"\n"));
}

TEST(Logging, KeepsALineALineWhateverAClientPutIntoIt) {
  const std::string line = Logged(log::Format::kText, "info", [] {
    log::Info("first\nsecond", {{"label", "a\nb \"c\" {}"}});
  });
  EXPECT_THAT(line, EndsWith("first second label=\"a\\u000ab \\\"c\\\" {}\"\n"));
}

TEST(Logging, WritesOneObjectPerLineAsJson) {
  const std::string line = Logged(log::Format::kJson, "info", [] {
    log::Warning("disk \"full\"", {{"path", "C:\\percept"}});
  });
  EXPECT_THAT(line, StartsWith("{\"time\":\""));
  EXPECT_THAT(line, EndsWith("\"message\":\"disk \\\"full\\\"\",\"path\":\"C:\\\\percept\"}\n"));
}

TEST(Logging, LeavesOutWhatIsBelowTheLevel) {
  EXPECT_THAT(Logged(log::Format::kText, "error", [] { log::Warning("not shown"); }), IsEmpty());
  EXPECT_THAT(Logged(log::Format::kText, "debug", [] { log::Debug("shown"); }), HasSubstr("shown"));
}

TEST(Logging, LevelIsChangedWhileItIsUsed) {
  const std::string lines = Logged(log::Format::kText, "error", [] {
    log::Info("before");
    EXPECT_TRUE(log::SetLevel("info").ok());
    log::Info("after");
  });
  EXPECT_THAT(lines, EndsWith("after\n"));
  EXPECT_THAT(lines, Not(HasSubstr("before")));
  for (const char* level : {"trace", "debug", "info", "warn", "error", "off"}) {
    EXPECT_TRUE(log::SetLevel(level).ok());
    EXPECT_EQ(log::Level(), level);
  }
}

TEST(Logging, NamesTheCallThatAThreadWorksFor) {
  const std::string lines = Logged(log::Format::kText, "info", [] {
    const std::string request_id = "lab-7";
    {
      const log::CallScope scope(request_id);
      log::Info("within", {{"job", "7x2k"}});
    }
    log::Info("outside");
  });
  EXPECT_THAT(lines, HasSubstr("within job=7x2k request_id=lab-7\n"));
  EXPECT_THAT(lines, EndsWith("outside\n"));
}

TEST(Logging, AuditsWhateverTheLevelIs) {
  EXPECT_THAT(Logged(log::Format::kText, "off",
                     [] {
                       log::Audit("call", {{"user", "ann"}});
                     }),
              HasSubstr("audit   call user=ann\n"));
  EXPECT_THAT(Logged(log::Format::kJson, "off",
                     [] {
                       log::Audit("call", {{"user", "ann"}});
                     }),
              HasSubstr("\"level\":\"audit\",\"message\":\"call\",\"user\":\"ann\"}"));
}

TEST(Logging, AppendsWhatIsAuditedToAFileOfItsOwn) {
  const testing::TempDir folder;
  const std::string path = folder.File("audit.log");
  for (const char* user : {"ann", "bob"}) {
    const std::string logged = Logged(log::Format::kText, "info", [&] {
      EXPECT_TRUE(log::OpenAuditFile(path).ok());
      log::Audit("call", {{"user", user}});
    });
    EXPECT_THAT(logged, IsEmpty());
  }
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_THAT(text, ContainsRegex("call user=ann\n.*call user=bob\n$"));
  EXPECT_EQ(log::OpenAuditFile(folder.File("none/audit.log")).code(),
            absl::StatusCode::kUnavailable);
}

TEST(Logging, RefusesAnUnknownLevel) {
  const absl::Status status = log::Configure(log::Format::kText, "loud");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(status.message()),
      HasSubstr("level: must be one of trace, debug, info, warn, error, off, got \"loud\""));
}

}  // namespace
}  // namespace percept
