// What is noticed of a write-ahead log that lost something, and what is not taken for it.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "server/base/status.h"
#include "server/storage/sqlite/log_note.h"
#include "server/storage/sqlite/log_scan.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/support/raw_database.h"
#include "tests/support/records.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace percept::storage {
namespace {

using ::percept::testing::NewJob;
using ::percept::testing::Pending;
using ::percept::testing::RawDatabase;
using ::percept::testing::StatusIs;
using ::percept::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int64_t kHeaderBytes = 32;
constexpr int64_t kFrameBytes = 24 + 4096;

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Flip(const std::string& path, int64_t offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(offset);
  const auto byte = static_cast<char>(file.get() ^ 4);
  file.seekp(offset);
  file.put(byte);
}

// A store that has acknowledged the job "a", and a second folder to which its files are copied as a
// crash would leave them.
class WriteAheadLogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
    ASSERT_OK(store_->jobs().Insert(NewJob("a")));
  }

  void Crash() {
    for (const char* part : {"", "-wal", "-log-note"}) {
      std::filesystem::copy_file(path_ + part, copy_ + part,
                                 std::filesystem::copy_options::overwrite_existing);
    }
  }

  // Opens what the crash left, and closes it again.
  absl::Status Recover() { return OpenSqliteStore(copy_).status(); }

  // Behind its newest commit; what follows in the file is of before the log began again.
  int64_t EndOfLog() { return kHeaderBytes + LogNote(copy_).Read()->committed * kFrameBytes; }

  void CutLog(int64_t bytes) {
    std::filesystem::resize_file(copy_log_, static_cast<uintmax_t>(bytes));
  }

  void AppendSnapshot(size_t bytes) {
    const int64_t index = store_->jobs().Get("a")->snapshot_count;
    ASSERT_OK(store_->snapshots().Append({Pending("a", index, std::string(bytes, 'p'))}));
  }

  // More than is kept in the log, which so begins again, once it was moved.
  void FillTheLog() {
    for (int times = 0; times < 20; ++times) AppendSnapshot(1 << 20);
    const uint64_t salts = LogNote(path_).Read()->salts;
    const absl::Time deadline = absl::Now() + absl::Minutes(2);
    while (LogNote(path_).Read()->salts == salts) {
      ASSERT_LT(absl::Now(), deadline);
      AppendSnapshot(1);
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  const TempDir folder_;
  const TempDir other_folder_;
  const std::string path_ = folder_.File("percept.db");
  const std::string copy_ = other_folder_.File("percept.db");
  const std::string copy_log_ = copy_ + "-wal";
  std::unique_ptr<Store> store_;
};

auto IsDamaged(const std::string& path) {
  return StatusIs(absl::StatusCode::kFailedPrecondition,
                  AllOf(StartsWith(path), HasSubstr(path + "-wal is damaged or cut off at byte "),
                        HasSubstr("'UPDATE store SET is_open = 0'")));
}

TEST_F(WriteAheadLogTest, IsTakenWhereItIsWhole) {
  Crash();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> recovered, OpenSqliteStore(copy_));
  EXPECT_OK(recovered->jobs().Get("a"));
}

TEST_F(WriteAheadLogTest, IsRefusedWhereverItIsCutOff) {
  Crash();
  std::vector<int64_t> sizes = {0, 1, kHeaderBytes - 1, EndOfLog() - 1};
  for (int64_t end = kHeaderBytes; end < EndOfLog(); end += kFrameBytes) sizes.push_back(end);
  for (const int64_t bytes : sizes) {
    Crash();
    CutLog(bytes);
    const absl::Status status = Recover();
    EXPECT_THAT(status, IsDamaged(copy_)) << bytes;
    EXPECT_EQ(ReasonOf(status), "WRITE_AHEAD_LOG_DAMAGED");
  }
}

TEST_F(WriteAheadLogTest, IsRefusedWithABitFlippedInAnyPartOfIt) {
  Crash();
  std::vector<int64_t> offsets = {0, 9, 17, 25};
  for (int64_t frame = kHeaderBytes; frame < EndOfLog(); frame += kFrameBytes) {
    for (const int64_t offset : {0, 5, 9, 17, 24, 4119}) offsets.push_back(frame + offset);
  }
  for (const int64_t offset : offsets) {
    Crash();
    Flip(copy_log_, offset);
    EXPECT_THAT(Recover(), IsDamaged(copy_)) << offset;
  }
}

TEST_F(WriteAheadLogTest, IsLeftAsItIsByARefusedStart) {
  Crash();
  Flip(copy_log_, kHeaderBytes + 100);
  const std::string database = BytesOf(copy_);
  const std::string log = BytesOf(copy_log_);
  for (int attempt = 0; attempt < 2; ++attempt) EXPECT_THAT(Recover(), IsDamaged(copy_));
  EXPECT_EQ(BytesOf(copy_), database);
  EXPECT_EQ(BytesOf(copy_log_), log);
  Flip(copy_log_, kHeaderBytes + 100);
  EXPECT_OK(Recover());
}

TEST_F(WriteAheadLogTest, CanBeGivenUpByTheCommandOfTheMessage) {
  ASSERT_OK(store_->jobs().Insert(NewJob("b")));
  Crash();
  CutLog(EndOfLog() - 1);
  EXPECT_THAT(Recover(), IsDamaged(copy_));
  RawDatabase(copy_).Run("UPDATE store SET is_open = 0");
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> started, OpenSqliteStore(copy_));
  EXPECT_OK(started->jobs().Get("a"));
  EXPECT_THAT(started->jobs().Get("b"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(WriteAheadLogTest, IsToBeDeletedWhereTheMainFileIsNewer) {
  Crash();
  LogProgress progress = *LogNote(copy_).Read();
  progress.in_main_file = progress.committed;
  LogNote(copy_).Write(progress);
  CutLog(kHeaderBytes + kFrameBytes);
  EXPECT_THAT(Recover(),
              AllOf(IsDamaged(copy_), StatusIs(absl::StatusCode::kFailedPrecondition,
                                               HasSubstr("delete " + copy_log_ + " and run: "))));
}

TEST_F(WriteAheadLogTest, MayLackWhatOnlyAPowerFailureTakesBack) {
  const LogProgress durable = *LogNote(path_).Read();
  ASSERT_OK(store_->snapshots().Append({Pending("a", 0)}));
  Crash();
  EXPECT_GT(LogNote(copy_).Read()->committed, durable.committed);
  EXPECT_EQ(LogNote(copy_).Read()->durable, durable.durable);
  CutLog(kHeaderBytes + durable.durable * kFrameBytes);
  ::testing::internal::CaptureStderr();
  EXPECT_OK(Recover());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("a power failure took back"), HasSubstr(copy_log_)));
}

TEST_F(WriteAheadLogTest, IsTakenWithAnOlderNote) {
  Crash();
  const std::string older = BytesOf(copy_ + "-log-note");
  ASSERT_OK(store_->jobs().Insert(NewJob("b")));
  Crash();
  std::ofstream(copy_ + "-log-note", std::ios::binary) << older;
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> recovered, OpenSqliteStore(copy_));
  EXPECT_OK(recovered->jobs().Get("b"));
}

TEST_F(WriteAheadLogTest, IsTakenWithANoteFromBeforeItBeganAgain) {
  Crash();
  const std::string older = BytesOf(copy_ + "-log-note");
  FillTheLog();
  ASSERT_NE(LogNote(path_).Read()->salts, LogNote(copy_).Read()->salts);
  Crash();
  std::ofstream(copy_ + "-log-note", std::ios::binary) << older;
  EXPECT_OK(Recover());
}

TEST_F(WriteAheadLogTest, IsRefusedWhereItIsOlderThanTheNote) {
  Crash();
  const std::string older = BytesOf(copy_log_);
  FillTheLog();
  ASSERT_OK(store_->Flush());
  Crash();
  std::ofstream(copy_log_, std::ios::binary) << older;
  EXPECT_THAT(Recover(), IsDamaged(copy_));
}

TEST_F(WriteAheadLogTest, IsTakenWithoutANoteOrWithHalfOfOne) {
  Crash();
  std::filesystem::remove(copy_ + "-log-note");
  EXPECT_OK(Recover());
  Crash();
  std::filesystem::resize_file(copy_ + "-log-note", 16);
  EXPECT_OK(Recover());
  Crash();
  Flip(copy_ + "-log-note", 8);
  EXPECT_OK(Recover());
}

TEST_F(WriteAheadLogTest, IsTakenAfterEachOfSeveralCrashes) {
  std::string from = path_;
  std::vector<std::unique_ptr<Store>> crashed;
  for (int crash = 0; crash < 5; ++crash) {
    const std::string to = other_folder_.File(absl::StrCat("percept", crash, ".db"));
    for (const char* part : {"", "-wal", "-log-note"}) {
      std::filesystem::copy_file(from + part, to + part);
    }
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<Store> recovered, OpenSqliteStore(to));
    EXPECT_EQ(recovered->jobs().Get("a")->snapshot_count, crash);
    ASSERT_OK(recovered->snapshots().Append({Pending("a", crash)}));
    crashed.push_back(std::move(recovered));
    from = to;
  }
}

TEST_F(WriteAheadLogTest, LeavesNoNoteAfterACleanStop) {
  EXPECT_TRUE(std::filesystem::exists(path_ + "-log-note"));
  store_ = nullptr;
  EXPECT_FALSE(std::filesystem::exists(path_ + "-log-note"));
}

TEST_F(WriteAheadLogTest, IsNoMatterToANoteOfAnotherOne) {
  store_ = nullptr;
  LogNote(path_).Write({.salts = 1, .committed = 1000, .durable = 1000});
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  EXPECT_NE(LogNote(path_).Read()->committed, 1000);
}

TEST_F(WriteAheadLogTest, IsBroughtIntoTheMainFileAsItGrows) {
  for (int times = 0; times < 3; ++times) FillTheLog();
  EXPECT_LT(LogNote(path_).Read()->committed * kFrameBytes, 1 << 20);
  EXPECT_GT(std::filesystem::file_size(path_), 60 << 20);
}

TEST_F(WriteAheadLogTest, StaysShortWhileOthersWriteWithoutAPause) {
  for (int times = 0; times < 300; ++times) AppendSnapshot(1 << 20);
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 150 << 20);
  store_ = nullptr;
  ASSERT_OK_AND_ASSIGN(store_, OpenSqliteStore(path_));
  EXPECT_EQ(store_->jobs().Get("a")->snapshot_count, 300);
}

TEST_F(WriteAheadLogTest, IsWholeAfterACrashWhileItIsMoved) {
  for (int crash = 0; crash < 20; ++crash) {
    AppendSnapshot(1 << 20);
    Crash();
    const int64_t count = store_->jobs().Get("a")->snapshot_count;
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<Store> recovered, OpenSqliteStore(copy_));
    EXPECT_EQ(recovered->jobs().Get("a")->snapshot_count, count);
  }
}

TEST(ScanLog, FindsNothingWhereThereIsNoLog) {
  const TempDir folder;
  ASSERT_OK_AND_ASSIGN(const LogScan scan, ScanLog(folder.File("none"), 10));
  EXPECT_EQ(scan.salts, std::nullopt);
  EXPECT_EQ(scan.committed, 0);
}

}  // namespace
}  // namespace percept::storage
