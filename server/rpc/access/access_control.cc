#include "server/rpc/access/access_control.h"

#include <pthread.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "server/base/logging.h"
#include "server/base/secret.h"
#include "server/base/status.h"

namespace percept::rpc {
namespace {

absl::Status Unauthenticated(absl::string_view why, absl::string_view reason) {
  return WithReason(absl::UnauthenticatedError(absl::StrCat("token: ", why)), reason);
}

}  // namespace

// --- Session ---

std::optional<Reader> Session::reader() const {
  if (role_ >= Role::kInstructor) return std::nullopt;
  if (role_ == Role::kGuest) return Reader{"", Visibility::kPublic};
  return Reader{name_, Visibility::kClass};
}

absl::Status Session::Add(SessionCall* call, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  PERCEPT_RETURN_IF_ERROR(Check(now));
  calls_.insert(call);
  return absl::OkStatus();
}

void Session::Remove(SessionCall* call) {
  absl::MutexLock lock(&mutex_);
  calls_.erase(call);
}

absl::Status Session::Check(absl::Time now) const {
  if (is_revoked_) return Unauthenticated("was taken back", "TOKEN_REVOKED");
  if (now < expire_time_) return absl::OkStatus();
  return Unauthenticated(absl::StrCat("expired ", absl::FormatTime(absl::RFC3339_sec, expire_time_,
                                                                   absl::UTCTimeZone())),
                         "TOKEN_EXPIRED");
}

void Session::Revoke() {
  absl::MutexLock lock(&mutex_);
  is_revoked_ = true;
  EndAll(Check(absl::InfinitePast()));
}

void Session::EndIfExpired(absl::Time now) {
  if (now < expire_time_) return;
  absl::MutexLock lock(&mutex_);
  EndAll(Check(now));
}

void Session::EndAll(const absl::Status& status) {
  for (SessionCall* const call : calls_) call->EndWith(status);
  calls_.clear();
}

// --- AccessControl ---

absl::StatusOr<std::unique_ptr<AccessControl>> AccessControl::Open(const Options& options,
                                                                   const Clock* clock) {
  std::unique_ptr<AccessControl> control(new AccessControl(options, clock));
  if (!control->tokens_required()) return control;
  {
    absl::MutexLock lock(&control->refresh_mutex_);
    control->stamp_ = StampOf(options.user_file);
    PERCEPT_ASSIGN_OR_RETURN(std::vector<User> users, ReadUserFile(options.user_file));
    control->Take(std::move(users));
  }
  control->watcher_ = std::thread([raw = control.get()] { raw->Watch(); });
  pthread_setname_np(control->watcher_.native_handle(), "users");
  return control;
}

AccessControl::AccessControl(const Options& options, const Clock* clock)
    : options_(options),
      clock_(clock),
      budgets_(options.user_file.empty() ? CallerLimits() : options.limits) {}

AccessControl::~AccessControl() {
  {
    absl::MutexLock lock(&stop_mutex_);
    is_stopping_ = true;
  }
  if (watcher_.joinable()) watcher_.join();
}

std::optional<AccessControl::Stamp> AccessControl::StampOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return Stamp{.inode = static_cast<int64_t>(status.st_ino),
               .size = status.st_size,
               .modified_nanoseconds =
                   status.st_mtim.tv_sec * int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

void AccessControl::Watch() {
  while (true) {
    {
      absl::MutexLock lock(&stop_mutex_);
      if (stop_mutex_.AwaitWithTimeout(absl::Condition(&is_stopping_), kTick)) return;
    }
    Refresh();
    EndExpired();
  }
}

void AccessControl::EndExpired() {
  const absl::Time now = clock_->Now();
  absl::ReaderMutexLock lock(&mutex_);
  for (const auto& [id, entry] : entries_) entry.session->EndIfExpired(now);
}

void AccessControl::Refresh() {
  absl::MutexLock lock(&refresh_mutex_);
  // Taken before the file is read: a change in between is seen the next time.
  const std::optional<Stamp> stamp = StampOf(options_.user_file);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  absl::StatusOr<std::vector<User>> users = ReadUserFile(options_.user_file);
  if (!users.ok()) {
    log::Error("the users could not be read again; those known stay",
               {{"error", users.status().message()}});
    return;
  }
  log::Info("the users were read again", {{"users", users->size()}});
  Take(*std::move(users));
}

void AccessControl::Take(std::vector<User> users) {
  Entries entries;
  absl::MutexLock lock(&mutex_);
  for (User& user : users) {
    Entry entry{.user = std::move(user)};
    const auto before = entries_.find(entry.user.token_id);
    entry.session =
        before != entries_.end() && before->second.user == entry.user
            ? before->second.session
            : std::make_shared<Session>(entry.user.name, entry.user.role, entry.user.expire_time);
    entries.emplace(entry.user.token_id, std::move(entry));
  }
  for (const auto& [id, entry] : entries_) {
    const auto now = entries.find(id);
    if (now == entries.end() || now->second.session != entry.session) {
      entry.session->Revoke();
    }
  }
  entries_ = std::move(entries);
}

absl::StatusOr<std::shared_ptr<Session>> AccessControl::Authenticate(
    std::optional<absl::string_view> authorization, std::optional<absl::string_view> owner) const {
  if (!tokens_required()) {
    const bool has_name = owner.has_value() && IsPlainName(*owner);
    return std::make_shared<Session>(has_name ? std::string(*owner) : "anonymous", Role::kAdmin,
                                     absl::InfiniteFuture());
  }
  if (!authorization.has_value()) {
    return Unauthenticated(
        "this server asks for one: percept login, --token, or the metadata "
        "authorization: Bearer TOKEN",
        "TOKEN_MISSING");
  }
  absl::string_view token = *authorization;
  if (!absl::ConsumePrefix(&token, "Bearer ")) {
    return Unauthenticated("authorization must be Bearer and the token", "TOKEN_MALFORMED");
  }
  const absl::Status unknown = Unauthenticated(
      "is none of this server's users'; it may have been taken back", "TOKEN_UNKNOWN");
  const std::optional<std::string> id = TokenId(token);
  if (!id.has_value()) return unknown;
  const std::string digest = TokenDigest(token);
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = entries_.find(*id);
  if (found == entries_.end() || !SameSecret(found->second.user.token_digest, digest)) {
    return unknown;
  }
  return found->second.session;
}

absl::Status AccessControl::CheckRole(std::optional<absl::string_view> authorization, Role least,
                                      absl::string_view what) const {
  PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<Session> session,
                           Authenticate(authorization, std::nullopt));
  {
    absl::ReaderMutexLock lock(&session->mutex_);
    PERCEPT_RETURN_IF_ERROR(session->Check(clock_->Now()));
  }
  if (session->role() >= least) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat("role: ", what, " needs at least ",
                                                  RoleName(least), ", ", session->name(), " is ",
                                                  RoleName(session->role())));
}

std::shared_ptr<CallerBudget> AccessControl::BudgetOf(const Session& session,
                                                      absl::string_view address) const {
  // Names have no space.
  return budgets_.Of(
      session.role() == Role::kGuest ? absl::StrCat(session.name(), " ", address) : session.name(),
      clock_->Now());
}

absl::Status AccessControl::CheckHasFile() const {
  if (tokens_required()) return absl::OkStatus();
  return WithReason(
      absl::FailedPreconditionError("this server asks for no tokens (--auth-file): everybody who "
                                    "reaches it may do everything"),
      "NO_TOKENS");
}

absl::StatusOr<std::string> AccessControl::OpenClassLink(absl::Time expire_time) {
  PERCEPT_RETURN_IF_ERROR(CheckHasFile());
  std::string token;
  PERCEPT_RETURN_IF_ERROR(
      ChangeUserFile(options_.user_file, [&](std::vector<User>& users) -> absl::Status {
        std::erase_if(users, [](const User& user) { return user.role == Role::kGuest; });
        User guest{.name = kGuestName, .role = Role::kGuest};
        guest.create_time = clock_->Now();
        guest.expire_time = expire_time;
        token = GiveToken(guest);
        users.push_back(std::move(guest));
        return absl::OkStatus();
      }));
  Refresh();
  return token;
}

absl::Status AccessControl::CloseClassLink() {
  PERCEPT_RETURN_IF_ERROR(CheckHasFile());
  PERCEPT_RETURN_IF_ERROR(
      ChangeUserFile(options_.user_file, [](std::vector<User>& users) -> absl::Status {
        std::erase_if(users, [](const User& user) { return user.role == Role::kGuest; });
        return absl::OkStatus();
      }));
  Refresh();
  return absl::OkStatus();
}

}  // namespace percept::rpc
