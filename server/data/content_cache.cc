#include "server/data/content_cache.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

#include "server/base/status.h"
#include "server/data/within_memory.h"

namespace percept::data {
namespace {

// A load under way. `status` is written before `done` is notified and read after it.
struct Loading {
  absl::Notification done;
  absl::Status status;
};

struct Entry {
  std::shared_ptr<Loading> loading;  // Set while `content` is not.
  std::shared_ptr<const Dataset> content;
  int64_t size_bytes = 0;
  int64_t holders = 0;    // Handles given out and not yet dropped.
  uint64_t last_use = 0;  // Counts handles, given out or dropped.
};

}  // namespace

struct ContentCache::State : std::enable_shared_from_this<State> {
  explicit State(int64_t max) : max_unused_bytes(std::max<int64_t>(max, 0)) {}

  const int64_t max_unused_bytes;
  absl::Mutex mutex;
  std::map<std::string, Entry, std::less<>> entries ABSL_GUARDED_BY(mutex);
  int64_t unused_bytes ABSL_GUARDED_BY(mutex) = 0;
  uint64_t uses ABSL_GUARDED_BY(mutex) = 0;

  // A handle on loaded content, which reports when its last copy is dropped.
  std::shared_ptr<const Dataset> NewHandle(absl::string_view key, Entry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (entry.holders++ == 0) unused_bytes -= entry.size_bytes;
    entry.last_use = ++uses;
    return {entry.content.get(), [state = shared_from_this(),
                                  name = std::string(key)](const Dataset*) { state->Drop(name); }};
  }

  void Drop(const std::string& key) {
    std::vector<std::shared_ptr<const Dataset>> evicted;  // Freed after the lock is.
    absl::MutexLock lock(&mutex);
    Entry& entry = entries.find(key)->second;
    entry.last_use = ++uses;
    if (--entry.holders > 0) return;
    unused_bytes += entry.size_bytes;
    while (unused_bytes > max_unused_bytes) evicted.push_back(EvictOldest());
  }

  // There is an unused entry.
  std::shared_ptr<const Dataset> EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    auto oldest = entries.end();
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      if (entry->second.content == nullptr || entry->second.holders > 0) continue;
      if (oldest == entries.end() || entry->second.last_use < oldest->second.last_use)
        oldest = entry;
    }
    unused_bytes -= oldest->second.size_bytes;
    std::shared_ptr<const Dataset> content = std::move(oldest->second.content);
    entries.erase(oldest);
    return content;
  }

  // Puts what was loaded in the place of `loading`, and hands it out.
  absl::StatusOr<std::shared_ptr<const Dataset>> Finish(absl::string_view key, Loading& loading,
                                                        absl::StatusOr<Dataset> loaded) {
    absl::MutexLock lock(&mutex);
    const auto entry = entries.find(key);
    if (!loaded.ok()) {
      entries.erase(entry);
      loading.status = loaded.status();
      loading.done.Notify();
      return loaded.status();
    }
    entry->second.size_bytes = loaded->size_bytes();
    entry->second.content = std::make_shared<const Dataset>(*std::move(loaded));
    entry->second.loading = nullptr;
    unused_bytes += entry->second.size_bytes;
    loading.done.Notify();
    return NewHandle(key, entry->second);
  }
};

ContentCache::ContentCache(int64_t unused_bytes) : state_(std::make_shared<State>(unused_bytes)) {}

ContentCache::~ContentCache() = default;

absl::StatusOr<std::shared_ptr<const Dataset>> ContentCache::Get(absl::string_view key,
                                                                 LoadFunction load) {
  while (true) {
    std::shared_ptr<Loading> loading;
    bool is_mine = false;
    {
      absl::MutexLock lock(&state_->mutex);
      Entry& entry = state_->entries[std::string(key)];
      if (entry.content != nullptr) return state_->NewHandle(key, entry);
      is_mine = entry.loading == nullptr;
      if (is_mine) entry.loading = std::make_shared<Loading>();
      loading = entry.loading;
    }
    if (is_mine) return state_->Finish(key, *loading, WithinMemory(load));
    loading->done.WaitForNotification();
    // A load that succeeded may be evicted already; then it is this caller's turn.
    PERCEPT_RETURN_IF_ERROR(loading->status);
  }
}

}  // namespace percept::data
