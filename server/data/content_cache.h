#ifndef PERCEPT_SERVER_DATA_CONTENT_CACHE_H_
#define PERCEPT_SERVER_DATA_CONTENT_CACHE_H_

#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"

namespace percept::data {

// Data set contents in memory: each loaded once by whoever asks first, shared while anybody holds
// it, and kept beyond that up to a bound, the least recently used going first. Thread-safe. What it
// handed out may outlive it.
class ContentCache {
 public:
  using LoadFunction = absl::FunctionRef<absl::StatusOr<Dataset>()>;

  // Keeps at most `unused_bytes` of content that nobody holds.
  explicit ContentCache(int64_t unused_bytes);
  ~ContentCache();
  ContentCache(const ContentCache&) = delete;
  ContentCache& operator=(const ContentCache&) = delete;

  // The content under `key`. Calls `load`, without holding a lock, when it is not in memory; others
  // that ask for the same key meanwhile wait and share the result, or the error, which is not kept;
  // ResourceExhausted where memory does not suffice.
  absl::StatusOr<std::shared_ptr<const Dataset>> Get(absl::string_view key, LoadFunction load);

 private:
  struct State;
  const std::shared_ptr<State> state_;  // Thread-safe; shared with the handles given out.
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_CONTENT_CACHE_H_
