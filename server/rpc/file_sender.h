#ifndef PERCEPT_SERVER_RPC_FILE_SENDER_H_
#define PERCEPT_SERVER_RPC_FILE_SENDER_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include <grpcpp/grpcpp.h>

#include "server/base/thread_pool.h"
#include "server/rpc/stall_guard.h"
#include "server/rpc/status_mapping.h"

namespace percept::rpc {

// Most bytes of a file or a tensor in one message.
inline constexpr size_t kChunkBytes = 1 << 20;

// How much memory the files on their way to clients, or the models that streams of steps hold, take
// together. Thread-safe; must outlive its reservations.
class FileBudget {
 public:
  explicit FileBudget(int64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  FileBudget(const FileBudget&) = delete;
  FileBudget& operator=(const FileBudget&) = delete;

  // Gives its bytes back when it goes.
  class Reservation {
   public:
    Reservation(FileBudget* budget, int64_t bytes) : budget_(budget), bytes_(bytes) {}
    Reservation(Reservation&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Reservation() {
      if (budget_ != nullptr) budget_->Release(bytes_);
    }

   private:
    FileBudget* budget_;
    int64_t bytes_;
  };

  // ResourceExhausted when the limit would be passed; a file that is larger than the limit goes
  // when it is the only one.
  absl::StatusOr<Reservation> Reserve(int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Release(int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  const int64_t limit_bytes_;
  absl::Mutex mutex_;
  int64_t used_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A file to send, and its place in the budget.
struct OutgoingFile {
  std::string bytes;
  FileBudget::Reservation reservation;
};

// Sends a file in chunks. `Response` has `offset`, `data` and `total_bytes`. A client that leaves a
// chunk unread for `stall_limit` is sent away, so that it does not keep the memory.
template <typename Response>
class FileSender final : public grpc::ServerWriteReactor<Response> {
 public:
  using Make = std::function<absl::StatusOr<OutgoingFile>()>;

  // Has `make`, which may block, run by `pool`, and sends what it returns. The caller hands the
  // reactor to gRPC; it frees itself.
  static FileSender* Start(ThreadPool* pool, grpc::CallbackServerContext* context, Make make,
                           absl::Duration stall_limit = StallGuard::kLimit) {
    auto* sender = new FileSender(context, stall_limit);
    if (!pool->TrySubmit([sender, make = std::move(make)] { sender->Begin(make); })) {
      sender->Finish(TooBusy());
    }
    return sender;
  }

  void OnWriteDone(bool ok) override {
    stall_guard_.Disarm();
    if (!ok) {
      this->Finish({grpc::StatusCode::CANCELLED, "the client went away or did not read"});
    } else {
      SendNext();
    }
  }

  void OnCancel() override { cancelled_ = true; }

  void OnDone() override { delete this; }

 private:
  FileSender(grpc::CallbackServerContext* context, absl::Duration stall_limit)
      : stall_guard_(context, stall_limit) {}

  void Begin(const Make& make) {
    if (cancelled_) {
      this->Finish({grpc::StatusCode::CANCELLED, "the client went away"});
      return;
    }
    absl::StatusOr<OutgoingFile> file = make();
    if (!file.ok()) {
      this->Finish(ToGrpcStatus(file.status()));
      return;
    }
    file_ = std::make_unique<OutgoingFile>(*std::move(file));
    SendNext();
  }

  void SendNext() {
    const std::string& bytes = file_->bytes;
    if (offset_ == bytes.size()) {
      this->Finish(grpc::Status::OK);
      return;
    }
    const size_t size = std::min(kChunkBytes, bytes.size() - offset_);
    response_.set_offset(static_cast<int64_t>(offset_));
    response_.set_data(bytes.data() + offset_, size);
    response_.set_total_bytes(static_cast<int64_t>(bytes.size()));
    offset_ += size;
    stall_guard_.Arm();
    this->StartWrite(&response_);
  }

  StallGuard stall_guard_;
  std::atomic<bool> cancelled_{false};
  // Used by one of `Begin` and `OnWriteDone` at a time.
  std::unique_ptr<OutgoingFile> file_;
  size_t offset_ = 0;  // How much of it has been sent.
  Response response_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_FILE_SENDER_H_
