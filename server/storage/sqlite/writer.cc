#include "server/storage/sqlite/writer.h"

#include <pthread.h>

#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "server/base/meters.h"
#include "server/base/status.h"

namespace percept::storage {
namespace {

// About 16 MiB, after which the log is brought into the main file, while others write on.
constexpr int64_t kLongLogFrames = 4096;

// About 96 MiB, after which those who write faster than the disk wait for it.
constexpr int64_t kLongestLogFrames = 24576;

// Moves of the log, each shorter than the one before, after which others wait for the rest of it.
constexpr int kPasses = 3;

}  // namespace

Writer::Writer(const std::string& path, std::unique_ptr<Connection> connection)
    : path_(path),
      connection_(std::move(connection)),
      note_(path),
      log_(note_.Read().value_or(LogProgress())),
      reserve_(absl::StrCat(path, "-reserve")) {
  connection_->CountLogFrames();
}

Writer::~Writer() { StopKeepingLogShort(); }

absl::Status Writer::SetDurability(Durability durability) {
  if (durability == durability_) return absl::OkStatus();
  // Outside of transactions, where alone it takes effect.
  PERCEPT_RETURN_IF_ERROR(connection_->Execute(durability == Durability::kPowerFailure
                                                   ? "PRAGMA synchronous = FULL"
                                                   : "PRAGMA synchronous = NORMAL"));
  durability_ = durability;
  return absl::OkStatus();
}

absl::Status Writer::Write(Durability durability,
                           absl::FunctionRef<absl::Status(Connection&)> body) {
  absl::MutexLock lock(&mutex_);
  const auto may_grow = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !is_moving_ || log_.committed < kLongestLogFrames;
  };
  mutex_.Await(absl::Condition(&may_grow));
  PERCEPT_RETURN_IF_ERROR(CheckRoom());
  const absl::Status written = WriteLocked(durability, body);
  if (absl::IsResourceExhausted(written)) ReuseLog();  // For the next; `body` may run once only.
  return written;
}

absl::Status Writer::CheckRoom() {
  if (reserve_.Refill()) return absl::OkStatus();
  // What was deleted has left room within the main file.
  PERCEPT_ASSIGN_OR_RETURN(
      const int64_t free_bytes,
      connection_->QueryInteger("SELECT freelist_count * page_size FROM pragma_freelist_count, "
                                "pragma_page_size"));
  if (free_bytes >= Reserve::kBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(path_, ": the disk is full but for ", Reserve::kBytes >> 20,
                   " MiB, which are kept for the ends of jobs and for deletions"));
}

absl::Status Writer::WriteInReserve(Durability durability,
                                    absl::FunctionRef<absl::Status(Connection&)> body) {
  absl::MutexLock lock(&mutex_);
  absl::Status written = WriteLocked(durability, body);
  while (absl::IsResourceExhausted(written) && reserve_.Release()) {
    ReuseLog();
    written = WriteLocked(durability, body);
  }
  return written;
}

void Writer::ReuseLog() {
  const auto may_move = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !is_moving_; };
  mutex_.Await(absl::Condition(&may_move));
  Checkpoint("PASSIVE").IgnoreError();
}

absl::Status Writer::WriteLocked(Durability durability,
                                 absl::FunctionRef<absl::Status(Connection&)> body) {
  PERCEPT_RETURN_IF_ERROR(SetDurability(durability));
  Connection& connection = *connection_;
  const auto start = std::chrono::steady_clock::now();
  PERCEPT_RETURN_IF_ERROR(connection.InTransaction([&] { return body(connection); }));
  Meters& meters = Meters::Process();
  (durability == Durability::kCrash ? meters.commits_to_crash : meters.commits_to_power_failure)
      .Add(absl::FromChrono(std::chrono::steady_clock::now() - start));
  if (durability == Durability::kCrash) has_unflushed_ = true;
  NoteCommit(durability);
  if (IsLogLong() && !log_keeper_.joinable() && !is_stopping_) {
    log_keeper_ = std::thread([this] { KeepLogShort(); });
    pthread_setname_np(log_keeper_.native_handle(), "log-keeper");
  }
  return absl::OkStatus();
}

void Writer::NoteCommit(Durability durability) {
  const std::optional<Connection::LogEnd> end = connection_->TakeLogEnd();
  if (!end.has_value()) return;  // Nothing was changed.
  if (end->salts != log_.salts) {
    log_ = {.salts = end->salts};
    moved_ = 0;
  }
  log_.committed = end->frames;
  if (durability == Durability::kPowerFailure) {
    has_unflushed_ = false;  // What reaches the disk takes all before it there.
    log_.durable = log_.committed;
  }
  if (keeps_note_) note_.Write(log_);
}

// --- Keeping the log short ---

bool Writer::IsLogLong() const {
  // Once it is moved up to a commit, nothing is to be done before the next.
  return log_.committed >= kLongLogFrames && log_.committed > moved_;
}

void Writer::KeepLogShort() {
  std::unique_ptr<LogMover> mover;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return is_stopping_ || IsLogLong();
      };
      mutex_.Await(absl::Condition(&has_work));
      if (is_stopping_) return;
      moved_ = log_.committed;  // Should it fail, the next commit has it tried again.
    }
    if (mover == nullptr) mover = LogMover::Open(path_).value_or(nullptr);
    // What is written meanwhile is left for the next pass, which takes less time for that.
    bool is_moved = false;
    for (int pass = 0; mover != nullptr && !is_moved && pass < kPasses; ++pass) {
      is_moved = MoveLog(*mover);
    }
    if (is_moved) continue;
    absl::MutexLock lock(&mutex_);
    moved_ = log_.committed;
    Checkpoint("PASSIVE").IgnoreError();  // What is in the log is safe there.
  }
}

bool Writer::MoveLog(LogMover& mover) {
  int64_t fence = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (is_stopping_ || !mover.Fence().ok()) {
      mover.Release();
      return false;
    }
    NoteMoving();
    fence = log_.committed;
    is_moving_ = true;
  }
  const absl::Status moved = mover.Move();
  absl::MutexLock lock(&mutex_);
  mover.Release();
  is_moving_ = false;
  moved_ = fence;
  return moved.ok() && log_.committed == fence;
}

void Writer::StopKeepingLogShort() {
  std::thread log_keeper;
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    log_keeper = std::move(log_keeper_);
  }
  if (log_keeper.joinable()) log_keeper.join();
}

absl::Status Writer::Flush() {
  {
    absl::MutexLock lock(&mutex_);
    if (!has_unflushed_) return absl::OkStatus();
  }
  return Write(Durability::kPowerFailure, [](Connection& connection) {
    return connection.RunOnce("UPDATE store SET flushes = flushes + 1");
  });
}

absl::Status Writer::Checkpoint(absl::string_view mode) {
  PERCEPT_RETURN_IF_ERROR(SetDurability(Durability::kPowerFailure));
  NoteMoving();
  PERCEPT_ASSIGN_OR_RETURN(Statement checkpoint,
                           connection_->Prepare(absl::StrCat("PRAGMA wal_checkpoint(", mode, ")")));
  PERCEPT_ASSIGN_OR_RETURN(const bool found, checkpoint.Step());
  const bool is_busy = !found || checkpoint.Integer(0) != 0;
  const bool is_complete = !is_busy && checkpoint.Integer(1) == checkpoint.Integer(2);  // Pages.
  return is_complete ? absl::OkStatus()
                     : absl::UnavailableError("another program is using the database");
}

// Before a part of the log gets into the main file.
void Writer::NoteMoving() {
  log_.in_main_file = log_.committed;
  if (keeps_note_) note_.Write(log_);
}

absl::Status Writer::SetMark(int is_open) {
  return WriteInReserve(Durability::kPowerFailure, [is_open](Connection& connection) {
    return connection.RunOnce(absl::StrCat("UPDATE store SET is_open = ", is_open));
  });
}

absl::Status Writer::MarkOpen() {
  PERCEPT_RETURN_IF_ERROR(SetMark(1));
  absl::MutexLock lock(&mutex_);
  return Checkpoint("PASSIVE");  // Waits for nobody.
}

absl::Status Writer::MarkClosed() {
  StopKeepingLogShort();
  {
    absl::MutexLock lock(&mutex_);
    keeps_note_ = false;  // The log is about to go, with all that would be said of it.
    note_.Remove();
    PERCEPT_RETURN_IF_ERROR(Checkpoint("TRUNCATE"));  // What the mark stands for goes before it.
  }
  PERCEPT_RETURN_IF_ERROR(SetMark(0));
  absl::MutexLock lock(&mutex_);
  return Checkpoint("TRUNCATE");
}

}  // namespace percept::storage
