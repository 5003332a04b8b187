#ifndef PERCEPT_SERVER_RPC_STEP_STREAM_H_
#define PERCEPT_SERVER_RPC_STEP_STREAM_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <grpcpp/grpcpp.h>

#include "server/base/thread_pool.h"
#include "server/rpc/stall_guard.h"
#include "server/rpc/status_mapping.h"
#include "server/rpc/unary.h"

namespace percept::rpc {

// How many streams of steps there may be at a time. Thread-safe; must outlive its slots.
class StreamSlots {
 public:
  explicit StreamSlots(int count) : free_(count) {}
  StreamSlots(const StreamSlots&) = delete;
  StreamSlots& operator=(const StreamSlots&) = delete;

  // Gives its place back when it goes.
  class Slot {
   public:
    explicit Slot(StreamSlots* slots) : slots_(slots) {}
    Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_ != nullptr) ++slots_->free_;
    }

   private:
    StreamSlots* slots_;
  };

  // None where all are taken.
  std::optional<Slot> TryTake() {
    int left = free_;
    while (left > 0) {
      if (free_.compare_exchange_weak(left, left - 1)) return Slot(this);
    }
    return std::nullopt;
  }

 private:
  std::atomic<int> free_;
};

// Makes the messages of a stream, one after the other.
template <typename Response>
class StepSource {
 public:
  virtual ~StepSource() = default;

  // Fills the next message, which comes empty, with some milliseconds' work. Returns whether
  // another one follows; an error ends the stream. `goes_on` is to be asked at each step.
  virtual absl::StatusOr<bool> Fill(Response& response, GoesOn goes_on) = 0;
};

// Sends what a source makes, while the client reads it: the next message is made once the last one
// is written, on a thread of `pool`, which others have meanwhile. A client that leaves a message
// unread for `stall_limit` is sent away.
template <typename Response>
class StepStream final : public grpc::ServerWriteReactor<Response> {
 public:
  using Begin = std::function<absl::StatusOr<std::unique_ptr<StepSource<Response>>>()>;

  // Has `begin`, which may block, run by `pool`. ResourceExhausted where `slots` has none or too
  // many tasks wait. The caller hands the reactor to gRPC; it frees itself.
  static StepStream* Start(ThreadPool* pool, StreamSlots* slots,
                           grpc::CallbackServerContext* context, Begin begin,
                           absl::Duration stall_limit = StallGuard::kLimit) {
    std::optional<StreamSlots::Slot> slot = slots->TryTake();
    const bool has_slot = slot.has_value();
    auto* stream = new StepStream(pool, std::move(slot), context, std::move(begin), stall_limit);
    if (!has_slot || !pool->TrySubmit([stream] { stream->Continue(); })) {
      stream->Finish(TooBusy());
    }
    return stream;
  }

  void OnWriteDone(bool ok) override {
    stall_guard_.Disarm();
    if (!ok) {
      this->Finish({grpc::StatusCode::CANCELLED, "the client went away or did not read"});
    } else if (!has_more_) {
      this->Finish(grpc::Status::OK);
    } else {
      // It has no other task there, and slots bound the streams.
      pool_->Submit([this] { Continue(); });
    }
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  StepStream(ThreadPool* pool, std::optional<StreamSlots::Slot> slot,
             grpc::CallbackServerContext* context, Begin begin, absl::Duration stall_limit)
      : pool_(pool),
        slot_(std::move(slot)),
        begin_(std::move(begin)),
        stall_guard_(context, stall_limit) {}

  void Continue() {
    const absl::Status filled = FillNext();
    if (!filled.ok()) {
      this->Finish(ToGrpcStatus(filled));
      return;
    }
    stall_guard_.Arm();
    this->StartWrite(&response_);
  }

  absl::Status FillNext() {
    const auto goes_on = [this] { return !cancelled_.load(); };
    if (!goes_on()) return absl::CancelledError("the client went away");
    if (source_ == nullptr) {
      absl::StatusOr<std::unique_ptr<StepSource<Response>>> source = begin_();
      if (!source.ok()) return source.status();
      source_ = *std::move(source);
    }
    response_.Clear();
    const absl::StatusOr<bool> more = source_->Fill(response_, goes_on);
    if (!more.ok()) return more.status();
    has_more_ = *more;
    return absl::OkStatus();
  }

  ThreadPool* const pool_;
  const std::optional<StreamSlots::Slot> slot_;
  const Begin begin_;
  std::atomic<bool> cancelled_{false};
  // Used by one of `Continue` and `OnWriteDone` at a time.
  StallGuard stall_guard_;
  std::unique_ptr<StepSource<Response>> source_;
  Response response_;
  bool has_more_ = true;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_STEP_STREAM_H_
