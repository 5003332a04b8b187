#include "server/web/grpc_web.h"

#include <string>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace percept::web {
namespace {

using percept::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Frame(char flags, const std::string& message, int claimed = -1) {
  const auto header = MessageFrameHeader(
      static_cast<uint32_t>(claimed < 0 ? static_cast<int>(message.size()) : claimed));
  std::string frame(header.data(), header.size());
  frame[0] = flags;
  return frame + message;
}

TEST(GrpcWebContentType, IsTheBinaryFormWithWhateverParameters) {
  EXPECT_TRUE(IsGrpcWebContentType("application/grpc-web+proto"));
  EXPECT_TRUE(IsGrpcWebContentType("application/grpc-web"));
  EXPECT_TRUE(IsGrpcWebContentType("Application/gRPC-Web+Proto; charset=utf-8"));
  EXPECT_FALSE(IsGrpcWebContentType("application/grpc-web-text"));
  EXPECT_FALSE(IsGrpcWebContentType("application/grpc-web+json"));
  EXPECT_FALSE(IsGrpcWebContentType("application/grpc"));
  EXPECT_FALSE(IsGrpcWebContentType("text/plain"));
  EXPECT_FALSE(IsGrpcWebContentType(""));
}

TEST(MethodPath, HasServiceAndMethodAndNothingElse) {
  EXPECT_TRUE(IsMethodPath("/percept.v1.JobService/GetJob"));
  for (const char* path : {"", "/", "//", "/a", "/a/", "/a/b/c", "a/b", "/a/b?c", "/a b/c",
                           "/a/b.c", "/a\r\nx/b", "/percept.v1.JobService/Get%4aob"}) {
    EXPECT_FALSE(IsMethodPath(path)) << path;
  }
  EXPECT_FALSE(IsMethodPath("/" + std::string(300, 'a') + "/b"));
}

TEST(UnframedMessage, IsWhatFollowsTheHeader) {
  EXPECT_EQ(*UnframedMessage(Frame(0, "hello")), "hello");
  EXPECT_EQ(*UnframedMessage(Frame(0, "")), "");
  const std::string large(70'000, 'x');
  EXPECT_EQ(*UnframedMessage(Frame(0, large)), large);
}

TEST(UnframedMessage, OfAnythingButOneWholeUncompressedFrameIsInvalid) {
  const auto is_invalid = [](const std::string& text) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text));
  };
  EXPECT_THAT(UnframedMessage(""), is_invalid("frame header of 5 bytes, got a body of 0"));
  EXPECT_THAT(UnframedMessage("\0\0\0\0"), is_invalid("frame header"));
  EXPECT_THAT(UnframedMessage(Frame(1, "hello")), is_invalid("must be 0"));
  EXPECT_THAT(UnframedMessage(Frame('\x80', "hello")), is_invalid("got 128"));
  EXPECT_THAT(UnframedMessage(Frame(0, "hello", 4)), is_invalid("says 4 bytes, but 5 follow"));
  EXPECT_THAT(UnframedMessage(Frame(0, "hello", 0x7fffffff)), is_invalid("but 5 follow"));
  EXPECT_THAT(UnframedMessage(Frame(0, "a") + Frame(0, "b")), is_invalid("one message"));
}

TEST(MessageFrameHeader, HasTheHighestByteOfTheLengthFirst) {
  const auto header = MessageFrameHeader(0x01020304);
  EXPECT_EQ(std::string(header.data(), header.size()), std::string("\0\1\2\3\4", 5));
}

TEST(TrailersFrame, CarriesCodeMessageAndMetadata) {
  const std::string frame = TrailersFrame(
      5, "no such job: \xc3\xa4%",
      {{"grpc-status-details-bin", std::string("\0\1\2\3", 4)}, {"percept-hint", "try again"}});
  EXPECT_EQ(frame[0], '\x80');
  EXPECT_EQ(frame.substr(5),
            "grpc-status: 5\r\ngrpc-message: no such job: %C3%A4%25\r\n"
            "grpc-status-details-bin: AAECAw\r\npercept-hint: try again\r\n");
  EXPECT_EQ(static_cast<size_t>(frame[4]), frame.size() - kFrameHeaderBytes);
}

TEST(TrailersFrame, LetsNoValuePoseAsAnotherField) {
  const std::string frame = TrailersFrame(
      0, "a\r\ngrpc-status: 7", {{"percept-hint", "x\r\ngrpc-status: 7"}, {"grpc-status", "7"}});
  EXPECT_THAT(frame, AllOf(HasSubstr("grpc-status: 0\r\n"), Not(HasSubstr("\ngrpc-status: 7"))));
}

TEST(ParseTimeout, ReadsAllUnits) {
  EXPECT_EQ(*ParseTimeout("2H"), absl::Hours(2));
  EXPECT_EQ(*ParseTimeout("3M"), absl::Minutes(3));
  EXPECT_EQ(*ParseTimeout("20S"), absl::Seconds(20));
  EXPECT_EQ(*ParseTimeout("1500m"), absl::Milliseconds(1500));
  EXPECT_EQ(*ParseTimeout("7u"), absl::Microseconds(7));
  EXPECT_EQ(*ParseTimeout("99999999n"), absl::Nanoseconds(99'999'999));
}

TEST(ParseTimeout, OfAnythingElseIsInvalidAndNamesTheValue) {
  for (const char* text : {"", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789S", "1 S", "0x1S"}) {
    EXPECT_THAT(ParseTimeout(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("grpc-timeout: must be")))
        << text;
  }
}

}  // namespace
}  // namespace percept::web
