#ifndef PERCEPT_SERVER_RPC_ACCESS_ACCESS_CONTROL_H_
#define PERCEPT_SERVER_RPC_ACCESS_ACCESS_CONTROL_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/access.h"
#include "server/base/clock.h"
#include "server/rpc/access/caller_budget.h"
#include "server/rpc/access/user_file.h"

namespace percept::rpc {

// A call under way that ends with its session.
class SessionCall {
 public:
  virtual ~SessionCall() = default;
  // Called under the session's lock; must not block.
  virtual void EndWith(const absl::Status& status) = 0;
};

// Somebody whom the server knows, for as long as the token is good. Thread-safe.
class Session {
 public:
  Session(std::string name, Role role, absl::Time expire_time)
      : name_(std::move(name)), role_(role), expire_time_(expire_time) {}

  const std::string& name() const { return name_; }
  Role role() const { return role_; }
  absl::Time expire_time() const { return expire_time_; }

  // Which jobs and data sets may be read; unset where all may.
  std::optional<Reader> reader() const;

  // Whether what belongs to `owner` may be changed.
  bool MayChange(absl::string_view owner) const {
    return role_ >= Role::kInstructor || (role_ >= Role::kStudent && owner == name_);
  }

  // Has a call end, from now until `Remove`, when the token expires or is taken back.
  // Unauthenticated once that has happened.
  absl::Status Add(SessionCall* call, absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(SessionCall* call) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class AccessControl;

  absl::Status Check(absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Revoke() ABSL_LOCKS_EXCLUDED(mutex_);
  void EndIfExpired(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndAll(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string name_;
  const Role role_;
  const absl::Time expire_time_;
  absl::Mutex mutex_;
  bool is_revoked_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<SessionCall*> calls_ ABSL_GUARDED_BY(mutex_);
};

// Who may use a server: the users in a file, which is read again whenever it changes. Without a
// file everybody may do everything. Thread-safe.
class AccessControl {
 public:
  // How often it looks whether the file has changed.
  static constexpr absl::Duration kTick = absl::Milliseconds(100);

  struct Options {
    std::string user_file;  // Empty for none.
    CallerLimits limits;    // Of each caller, where there are tokens.
  };

  // `clock` must outlive it. Errors as those of ReadUserFile.
  static absl::StatusOr<std::unique_ptr<AccessControl>> Open(const Options& options,
                                                             const Clock* clock);
  ~AccessControl();

  AccessControl(const AccessControl&) = delete;
  AccessControl& operator=(const AccessControl&) = delete;

  bool tokens_required() const { return !options_.user_file.empty(); }
  const CallerLimits& limits() const { return options_.limits; }

  // Whose call has this metadata, as far as the token is known: `authorization`, and `owner`, which
  // names the caller where no tokens are asked for. Unauthenticated, saying what is wrong with the
  // token.
  absl::StatusOr<std::shared_ptr<Session>> Authenticate(
      std::optional<absl::string_view> authorization, std::optional<absl::string_view> owner) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ok where the token in `authorization` is good and its role allows at least what `least` does.
  // Unauthenticated or PermissionDenied, the latter naming what is to be done as `what`.
  absl::Status CheckRole(std::optional<absl::string_view> authorization, Role least,
                         absl::string_view what) const ABSL_LOCKS_EXCLUDED(mutex_);

  // What a caller has left. Guests, who share a token, are told apart by `address`.
  std::shared_ptr<CallerBudget> BudgetOf(const Session& session, absl::string_view address) const;

  // Makes the guests' token anew. FailedPrecondition without a file; Unavailable where it cannot be
  // written.
  absl::StatusOr<std::string> OpenClassLink(absl::Time expire_time) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CloseClassLink() ABSL_LOCKS_EXCLUDED(mutex_);

  // Looks at once whether the file has changed.
  void Refresh() ABSL_LOCKS_EXCLUDED(refresh_mutex_, mutex_);

 private:
  // How a file was when it was read.
  struct Stamp {
    int64_t inode = 0;
    int64_t size = 0;
    int64_t modified_nanoseconds = 0;

    bool operator==(const Stamp&) const = default;
  };
  struct Entry {
    User user;
    std::shared_ptr<Session> session;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;  // By the token's id.

  AccessControl(const Options& options, const Clock* clock);

  static std::optional<Stamp> StampOf(const std::string& path);
  void Take(std::vector<User> users) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckHasFile() const;
  void Watch() ABSL_LOCKS_EXCLUDED(stop_mutex_);
  void EndExpired() ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  const Clock* const clock_;
  mutable CallerBudgets budgets_;
  mutable absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  absl::Mutex refresh_mutex_;  // Held while the file is read.
  std::optional<Stamp> stamp_ ABSL_GUARDED_BY(refresh_mutex_);
  absl::Mutex stop_mutex_;
  bool is_stopping_ ABSL_GUARDED_BY(stop_mutex_) = false;
  std::thread watcher_;
};

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_ACCESS_CONTROL_H_
