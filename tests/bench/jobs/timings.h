#ifndef PERCEPT_TESTS_BENCH_JOBS_TIMINGS_H_
#define PERCEPT_TESTS_BENCH_JOBS_TIMINGS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include <grpcpp/grpcpp.h>

#include "tests/robustness/server_life.h"
#include "tests/support/rpc_client.h"

// What the sections of percept_latencies share.
namespace percept::bench {

// Ends the program with a line where something fails.
void Must(const absl::Status& status);
void Must(const grpc::Status& status);

absl::Duration Time(const std::function<void()>& what);

// How long each call of `what` takes, which is told its number.
std::vector<absl::Duration> Repeat(int times, const std::function<void(int)>& what);

// What a figure should be under.
struct Goal {
  enum class Of { kP50, kP99, kMost };
  Of of = Of::kP99;
  absl::Duration limit = absl::InfiniteDuration();  // Without which there is no goal.
};

// A table's head, and a row of it, in milliseconds, which says whether the goal is met.
void ShowHead(const std::string& title);
void Show(const std::string& what, std::vector<absl::Duration> times, const Goal& goal = {});

// A perceptd on a data folder, with a worker for each of two cores, and one connection to it.
struct Served {
  explicit Served(const std::string& data_dir);
  // Stops it as SIGTERM does.
  ~Served();

  testing::ServerLife life;
  testing::RpcClient client;
};

v1::Job Create(testing::RpcClient& client, const v1::JobSpec& spec);

// Makes the data set that 2-3-2 jobs train on, `xor`.
void MakeToyData(testing::RpcClient& client);

// A 2-3-2 job that trains for a quarter of a minute, with some hundred snapshots a second.
v1::JobSpec LongToyJob();

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_JOBS_TIMINGS_H_
