#ifndef PERCEPT_TESTS_ROBUSTNESS_ATTACK_FIXTURE_H_
#define PERCEPT_TESTS_ROBUSTNESS_ATTACK_FIXTURE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"

#include "tests/support/http_client.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/temp_dir.h"

namespace percept::testing {

// A real perceptd that is attacked. After each test it still runs and answers on both ports.
class AttackTest : public ::testing::Test {
 protected:
  explicit AttackTest(const std::vector<std::string>& more_arguments = {});
  ~AttackTest() override;

  const std::string& grpc() const { return grpc_; }
  const std::string& http() const { return http_; }
  pid_t server() const { return process_.id(); }
  const TempDir& folder() const { return folder_; }

  // Whether a call on a new connection to each port succeeds.
  bool GrpcAnswers() const;
  bool HttpAnswers() const;

  int64_t ResidentBytes() const;

  // Attacks a few times until caches and the allocator have what they keep, then `times` more,
  // after which it takes no more memory than before, but for `allowance` bytes.
  void ExpectFlat(int times, const std::function<void()>& attack,
                  int64_t allowance = int64_t{32} << 20);

  // Sends it to gRPC's port, then a call on that stream of the same connection, and waits for its
  // end: all before it has been read by then. False when it does not succeed.
  bool GrpcAnswersAfter(absl::string_view bytes, uint32_t stream) const;

  // Sends all of it to gRPC's port on a connection of its own, or as much as is taken, and returns
  // the beginning of what came back.
  std::string SendToGrpc(absl::string_view bytes) const;

 private:
  TempDir folder_;
  PerceptdProcess process_;
  std::string grpc_;
  std::string http_;
};

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_ATTACK_FIXTURE_H_
