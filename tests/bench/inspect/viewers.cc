#include "tests/bench/inspect/viewers.h"

#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/barrier.h"
#include "absl/time/clock.h"

#include "percept/v1/inspect_service.grpc.pb.h"
#include "tests/bench/jobs/timings.h"
#include "tests/support/rpc_client.h"

namespace percept::bench {
namespace {

using testing::RpcClient;

constexpr int32_t kGridSide = 256;
constexpr int kDeadlineSeconds = 120;

absl::Duration ProcessorTime(pid_t process) {
  std::ifstream stat(absl::StrCat("/proc/", process, "/stat"));
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  // Behind the name, which may hold spaces: state, ten others, and then what is asked for.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 0; field < 11; ++field) fields >> skipped;
  int64_t user = 0;
  int64_t system = 0;
  fields >> user >> system;
  return absl::Seconds(static_cast<double>(user + system) /
                       static_cast<double>(sysconf(_SC_CLK_TCK)));
}

void AskForGrid(RpcClient& client, const std::string& snapshot) {
  const auto inspection = v1::InspectService::NewStub(client.channel());
  grpc::ClientContext context;
  client.Prepare(context, kDeadlineSeconds);
  v1::DecisionGridRequest request;
  request.set_snapshot(snapshot);
  request.set_columns(kGridSide);
  request.set_rows(kGridSide);
  v1::DecisionGridResponse response;
  Must(inspection->DecisionGrid(&context, request, &response));
}

// Follows one path; false where it was stopped.
template <typename Response>
bool FollowPath(grpc::ClientContext& context, grpc::ClientReader<Response>& reader,
                const std::atomic<bool>& stopping) {
  Response response;
  while (reader.Read(&response)) {
    if (stopping) context.TryCancel();
  }
  const grpc::Status ended = reader.Finish();
  if (stopping) return false;
  Must(ended);
  return true;
}

// A path of a thousand steps that never arrives.
v1::AttackRequest LongAttack(const AskedModel& digits) {
  v1::AttackRequest request;
  request.set_snapshot(digits.snapshot(digits.snapshots - 1));
  request.mutable_start()->mutable_example()->add_indices(0);  // A 7.
  request.set_target_label(1);
  request.set_learning_rate(1e-9);
  request.set_max_steps(1000);
  return request;
}

v1::ExploreRequest LongExploration(const AskedModel& digits) {
  v1::ExploreRequest request;
  request.set_snapshot(digits.snapshot(digits.snapshots - 1));
  request.mutable_start()->mutable_example()->add_indices(0);
  request.set_target_label(1);
  request.set_step_size(1e-9);
  request.set_max_steps(1000);
  return request;
}

}  // namespace

Cost AskTogether(const std::string& address, pid_t server, const std::string& snapshot,
                 int viewers) {
  absl::Barrier* const connected = new absl::Barrier(viewers + 1);
  std::vector<std::thread> threads;
  for (int viewer = 0; viewer < viewers; ++viewer) {
    threads.emplace_back([&address, &snapshot, connected] {
      RpcClient client(address);
      v1::GetServerInfoResponse info;
      Must(client.GetServerInfo(&info));
      if (connected->Block()) delete connected;
      AskForGrid(client, snapshot);
    });
  }
  if (connected->Block()) delete connected;
  const absl::Time start = absl::Now();
  const absl::Duration before = ProcessorTime(server);
  for (std::thread& thread : threads) thread.join();
  return {absl::Now() - start, ProcessorTime(server) - before};
}

PathLoad::PathLoad(const std::string& address, const AskedModel& digits, int clients) {
  for (int number = 0; number < clients; ++number) {
    clients_.emplace_back([this, &address, &digits, is_attack = number % 2 == 0] {
      RpcClient client(address);
      const auto inspection = v1::InspectService::NewStub(client.channel());
      while (!stopping_) {
        grpc::ClientContext context;
        client.Prepare(context, kDeadlineSeconds);
        const bool ended =
            is_attack
                ? FollowPath(context, *inspection->Attack(&context, LongAttack(digits)), stopping_)
                : FollowPath(context, *inspection->Explore(&context, LongExploration(digits)),
                             stopping_);
        if (ended) ++paths_;
      }
    });
  }
}

PathLoad::~PathLoad() {
  stopping_ = true;
  for (std::thread& client : clients_) client.join();
}

}  // namespace percept::bench
