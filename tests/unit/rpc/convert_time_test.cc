#include "server/rpc/convert_time.h"

#include "gmock/gmock.h"

namespace percept::rpc {
namespace {

TEST(ConvertTime, KeepsMicrosecondsBeforeAndAfterTheEpoch) {
  for (const int64_t micros : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1700000000123456},
                               int64_t{-1700000000123456}}) {
    const google::protobuf::Timestamp proto = ToProto(absl::FromUnixMicros(micros));
    EXPECT_EQ(proto.seconds() * 1000000 + proto.nanos() / 1000, micros);
    EXPECT_GE(proto.nanos(), 0);
    EXPECT_LT(proto.nanos(), 1000000000);
  }
}

TEST(ConvertTime, GivesADurationBack) {
  for (const absl::Duration duration :
       {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Seconds(90), absl::Milliseconds(1500),
        -absl::Milliseconds(1500)}) {
    const google::protobuf::Duration proto = ToProto(duration);
    EXPECT_EQ(FromProto(proto), duration);
    // Of one sign, as the format demands.
    EXPECT_GE(static_cast<double>(proto.seconds()) * proto.nanos(), 0.0);
  }
}

}  // namespace
}  // namespace percept::rpc
