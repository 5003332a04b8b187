#ifndef PERCEPT_SERVER_RPC_VIEWER_STREAM_H_
#define PERCEPT_SERVER_RPC_VIEWER_STREAM_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include <grpcpp/grpcpp.h>

#include "server/base/clock.h"
#include "server/base/pump.h"
#include "server/base/thread_pool.h"
#include "server/rpc/job_feed.h"
#include "server/rpc/wire_message.h"

namespace percept::rpc {

class ViewerStream;

// The streams to all viewers: gives them time for heartbeats, ends those whose viewers do not read,
// and all of them when the server stops. Must outlive the gRPC server. Thread-safe.
class ViewerStreams {
 public:
  // How often it looks whether something is due.
  static constexpr absl::Duration kTick = absl::Milliseconds(50);

  struct Options {
    int64_t max_streams = 10'000;
    // How long a viewer may leave a message unread.
    absl::Duration stall_limit = absl::Minutes(1);
  };

  // `pool`, on which messages are made and sent, and `clock` must outlive the streams.
  ViewerStreams(const Options& options, ThreadPool* pool, const Clock* clock);
  ~ViewerStreams();

  ViewerStreams(const ViewerStreams&) = delete;
  ViewerStreams& operator=(const ViewerStreams&) = delete;

  // Ends all streams, now and to come, with Unavailable and where to resume.
  void EndAll() ABSL_LOCKS_EXCLUDED(mutex_);

  // Streams there are.
  int64_t count() const ABSL_LOCKS_EXCLUDED(mutex_);

  const Options& options() const { return options_; }

 private:
  friend class ViewerStream;

  // ResourceExhausted, naming the limit, where there are as many as may be.
  absl::Status Add(const std::shared_ptr<ViewerStream>& stream) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const ViewerStream* stream) ABSL_LOCKS_EXCLUDED(mutex_);
  void Tick() ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<std::shared_ptr<ViewerStream>> Live() const ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  ThreadPool* const pool_;
  const Clock* const clock_;
  std::atomic<bool> is_ending_{false};
  mutable absl::Mutex mutex_;
  std::map<const ViewerStream*, std::weak_ptr<ViewerStream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread ticker_;
};

// The stream to one viewer, as serialised messages. At most one message is made or under way at any
// time, so that a viewer who does not read costs that message and nothing else; one who leaves it
// unread for too long is sent away with ResourceExhausted.
class ViewerStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                     public Viewer,
                     public std::enable_shared_from_this<ViewerStream> {
 public:
  // Both must outlive the stream; the context is gRPC's until `OnDone`.
  ViewerStream(ViewerStreams* streams, grpc::CallbackServerContext* context);
  ~ViewerStream() override = default;

  // Begins to send. The stream keeps itself until gRPC is done with it.
  void Start();

  // Sends what there is to send, on this thread, unless a message is under way.
  void Wake() final;

  void OnWriteDone(bool ok) final;
  void OnCancel() final;
  void OnDone() final ABSL_LOCKS_EXCLUDED(call_mutex_);

  // The three above take a moment, so that gRPC need not hand them to another thread.
  bool InternalInlineable() final { return true; }

 protected:
  // Held while a step looks for the next message and begins to send it: whoever changes under it
  // what is sent knows that nothing of the old is sent afterwards. Taken before all others.
  absl::Mutex& step_mutex() ABSL_LOCK_RETURNED(step_mutex_) { return step_mutex_; }

  // What follows is called under that mutex.

  // The next message, if there is something to send; an error ends the stream.
  virtual absl::StatusOr<std::optional<WireMessage>> Next() = 0;
  // Whether `Next` has something to send at once.
  virtual bool HasMore() const = 0;
  // Whether the last message has been sent.
  virtual bool IsOver() const = 0;
  // When `Next` will have something to send even without news.
  virtual absl::Time due() const = 0;
  // Says that what `Next` returned so far has been written.
  virtual void Settle() = 0;
  // How a client resumes after what has been written, such as "resume the watch at start_index 12".
  virtual std::string whereabouts() const = 0;

  // Wakes the stream on another thread.
  void WakeSoon();

 private:
  friend class ViewerStreams;

  // Called now and then: wakes the stream when something is due, and ends it when a message has
  // not been read for too long.
  void Tick(absl::Time now) ABSL_LOCKS_EXCLUDED(step_mutex_, call_mutex_);
  bool IsStalled(absl::Time now) const;
  void SendAway() ABSL_EXCLUSIVE_LOCKS_REQUIRED(step_mutex_) ABSL_LOCKS_EXCLUDED(call_mutex_);

  void Run();
  void RunSoon();
  Pump::Next Step() ABSL_LOCKS_EXCLUDED(step_mutex_);
  Pump::Next End(const absl::Status& status) ABSL_LOCKS_EXCLUDED(call_mutex_);
  void Write(WireMessage message);

  ViewerStreams* const streams_;
  grpc_completion_queue* const completions_;  // May be null.
  std::shared_ptr<ViewerStream> self_;        // Set by `Start`, cleared by `OnDone`.
  Pump pump_;
  std::atomic<bool> is_gone_{false};  // The viewer is, or the connection.
  // Microseconds since the epoch: when something is due, and since when a message is under way; the
  // largest number where that is never.
  std::atomic<int64_t> due_micros_;
  std::atomic<int64_t> write_micros_;
  grpc::ByteBuffer message_;  // gRPC reads it until `OnWriteDone`.
  bool is_added_ = false;     // To the streams; constant from the first step on.
  absl::Mutex step_mutex_;
  absl::Mutex call_mutex_;
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(call_mutex_);  // Null once gRPC is done.
  bool is_sent_away_ ABSL_GUARDED_BY(call_mutex_) = false;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_VIEWER_STREAM_H_
