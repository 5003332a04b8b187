#ifndef PERCEPT_SERVER_STORAGE_SQLITE_WRITER_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "server/storage/sqlite/connection.h"
#include "server/storage/sqlite/log_mover.h"
#include "server/storage/sqlite/log_note.h"
#include "server/storage/sqlite/reserve.h"

namespace percept::storage {

// The one connection that writes, taken in turns, and a thread that brings what was written from
// the log into the main file while others write on. Thread-safe.
class Writer {
 public:
  // What a write survives once it returned.
  enum class Durability {
    kPowerFailure,  // About 200 µs.
    kCrash,         // About 12 µs; a later write that survives power failure makes this one do so.
  };

  // `path` is the database's. Keeps a note beside it of how far the log has come, until MarkClosed.
  Writer(const std::string& path, std::unique_ptr<Connection> connection);
  ~Writer();

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs `body` in a transaction: all of it is stored, or, when it fails, nothing.
  absl::Status Write(Durability durability, absl::FunctionRef<absl::Status(Connection&)> body);

  // Likewise, but where the disk is full in room that is kept for what cannot be refused. `body`
  // may be run several times.
  absl::Status WriteInReserve(Durability durability,
                              absl::FunctionRef<absl::Status(Connection&)> body);

  // Makes everything written so far survive a power failure.
  absl::Status Flush();

  // Records in the main file that the store is open. Unavailable when a program that reads the
  // database keeps it from getting there; it does so with what is written later.
  absl::Status MarkOpen();

  // Brings everything into the main file and records there that the store is closed; for the end,
  // since no log is kept short afterwards. Unavailable, with the store marked open as before, when
  // a program still reads the database after seconds.
  absl::Status MarkClosed();

 private:
  // ResourceExhausted where only the reserve is left.
  absl::Status CheckRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets the log be written from its beginning, if all of it can be brought into the main file.
  void ReuseLog() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteLocked(Durability durability, absl::FunctionRef<absl::Status(Connection&)> body)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SetDurability(Durability durability) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SetMark(int is_open) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Checkpoint(absl::string_view mode) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteCommit(Durability durability) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteMoving() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The thread's.
  void KeepLogShort() ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsLogLong() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Moves what is there; true where nothing was written meanwhile.
  bool MoveLog(LogMover& mover) ABSL_LOCKS_EXCLUDED(mutex_);
  void StopKeepingLogShort() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string path_;
  absl::Mutex mutex_;
  const std::unique_ptr<Connection> connection_ ABSL_PT_GUARDED_BY(mutex_);
  Durability durability_ ABSL_GUARDED_BY(mutex_) =
      Durability::kPowerFailure;  // A connection's default.
  bool has_unflushed_ ABSL_GUARDED_BY(mutex_) = false;
  LogNote note_ ABSL_GUARDED_BY(mutex_);
  LogProgress log_ ABSL_GUARDED_BY(mutex_);
  Reserve reserve_ ABSL_GUARDED_BY(mutex_);
  bool keeps_note_ ABSL_GUARDED_BY(mutex_) = true;
  bool is_moving_ ABSL_GUARDED_BY(mutex_) = false;  // The thread brings the log into the main file.
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;  // The thread is to end.
  int64_t moved_ ABSL_GUARDED_BY(mutex_) = 0;         // Frames it has tried since the log began.
  std::thread log_keeper_;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_WRITER_H_
