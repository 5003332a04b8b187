// Servers whose files were damaged while they were down: a start is refused in one line, or all
// that is shown is as it was, or said to be damaged.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/robustness/server_life.h"
#include "tests/robustness/stored_picture.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"

namespace percept::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr int kFlips = 25;

// A data folder with finished jobs and what a server showed of it before it ended.
class DamageTest : public ::testing::Test {
 protected:
  // The server is killed, which leaves a write-ahead log, or stopped, which leaves none.
  void MakeFolder(int end_signal) {
    PerceptdProcess process(ServerArguments(whole_, 2));
    RpcClient client(process.WaitForAddress());
    v1::Dataset dataset;
    ASSERT_TRUE(
        client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), &dataset).ok());
    for (const int32_t units : {3, 8, 40}) {
      v1::Job job;
      ASSERT_TRUE(client.CreateJob(MlpSpec("points", {units}, 4, 10), &job).ok());
      ASSERT_TRUE(client.Watch(job.name()).Ended().has_value());
      jobs_.push_back(job.name());
    }
    picture_ = ReadPicture(client, jobs_);
    ASSERT_THAT(CompareDamaged(picture_, picture_), IsEmpty());
    process.Signal(end_signal);
    process.WaitForExit();
  }

  // A copy of the folder, in place of the one before.
  std::string Copy() {
    const std::string copy = folder_.File("copy");
    std::filesystem::remove_all(copy);
    std::filesystem::copy(whole_, copy, std::filesystem::copy_options::recursive);
    return copy;
  }

  // What a server on a damaged folder does wrong. It is killed in the end, unless it refuses to
  // start.
  Faults Judge(const std::string& data_dir) {
    PerceptdProcess process(ServerArguments(data_dir, 2));
    const std::string address = process.WaitForAddress();
    if (address.empty()) {
      ++refused_;
      const int exit_code = process.WaitForExit();
      const std::string error = process.standard_error();
      const auto lines = std::count(error.begin(), error.end(), '\n');
      if (exit_code == 1 && lines == 1) return {};
      return {absl::StrCat("refused with exit code ", exit_code, ": ", error)};
    }
    RpcClient client(address);
    const StoredPicture shown = ReadPicture(client, jobs_);
    for (const auto& [what, bytes] : shown) {
      if (bytes != kDamaged) continue;
      ++reported_;
      break;
    }
    Faults faults = CompareDamaged(shown, picture_);
    v1::GetServerInfoResponse info;
    if (!client.GetServerInfo(&info).ok()) faults.push_back("the server went down");
    return faults;
  }

  // Flips one bit at a time, at random places of a file of the folder, and judges each.
  void FlipBitsOf(const std::string& name, uint32_t seed) {
    std::mt19937 random(seed);
    const auto size = static_cast<uint32_t>(std::filesystem::file_size(whole_ + "/" + name));
    for (int flip = 0; flip < kFlips; ++flip) {
      const uint32_t at = random() % size;
      const uint32_t bit = random() % 8;
      SCOPED_TRACE(absl::StrCat("bit ", bit, " of byte ", at, " of ", name));
      const std::string copy = Copy();
      FlipBit(copy + "/" + name, at, static_cast<int>(bit));
      EXPECT_THAT(Judge(copy), IsEmpty());
    }
    RecordProperty("refused", refused_);
    RecordProperty("reported", reported_);
  }

  static void FlipBit(const std::string& path, uint32_t at, int bit) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ (1 << bit)));
  }

  TempDir folder_;
  const std::string whole_ = folder_.File("whole");
  std::vector<std::string> jobs_;
  StoredPicture picture_;
  int refused_ = 0;
  int reported_ = 0;  // Servers that said that something is damaged.
};

TEST_F(DamageTest, OfABitOfTheDatabaseIsNoticedOrWithoutEffect) {
  MakeFolder(SIGTERM);
  FlipBitsOf("percept.db", 1);
}

TEST_F(DamageTest, OfABitOfTheWriteAheadLogIsNoticedOrWithoutEffect) {
  MakeFolder(SIGKILL);
  FlipBitsOf("percept.db-wal", 2);
}

TEST_F(DamageTest, OfAWriteAheadLogThatWasCutShortRefusesTheStart) {
  MakeFolder(SIGKILL);
  for (const int percent : {1, 50, 90}) {
    SCOPED_TRACE(absl::StrCat(percent, " %"));
    const std::string copy = Copy();
    const std::string log = copy + "/percept.db-wal";
    std::filesystem::resize_file(log, std::filesystem::file_size(log) * percent / 100);
    const ProgramResult result = RunPerceptd(ServerArguments(copy, 2));
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, StartsWith("perceptd: "));
    EXPECT_THAT(result.err, HasSubstr("write-ahead log"));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
}

}  // namespace
}  // namespace percept::testing
