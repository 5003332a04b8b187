// perceptd as a program: options, ends, and what keeps it from starting.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"

#include "sqlite3.h"
#include "tests/support/health_check.h"
#include "tests/support/http_client.h"
#include "tests/support/perceptd_process.h"
#include "tests/support/rpc_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_authority.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> At(const std::string& data_dir, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"--data-dir", data_dir, "--grpc-address", "127.0.0.1:0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// One line that begins with the program's name, and nothing else.
void ExpectOneLine(const ProgramResult& result, int exit_code, const std::string& text) {
  SCOPED_TRACE(result.err);
  EXPECT_EQ(result.exit_code, exit_code);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, AllOf(StartsWith("perceptd: "), EndsWith("\n"), HasSubstr(text)));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
}

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(ProgramOptions, OfAWrongValueAreUsageErrorsThatNameOptionRuleAndValue) {
  TempDir folder;
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } cases[] = {
      {{"--workers", "0"}, "--workers: must be a whole number in [1, 256], got \"0\""},
      {{"--workers", "257"}, "--workers: must be a whole number in [1, 256], got \"257\""},
      {{"--workers", "two"}, "--workers: must be a whole number in [1, 256], got \"two\""},
      {{"--workers"}, "--workers"},
      {{"--max-upload-bytes", "-1"}, "--max-upload-bytes: must be a whole number in [1, "},
      {{"--lame-duck", "6s"}, "--lame-duck: must be a duration from 0 to 5s, got \"6s\""},
      {{"--exit-timeout", "0s"}, "--exit-timeout: must be a duration from 1s to 1h, got \"0s\""},
      {{"--exit-timeout", "soon"},
       "--exit-timeout: must be a duration from 1s to 1h, got \"soon\""},
      {{"--checkpoint-interval", "0s"},
       "--checkpoint-interval: must be a duration from 1ms to 1h, got \"0s\""},
      {{"--checkpoint-interval", "5"}, "--checkpoint-interval: must be a duration from 1ms to 1h"},
      {{"--time-slice", "2h"}, "--time-slice: must be a duration from 10ms to 1h, got \"2h\""},
      {{"--max-queued-jobs", "0"}, "--max-queued-jobs: must be a whole number in [1, 1000000]"},
      {{"--max-queued-jobs-per-owner", "1000001"},
       "--max-queued-jobs-per-owner: must be a whole number in [1, 1000000], got \"1000001\""},
      {{"--max-running-jobs-per-owner", "0"},
       "--max-running-jobs-per-owner: must be a whole number in [1, 256], got \"0\""},
      {{"--max-kept-snapshots-per-job", "many"},
       "--max-kept-snapshots-per-job: must be a whole number in [1, 1000000000], got \"many\""},
      {{"--max-parameter-bytes-per-job", "1GiB"},
       "--max-parameter-bytes-per-job: must be a whole number in [1, 1125899906842624]"},
      {{"--log-format", "xml"}, "--log-format: must be text or json, got \"xml\""},
      {{"--log-level", "loud"},
       "--log-level: must be one of trace, debug, info, warn, error, off, got \"loud\""},
      {{"--grpc-address", "nowhere"},
       "--grpc-address: must be HOST:PORT with a port in [0, 65535], got \"nowhere\""},
      {{"--grpc-address", "127.0.0.1:65536"}, "--grpc-address: must be HOST:PORT"},
      {{"--grpc-address", "0.0.0.0:0"}, "--grpc-address: must be a loopback address"},
      {{"--grpc-address", "127.example.com:0"}, "--grpc-address: must be a loopback address"},
      {{"--http-address", "nowhere"},
       "--http-address: must be HOST:PORT with a port in [0, 65535], got \"nowhere\""},
      {{"--http-address", "0.0.0.0:0"}, "--http-address: must be a loopback address"},
      {{"--max-http-connections", "0"},
       "--max-http-connections: must be a whole number in [1, 100000], got \"0\""},
      {{"--data-dir", ""}, "--data-dir: must not be empty"},
      {{"--tls-cert", "file"}, "--tls-key: must be given with --tls-cert, got \"\""},
      {{"--tls-key", "file"}, "--tls-cert: must be given with --tls-key, got \"\""},
      {{"--tls-client-ca", "file"}, "--tls-client-ca: must be unset without --tls-cert and "},
      {{"--grpc-address", "0.0.0.0:0", "--tls-cert", "file", "--tls-key", "file"},
       "--grpc-address: must be a loopback address without TLS and tokens"},
      {{"--no-such-option"}, "--no-such-option"},
      {{"stray"}, "stray"},
      {{"--config", folder.File("none.ini")}, "none.ini"},
  };
  for (const auto& bad : cases) ExpectOneLine(RunPerceptd(bad.arguments), 2, bad.message);
}

TEST(ProgramOptions, HelpAndVersionGoToStandardOutput) {
  const ProgramResult help = RunPerceptd({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("--data-dir"), HasSubstr("PERCEPTD_WORKERS"),
                              HasSubstr("Example: perceptd")));
  EXPECT_EQ(help.err, "");
  const ProgramResult version = RunPerceptd({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("perceptd 0."));
}

std::string HttpAddressOf(const std::string& data_dir) {
  std::string address;
  std::ifstream(data_dir + "/http-address") >> address;
  return address;
}

TEST(ProgramHttp, WithoutAnAddressTakesAFreePortWhereTheUsualOneIsTaken) {
  TempDir folder;
  const Environment unset = {{"PERCEPTD_HTTP_ADDRESS", ""}};
  PerceptdProcess first(At(folder.File("first")), unset);
  ASSERT_NE(first.WaitForAddress(), "");
  PerceptdProcess second(At(folder.File("second")), unset);
  ASSERT_NE(second.WaitForAddress(), "") << second.standard_error();
  const std::string address = HttpAddressOf(folder.File("second"));
  EXPECT_THAT(address, StartsWith("127.0.0.1:"));
  EXPECT_NE(address, HttpAddressOf(folder.File("first")));
  EXPECT_EQ(GrpcWebCall(address, "/percept.v1.ServerService/GetServerInfo", "").code, 0);
}

TEST(ProgramHttp, AddressThatIsTakenIsOneLine) {
  TempDir folder;
  PerceptdProcess first(At(folder.File("first")));
  ASSERT_NE(first.WaitForAddress(), "");
  const std::string taken = HttpAddressOf(folder.File("first"));
  ExpectOneLine(RunPerceptd(At(folder.File("second"), {"--http-address", taken})), 1,
                "cannot listen on " + taken);
}

TEST(ProgramHttp, NoneHasNoListener) {
  TempDir folder;
  PerceptdProcess process(At(folder.path(), {"--http-address", "none"}));
  const std::string address = process.WaitForAddress();
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(RpcClient(address).GetServerInfo(&info).ok());
  EXPECT_THAT(info.http_addresses(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(folder.File("http-address")));
}

TEST(ProgramTls, IsShownInTheDashboardsAddress) {
  TempDir folder;
  const IssuedCertificate issued = TestAuthority().Issue("server");
  Write(folder.File("server.pem"), issued.certificate);
  Write(folder.File("server.key"), issued.key);
  PerceptdProcess process(At(folder.File("data")),
                          {{"PERCEPTD_TLS_CERT", folder.File("server.pem")},
                           {"PERCEPTD_TLS_KEY", folder.File("server.key")}});
  ASSERT_NE(process.WaitForAddress(), "");
  process.Signal(SIGTERM);
  EXPECT_EQ(process.WaitForExit(), 0);
  EXPECT_THAT(process.standard_output(), HasSubstr("dashboard at https://127.0.0.1:"));
}

TEST(ProgramTls, FilesThatCannotBeUsedAreOneLine) {
  TempDir folder;
  const std::string none = folder.File("none.pem");
  ExpectOneLine(RunPerceptd(At(folder.File("data"), {"--tls-cert", none, "--tls-key", none})), 1,
                "--tls-cert: must be a file that can be read (No such file or directory), got ");
}

int Workers(const std::vector<std::string>& arguments, const Environment& environment) {
  PerceptdProcess process(arguments, environment);
  const std::string address = process.WaitForAddress();
  EXPECT_NE(address, "") << process.standard_error();
  v1::GetServerInfoResponse info;
  EXPECT_TRUE(RpcClient(address).GetServerInfo(&info).ok());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.WaitForExit(), 0);
  return info.workers();
}

TEST(ProgramOptions, CommandLineDecidesBeforeEnvironmentBeforeFile) {
  TempDir folder;
  Write(folder.File("perceptd.ini"), "workers=3\n");
  const std::string data = folder.File("data");
  const std::string config = folder.File("perceptd.ini");
  EXPECT_EQ(Workers(At(data, {"--config", config}), {}), 3);
  EXPECT_EQ(Workers(At(data), {{"PERCEPTD_CONFIG", config}}), 3);
  EXPECT_EQ(Workers(At(data, {"--config", config}), {{"PERCEPTD_WORKERS", "4"}}), 4);
  EXPECT_EQ(Workers(At(data, {"--config", config, "--workers", "5"}), {{"PERCEPTD_WORKERS", "4"}}),
            5);
}

TEST(ProgramOptions, OfEnvironmentAndFileAreCheckedAlike) {
  TempDir folder;
  const std::string config = folder.File("perceptd.ini");
  ExpectOneLine(RunPerceptd({}, {{"PERCEPTD_WORKERS", "none"}}), 2,
                "--workers: must be a whole number");
  Write(config, "workers=none\n");
  ExpectOneLine(RunPerceptd({"--config", config}), 2, "--workers: must be a whole number");
  Write(config, "wrokers=2\n");
  ExpectOneLine(RunPerceptd({"--config", config}), 2, "wrokers");
}

TEST(ProgramOptions, OfLimitsAreShownAndKept) {
  TempDir folder;
  PerceptdProcess process(
      At(folder.File("data"),
         {"--workers", "3", "--max-queued-jobs", "7", "--max-queued-jobs-per-owner", "1",
          "--max-kept-snapshots-per-job", "5", "--max-parameter-bytes-per-job", "99999",
          "--max-streams", "11", "--stall-timeout", "1500ms"}));
  RpcClient client(process.WaitForAddress());
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(client.GetServerInfo(&info).ok());
  EXPECT_EQ(info.limits().max_queued_jobs(), 7);
  EXPECT_EQ(info.limits().max_queued_jobs_per_owner(), 1);
  EXPECT_EQ(info.limits().max_running_jobs_per_owner(), 3);
  EXPECT_EQ(info.limits().max_kept_snapshots_per_job(), 5);
  EXPECT_EQ(info.limits().max_parameter_bytes_per_job(), 99999);
  EXPECT_EQ(info.limits().max_streams(), 11);
  EXPECT_EQ(info.limits().stall_timeout().nanos(), 500'000'000);
  v1::Dataset dataset;
  ASSERT_TRUE(client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
  v1::Job job;
  v1::JobSpec spec = MlpSpec("points", {8}, 1000000, 10);
  spec.mutable_training()->set_report_frequency(100);
  ASSERT_TRUE(client.CreateJob(spec, &job).ok());
  EXPECT_EQ(job.retention().max_kept_snapshots(), 5);
  while (job.retention().thinned_snapshots() == 0) {
    ASSERT_TRUE(client.GetJob(job.name(), &job).ok());
  }
  ASSERT_TRUE(client.PauseJob(job.name(), &job).ok());
  while (job.state() != v1::JOB_STATE_PAUSED) ASSERT_TRUE(client.GetJob(job.name(), &job).ok());
  const grpc::Status refused = client.CreateJob(MlpSpec("points", {8}, 1, 10), &job);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(),
              AllOf(HasSubstr("--max-queued-jobs-per-owner"), HasSubstr("has 1")));
}

TEST(ProgramOptions, JsonLogIsOneObjectALine) {
  TempDir folder;
  PerceptdProcess process(At(folder.File("data"), {"--log-format", "json"}));
  ASSERT_NE(process.WaitForAddress(), "");
  process.Signal(SIGTERM);
  ASSERT_EQ(process.WaitForExit(), 0);
  const std::vector<std::string> lines =
      absl::StrSplit(process.standard_error(), '\n', absl::SkipEmpty());
  ASSERT_GE(lines.size(), 3);
  for (const std::string& line : lines) {
    EXPECT_THAT(line,
                AllOf(StartsWith("{\"time\":\""), HasSubstr("\"message\":\""), EndsWith("}")));
  }
}

TEST(ProgramEnd, OnSigtermAndSigintIsCleanAndInTime) {
  for (const int number : {SIGTERM, SIGINT}) {
    TempDir folder;
    const std::string data = folder.File("data");
    PerceptdProcess process(At(data));
    const std::string address = process.WaitForAddress();
    ASSERT_NE(address, "");
    std::string published;
    std::getline(std::ifstream(data + "/grpc-address"), published);
    EXPECT_EQ(published, address);
    RpcClient client(address);
    v1::Dataset dataset;
    ASSERT_TRUE(client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
    v1::Job job;
    ASSERT_TRUE(client.CreateJob(MlpSpec("points", {8}, 1000000, 10), &job).ok());
    v1::WatchSnapshotsRequest request;
    request.set_name(job.name());
    client.Watch(request, [](const auto& message) { return message.snapshots().empty(); });
    const absl::Time start = absl::Now();
    process.Signal(number);
    EXPECT_EQ(process.WaitForExit(), 0);
    // An idle connection of a client that does not look at it does not hold it up.
    EXPECT_LT(absl::Now() - start, absl::Seconds(4));
    EXPECT_FALSE(std::filesystem::exists(data + "/grpc-address"));
    EXPECT_FALSE(std::filesystem::exists(data + "/percept.db-wal"));
  }
}

TEST(ProgramEnd, ServesAsALameDuckUntilAnotherSignal) {
  TempDir folder;
  PerceptdProcess process(At(folder.File("data"), {"--lame-duck", "2m", "--exit-timeout", "5m"}));
  RpcClient client(process.WaitForAddress());
  v1::Dataset dataset;
  ASSERT_TRUE(client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
  v1::Job job;
  ASSERT_TRUE(client.CreateJob(MlpSpec("points", {8}, 1000000, 10), &job).ok());
  v1::WatchSnapshotsRequest request;
  request.set_name(job.name());
  int64_t snapshots_since = 0;
  bool is_ready = true;
  client.Watch(request, [&](const v1::WatchSnapshotsResponse& message) {
    if (message.snapshots().empty()) return true;
    if (is_ready) {
      process.Signal(SIGTERM);
      grpc::health::v1::HealthCheckResponse health;
      do {
        EXPECT_TRUE(CheckHealth(client, "", &health).ok());
        is_ready = health.status() == grpc::health::v1::HealthCheckResponse::SERVING;
      } while (is_ready && !HasFailure());
      return true;
    }
    snapshots_since += message.snapshots_size();
    return snapshots_since < 100;
  });
  EXPECT_GE(snapshots_since, 100);
  v1::Job refused;
  EXPECT_EQ(client.CreateJob(job.spec(), &refused).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(client.GetJob(job.name(), &job).ok());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.WaitForExit(), 0);
}

TEST(ProgramStart, OnAPortThatIsTakenFails) {
  TempDir folder;
  PerceptdProcess first(At(folder.File("one")));
  const std::string address = first.WaitForAddress();
  ASSERT_NE(address, "");
  ExpectOneLine(RunPerceptd({"--data-dir", folder.File("two"), "--grpc-address", address}), 1,
                absl::StrCat("cannot listen on ", address));
  EXPECT_FALSE(std::filesystem::exists(folder.File("two/grpc-address")));
}

TEST(ProgramStart, OnAFolderInUseFailsNamingTheOtherProcess) {
  TempDir folder;
  const std::string data = folder.File("data");
  PerceptdProcess first(At(data));
  const std::string address = first.WaitForAddress();
  ASSERT_NE(address, "");
  ExpectOneLine(RunPerceptd(At(data)), 1, "is in use by another server, process ");
  // The first one is none the worse.
  EXPECT_TRUE(std::filesystem::exists(data + "/grpc-address"));
  v1::GetServerInfoResponse info;
  EXPECT_TRUE(RpcClient(address).GetServerInfo(&info).ok());
}

TEST(ProgramStart, OnAFolderThatCannotBeWrittenFails) {
  TempDir folder;
  Write(folder.File("file"), "");
  ExpectOneLine(RunPerceptd(At(folder.File("file/data"))), 1, "--data-dir: cannot make the folder");
  // Not even root writes there.
  ExpectOneLine(RunPerceptd(At("/proc")), 1, "--data-dir: cannot write to the folder /proc");
}

TEST(ProgramStart, OnAFileThatIsNoDatabaseFailsAndLeavesIt) {
  TempDir folder;
  const std::string garbage(8192, 'g');
  Write(folder.File("percept.db"), garbage);
  ExpectOneLine(RunPerceptd(At(folder.path())), 1, "percept.db: file is not a database");
  std::ifstream file(folder.File("percept.db"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), garbage);
}

TEST(ProgramStart, OnANewerSchemaFailsSayingSo) {
  TempDir folder;
  {
    PerceptdProcess process(At(folder.path()));
    ASSERT_NE(process.WaitForAddress(), "");
    process.Signal(SIGTERM);
    ASSERT_EQ(process.WaitForExit(), 0);
  }
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(folder.File("percept.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version = 999", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  ExpectOneLine(RunPerceptd(At(folder.path())), 1, "was written by a newer perceptd");
}

TEST(ProgramStart, AfterAKillWithoutItsWriteAheadLogFails) {
  TempDir folder;
  {
    PerceptdProcess process(At(folder.path()));
    const std::string address = process.WaitForAddress();
    v1::Dataset dataset;
    ASSERT_TRUE(RpcClient(address)
                    .CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset)
                    .ok());
    process.Kill();
  }
  ASSERT_TRUE(std::filesystem::remove(folder.File("percept.db-wal")));
  ExpectOneLine(RunPerceptd(At(folder.path())), 1, "percept.db-wal is missing");
}

TEST(ProgramStart, WithoutMnistWarnsAndServesEverythingElse) {
  TempDir folder;
  PerceptdProcess process(At(folder.File("data"), {"--assets-dir", folder.File("none")}));
  const std::string address = process.WaitForAddress();
  ASSERT_NE(address, "");
  RpcClient client(address);
  v1::Job job;
  const grpc::Status status = client.CreateJob(MlpSpec("mnist", {8}, 1, 100), &job);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(),
              AllOf(HasSubstr("datasets/mnist"), HasSubstr("script/bootstrap --assets")));
  EXPECT_EQ(DetailsOf(status).info.reason(), "DATASET_NOT_INSTALLED");
  v1::Dataset dataset;
  EXPECT_EQ(client.GetDataset("datasets/mnist", &dataset).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  v1::ListDatasetsResponse listed;
  ASSERT_TRUE(client.ListDatasets({}, &listed).ok());
  EXPECT_THAT(listed.datasets(), IsEmpty());
  ASSERT_TRUE(client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
  ASSERT_TRUE(client.CreateJob(MlpSpec("points", {8}, 1, 100), &job).ok());
  EXPECT_EQ(client.Watch(job.name()).Ended()->state(), v1::JOB_STATE_SUCCEEDED);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.WaitForExit(), 0);
  EXPECT_THAT(process.standard_error(),
              AllOf(HasSubstr("warning"), HasSubstr("script/bootstrap --assets")));
}

}  // namespace
}  // namespace percept::testing
