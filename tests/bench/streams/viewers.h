#ifndef PERCEPT_TESTS_BENCH_STREAMS_VIEWERS_H_
#define PERCEPT_TESTS_BENCH_STREAMS_VIEWERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/lib/channel.h"
#include "percept/v1/snapshot_service.pb.h"

namespace percept::bench {

// Native viewers of one job, all served by the thread that calls; each on a connection of its own,
// as a person at a computer of their own. Not thread-safe.
class Viewers {
 public:
  // When a message came, and what its newest snapshot was.
  struct Receipt {
    int64_t index = 0;  // In the job.
    absl::Time taken;   // By the trainer.
    absl::Time received;
  };

  // What was received in one run.
  struct Received {
    std::vector<Receipt> messages;
    int64_t snapshots = 0;
    absl::Status fault;  // The first that a viewer met.
  };

  explicit Viewers(int count) : count_(count) {}

  // Leaves.
  virtual ~Viewers() = default;

  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;

  // Takes what comes until every viewer has been sent a snapshot; false after `limit`.
  bool AwaitFirst(absl::Duration limit);

  // Takes what comes, for so long or until all have seen the job's end.
  Received Run(absl::Duration duration);

  // Viewers that have seen the end.
  int64_t ended() const { return ended_; }

 protected:
  // What all viewers have in common.
  struct Viewer {
    bool has_begun = false;  // Been sent a snapshot.
  };

  // Waits until something comes and takes it; false when nothing has come by `deadline`.
  virtual bool TakeNext(absl::Time deadline) = 0;

  // Notes that a viewer was sent a message; that it is at the end of its stream.
  void NoteMessage(Viewer& viewer, const v1::WatchSnapshotsResponse& message);
  void NoteEnd(const absl::Status& status);

 private:
  const int64_t count_;
  int64_t begun_ = 0;
  int64_t ended_ = 0;
  Received received_;
};

// What viewers watch.
struct Watched {
  std::string job;
  int count = 0;  // Of viewers.
  int64_t start_index = 0;
};

// Viewers by gRPC's library, as the command line has it. `server` and `tls` as in MakeChannel;
// `token` is empty where the server asks for none.
std::unique_ptr<Viewers> WatchByLibrary(const std::string& server, const client::TlsOptions& tls,
                                        const std::string& token, const Watched& watched);

// Viewers who speak as much of gRPC's protocol over HTTP/2 as a watch needs, and cost a third of
// the processor time: on a machine that serves a thousand viewers and is all of them, too, the
// library would be most of what is measured. `server` is HOST:PORT, without TLS.
absl::StatusOr<std::unique_ptr<Viewers>> WatchByWire(const std::string& server,
                                                     const Watched& watched);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_STREAMS_VIEWERS_H_
