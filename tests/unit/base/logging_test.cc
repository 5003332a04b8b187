#include "server/base/logging.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace percept {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// What `write` sends to standard error.
template <typename Write>
std::string Logged(log::Format format, const std::string& level, const Write& write) {
  EXPECT_TRUE(log::Configure(format, level).ok());
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
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

TEST(Logging, RefusesAnUnknownLevel) {
  const absl::Status status = log::Configure(log::Format::kText, "loud");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("got loud"));
}

}  // namespace
}  // namespace percept
