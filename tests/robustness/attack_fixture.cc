#include "tests/robustness/attack_fixture.h"

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "tests/robustness/resource_usage.h"
#include "tests/robustness/server_life.h"
#include "tests/support/http2_bytes.h"

namespace percept::testing {
namespace {

std::vector<std::string> Arguments(const std::string& data_dir,
                                   const std::vector<std::string>& more) {
  std::vector<std::string> arguments = ServerArguments(data_dir, /*workers=*/1);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

AttackTest::AttackTest(const std::vector<std::string>& more_arguments)
    : process_(Arguments(folder_.File("data"), more_arguments)), grpc_(process_.WaitForAddress()) {
  std::ifstream(folder_.File("data/http-address")) >> http_;
  EXPECT_NE(grpc_, "");
}

AttackTest::~AttackTest() {
  EXPECT_TRUE(GrpcAnswers()) << process_.standard_error();
  EXPECT_TRUE(HttpAnswers()) << process_.standard_error();
}

bool AttackTest::GrpcAnswers() const { return GrpcAnswersAfter(http2::Opening(), 1); }

bool AttackTest::GrpcAnswersAfter(absl::string_view bytes, uint32_t stream) const {
  HttpConnection connection(grpc_);
  connection.Send(absl::StrCat(bytes, http2::Call(stream)));
  std::string answer;
  for (std::string part = connection.ReadSome(); !part.empty(); part = connection.ReadSome()) {
    answer += part;
    if (http2::HasSucceeded(answer)) return true;
  }
  return false;
}

bool AttackTest::HttpAnswers() const {
  return GrpcWebCall(http_, "/percept.v1.ServerService/GetServerInfo", "").code == 0;
}

int64_t AttackTest::ResidentBytes() const {
  return MeasureUsage(process_.id(), folder_.File("data")).resident_bytes;
}

void AttackTest::ExpectFlat(int times, const std::function<void()>& attack, int64_t allowance) {
  constexpr int kFirst = 3;
  for (int i = 0; i < kFirst; ++i) attack();
  ASSERT_TRUE(GrpcAnswers());
  const int64_t before = ResidentBytes();
  for (int i = 0; i < times; ++i) attack();
  ASSERT_TRUE(GrpcAnswers());
  const int64_t growth = ResidentBytes() - before;
  EXPECT_LT(growth, allowance);
  RecordProperty("growth_bytes", std::to_string(growth));
  RecordProperty("resident_bytes", std::to_string(before));
}

std::string AttackTest::SendToGrpc(absl::string_view bytes) const {
  HttpConnection connection(grpc_);
  connection.Send(bytes);
  return connection.ReadSome();
}

}  // namespace percept::testing
