#ifndef PERCEPT_SERVER_RPC_SHARED_ANSWERS_H_
#define PERCEPT_SERVER_RPC_SHARED_ANSWERS_H_

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message.h"

#include "server/rpc/unary.h"

namespace percept::rpc {

// Answers to questions that many ask alike: each is computed once, for all who ask meanwhile, and
// kept for those who come later, the least recently used going first. Thread-safe.
class SharedAnswers {
 public:
  using Message = google::protobuf::Message;
  using Answer = absl::StatusOr<std::shared_ptr<const Message>>;

  // Who asks. Both are called on any thread, `is_gone` not after `receive`.
  struct Asker {
    std::function<void(const Answer&)> receive;  // Called once.
    std::function<bool()> is_gone;               // Must not block.
  };
  using Compute = absl::FunctionRef<Answer(GoesOn)>;

  // Keeps answers of at most `max_bytes` together.
  explicit SharedAnswers(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // Gives the answer to the question `key` stands for to the asker: at once where it is kept; with
  // that of another caller's computation where one is under way, in which case this returns before;
  // else by calling `compute` here, which goes on while anybody asks. Errors are not kept.
  void Ask(const std::string& key, Asker asker, Compute compute) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<const Message> answer;
    int64_t bytes = 0;
  };
  using Askers = std::vector<Asker>;

  // What is kept for the key; null where that is nothing.
  std::shared_ptr<const Message> Find(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(const std::string& key, std::shared_ptr<const Message> answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsAsked(const std::string& key) ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends a computation and returns who waits for it; none where it is to be made again, since one
  // who came after it was given up still waits.
  Askers TakeAskers(const std::string& key, const Answer& answer) ABSL_LOCKS_EXCLUDED(mutex_);

  const int64_t max_bytes_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Askers> under_way_ ABSL_GUARDED_BY(mutex_);
  std::list<Kept> kept_ ABSL_GUARDED_BY(mutex_);  // The most recently used first.
  absl::flat_hash_map<std::string, std::list<Kept>::iterator> places_ ABSL_GUARDED_BY(mutex_);
  int64_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_SHARED_ANSWERS_H_
