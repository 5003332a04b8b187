#ifndef PERCEPT_TESTS_BENCH_STREAMS_VIEWERS_H_
#define PERCEPT_TESTS_BENCH_STREAMS_VIEWERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include <grpcpp/grpcpp.h>

#include "client/lib/channel.h"
#include "percept/v1/snapshot_service.grpc.pb.h"

namespace percept::bench {

// Native viewers of one job, all served by the thread that calls `Run`; each on a connection of its
// own, as a person at a computer of their own. Not thread-safe.
class Viewers {
 public:
  // What was received in one run.
  struct Received {
    int64_t messages = 0;
    int64_t snapshots = 0;
    std::vector<absl::Duration> ages;  // Of each message's newest snapshot, from when it was taken.
    int64_t ended = 0;                 // Viewers that have seen the end.
    absl::Status fault;                // The first that a viewer met.
  };

  // Begins `count` watches of `job` from `start_index` on. `server` and `tls` as in MakeChannel;
  // `token` is empty where the server asks for none.
  Viewers(const std::string& server, const client::TlsOptions& tls, const std::string& token,
          const std::string& job, int count, int64_t start_index);

  // Leaves.
  ~Viewers();

  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;

  // Takes what comes until every viewer has been sent a snapshot; false after `limit`.
  bool AwaitFirst(absl::Duration limit);

  // Takes what comes, for so long or until all have seen the job's end.
  Received Run(absl::Duration duration);

 private:
  struct Viewer;

  // Takes what comes until `end` or until `is_enough`.
  template <typename IsEnough>
  void Take(absl::Time end, IsEnough is_enough);
  void Note(Viewer& viewer, bool ok);

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
  int64_t begun_ = 0;  // Viewers that have been sent a snapshot.
  Received received_;
};

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_STREAMS_VIEWERS_H_
