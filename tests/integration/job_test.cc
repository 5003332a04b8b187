// Jobs, data sets and snapshots of a whole server over loopback: pages, transitions, parameters.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "server/base/crc32c.h"
#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class JobTest : public ::testing::Test {
 protected:
  JobTest() {
    v1::Dataset dataset;
    const grpc::Status created =
        client_.CreateDataset(GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), &dataset);
    EXPECT_TRUE(created.ok()) << created.error_message();
  }

  static v1::JobSpec ShortSpec(const std::string& label = "") {
    v1::JobSpec spec = MlpSpec("points", {4}, /*epochs=*/1, /*batch_size=*/100);
    spec.set_label(label);
    return spec;
  }

  // Trains until it is cancelled.
  static v1::JobSpec EndlessSpec() {
    v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/1000000, /*batch_size=*/50);
    spec.mutable_training()->set_report_frequency(1000000);
    return spec;
  }

  v1::Job MustCreate(const v1::JobSpec& spec) { return MustCreate(client_, spec); }
  static v1::Job MustCreate(RpcClient& client, const v1::JobSpec& spec) {
    v1::Job job;
    const grpc::Status created = client.CreateJob(spec, &job);
    EXPECT_TRUE(created.ok()) << created.error_message();
    return job;
  }

  v1::Job MustGet(const std::string& name) {
    v1::Job job;
    const grpc::Status got = client_.GetJob(name, &job);
    EXPECT_TRUE(got.ok()) << got.error_message();
    return job;
  }

  // Waits until a worker trains it.
  void AwaitRunning(const std::string& job) {
    v1::WatchSnapshotsRequest request;
    request.set_name(job);
    const WatchRecord watch = client_.Watch(request, [](const v1::WatchSnapshotsResponse& message) {
      return message.snapshots().empty();
    });
    EXPECT_THAT(watch.Snapshots(), Not(IsEmpty()));
    EXPECT_EQ(MustGet(job).state(), v1::JOB_STATE_RUNNING);
  }

  // The names of all jobs, taken page by page.
  std::vector<std::string> ListAll(int page_size, const std::string& filter,
                                   const std::string& order_by) {
    std::vector<std::string> names;
    v1::ListJobsRequest request;
    request.set_page_size(page_size);
    request.set_filter(filter);
    request.set_order_by(order_by);
    do {
      v1::ListJobsResponse page;
      const grpc::Status listed = client_.ListJobs(request, &page);
      EXPECT_TRUE(listed.ok()) << listed.error_message();
      EXPECT_LE(page.jobs_size(), page_size);
      for (const v1::Job& job : page.jobs()) names.push_back(job.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty() && names.size() < 100);
    return names;
  }

  TestServer server_{/*workers=*/2};
  RpcClient client_{server_.address()};
};

TEST_F(JobTest, IsReturnedWithItsDefaultsFilledIn) {
  v1::JobSpec spec;
  spec.set_dataset("datasets/points");
  spec.mutable_mlp()->add_hidden_units(4);
  const v1::Job job = MustCreate(spec);
  EXPECT_EQ(job.spec().mlp().activation(), v1::ACTIVATION_TANH);
  EXPECT_EQ(job.spec().mlp().initialization(), v1::INITIALIZATION_PYTORCH);
  EXPECT_EQ(job.spec().training().learning_rate(), 0.1);
  EXPECT_EQ(job.spec().training().epochs(), 5);
  EXPECT_EQ(job.spec().training().batch_size(), 100);
  EXPECT_TRUE(job.spec().training().has_sgd());
  EXPECT_TRUE(job.spec().training().has_constant());
  EXPECT_EQ(job.spec().train_on(), v1::TRAIN_ON_TRAIN);
  EXPECT_EQ(job.parameter_count(), 2 * 4 + 4 + 4 * 3 + 3);
  EXPECT_EQ(job.owner(), "anonymous");
  EXPECT_THAT(job.dataset_digest(), SizeIs(64));
  EXPECT_EQ(job.progress().total_instances(), 5 * 600);
}

TEST_F(JobTest, HasTimesOfItsTransitionsOnceFinished) {
  const v1::Job job = *client_.Watch(MustCreate(ShortSpec()).name()).Ended();
  EXPECT_GT(job.create_time().seconds(), 0);
  EXPECT_GE(job.start_time().seconds(), job.create_time().seconds());
  EXPECT_GE(job.end_time().seconds(), job.start_time().seconds());
  EXPECT_EQ(job.attempt(), 1);
  EXPECT_FALSE(job.has_wait());
  EXPECT_FALSE(job.has_error());
  EXPECT_EQ(job.progress().step(), job.progress().total_steps());
  EXPECT_THAT(job.instruction_set(), HasSubstr("x86-64"));
}

TEST_F(JobTest, ThatDivergesFailsWithItsReasonAndTheServerTrainsOn) {
  v1::JobSpec spec = MlpSpec("points", {8, 8}, /*epochs=*/50, /*batch_size=*/10);
  spec.mutable_mlp()->set_activation(v1::ACTIVATION_RELU);
  spec.mutable_training()->set_learning_rate(1000);
  const WatchRecord watch = client_.Watch(MustCreate(spec).name());
  ASSERT_TRUE(watch.Ended().has_value());
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(watch.Ended()->error().reason(), v1::JOB_ERROR_REASON_DIVERGED);
  EXPECT_THAT(watch.Ended()->error().message(), HasSubstr("learning rate 1000"));
  EXPECT_EQ(client_.Watch(MustCreate(ShortSpec()).name()).Ended()->state(),
            v1::JOB_STATE_SUCCEEDED);
}

TEST_F(JobTest, ThatExceedsItsTimeLimitFailsWithItsReason) {
  v1::JobSpec spec = EndlessSpec();
  spec.mutable_time_limit()->set_nanos(50'000'000);
  const WatchRecord watch = client_.Watch(MustCreate(spec).name());
  ASSERT_TRUE(watch.Ended().has_value());
  EXPECT_EQ(watch.Ended()->error().reason(), v1::JOB_ERROR_REASON_TIME_LIMIT);
  EXPECT_THAT(watch.Ended()->error().message(), HasSubstr("50ms"));
}

TEST_F(JobTest, CancelledWhileRunningEndsAndTellsViewers) {
  const v1::Job job = MustCreate(EndlessSpec());
  AwaitRunning(job.name());
  v1::Job answer;
  ASSERT_TRUE(client_.CancelJob(job.name(), &answer).ok());
  EXPECT_TRUE(answer.cancel_requested());
  const WatchRecord watch = client_.Watch(job.name());
  ASSERT_TRUE(watch.Ended().has_value());
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_CANCELLED);
  // Asking for the state it is in changes nothing.
  v1::Job again;
  ASSERT_TRUE(client_.CancelJob(job.name(), &again).ok());
  EXPECT_EQ(again.SerializeAsString(), watch.Ended()->SerializeAsString());
}

TEST_F(JobTest, CancelledWhileQueuedNeverRuns) {
  const v1::Job first = MustCreate(EndlessSpec());
  const v1::Job second = MustCreate(EndlessSpec());
  AwaitRunning(first.name());
  AwaitRunning(second.name());
  const v1::Job queued = MustCreate(EndlessSpec());
  v1::Job answer;
  ASSERT_TRUE(client_.CancelJob(queued.name(), &answer).ok());
  EXPECT_EQ(answer.state(), v1::JOB_STATE_CANCELLED);
  EXPECT_FALSE(answer.has_start_time());
  const WatchRecord watch = client_.Watch(queued.name());
  EXPECT_THAT(watch.Snapshots(), IsEmpty());
  EXPECT_EQ(watch.Ended()->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(client_.GetSnapshot(queued.name() + "/snapshots/last").status.error_code(),
            grpc::StatusCode::OUT_OF_RANGE);
}

TEST_F(JobTest, CancelledWhenFinishedIsRefused) {
  const v1::Job job = MustCreate(ShortSpec());
  client_.Watch(job.name());
  v1::Job answer;
  const grpc::Status status = client_.CancelJob(job.name(), &answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr(job.name()), HasSubstr("SUCCEEDED")));
  EXPECT_EQ(DetailsOf(status).info.reason(), "JOB_FINISHED");
}

TEST_F(JobTest, RunSideBySideOnTheWorkers) {
  const v1::Job endless = MustCreate(EndlessSpec());
  AwaitRunning(endless.name());
  EXPECT_EQ(client_.Watch(MustCreate(ShortSpec()).name()).Ended()->state(),
            v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(MustGet(endless.name()).state(), v1::JOB_STATE_RUNNING);
  v1::GetServerInfoResponse info;
  ASSERT_TRUE(client_.GetServerInfo(&info).ok());
  EXPECT_EQ(info.workers(), 2);
  EXPECT_GE(info.running_jobs(), 1);
  EXPECT_THAT(info.grpc_addresses(), ElementsAre(server_.address()));
}

TEST_F(JobTest, GivesTheSameBitsAloneAndAmongOthers) {
  const v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/40, /*batch_size=*/10);
  const auto alone = client_.Watch(MustCreate(spec).name()).Snapshots();
  MustCreate(EndlessSpec());
  const auto among = client_.Watch(MustCreate(spec).name()).Snapshots();
  ASSERT_EQ(among.size(), alone.size());
  for (size_t index = 0; index < alone.size(); ++index) {
    EXPECT_EQ(among[index].parameters_crc32c(), alone[index].parameters_crc32c());
    EXPECT_EQ(among[index].metrics().SerializeAsString(),
              alone[index].metrics().SerializeAsString());
  }
}

TEST_F(JobTest, SameRequestIdReturnsTheJobMadeBefore) {
  v1::CreateJobRequest request;
  *request.mutable_spec() = ShortSpec();
  request.set_request_id("try-1");
  v1::Job first;
  v1::Job again;
  ASSERT_TRUE(client_.CreateJob(request, &first).ok());
  ASSERT_TRUE(client_.CreateJob(request, &again).ok());
  EXPECT_EQ(again.name(), first.name());
  // Each owner has ids of its own.
  RpcClient ann(server_.address(), {{"percept-owner", "ann"}});
  v1::Job of_ann;
  ASSERT_TRUE(ann.CreateJob(request, &of_ann).ok());
  EXPECT_NE(of_ann.name(), first.name());
  EXPECT_EQ(of_ann.owner(), "ann");
}

TEST_F(JobTest, SameRequestIdWithAnotherSpecIsRefused) {
  v1::CreateJobRequest request;
  *request.mutable_spec() = ShortSpec();
  request.set_request_id("try-1");
  v1::Job job;
  ASSERT_TRUE(client_.CreateJob(request, &job).ok());
  request.mutable_spec()->set_seed(1);
  v1::Job other;
  const grpc::Status status = client_.CreateJob(request, &other);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_THAT(status.error_message(),
              AllOf(HasSubstr("request_id"), HasSubstr("try-1"), HasSubstr(job.name())));
  EXPECT_EQ(DetailsOf(status).info.reason(), "REQUEST_ID_REUSED");
}

TEST_F(JobTest, PagesHoldEveryJobOnceNewestFirst) {
  std::vector<std::string> created;
  for (int number = 0; number < 7; ++number) created.push_back(MustCreate(ShortSpec()).name());
  EXPECT_THAT(ListAll(3, "", "create_time"), ElementsAreArray(created));
  EXPECT_THAT(ListAll(7, "", "create_time"), ElementsAreArray(created));
  std::reverse(created.begin(), created.end());
  EXPECT_THAT(ListAll(2, "", ""), ElementsAreArray(created));
  EXPECT_THAT(ListAll(50, "", "create_time desc"), ElementsAreArray(created));
}

TEST_F(JobTest, PagesStayApartWhileJobsAreAdded) {
  std::vector<std::string> created;
  for (int number = 0; number < 4; ++number) created.push_back(MustCreate(ShortSpec()).name());
  v1::ListJobsRequest request;
  request.set_page_size(2);
  v1::ListJobsResponse first;
  ASSERT_TRUE(client_.ListJobs(request, &first).ok());
  MustCreate(ShortSpec());
  request.set_page_token(first.next_page_token());
  v1::ListJobsResponse second;
  ASSERT_TRUE(client_.ListJobs(request, &second).ok());
  ASSERT_THAT(second.jobs(), SizeIs(2));
  EXPECT_EQ(second.jobs(0).name(), created[1]);
  EXPECT_EQ(second.jobs(1).name(), created[0]);
  EXPECT_THAT(second.next_page_token(), IsEmpty());
}

TEST_F(JobTest, FiltersChooseByStateOwnerDatasetAndLabel) {
  v1::Dataset dataset;
  ASSERT_TRUE(client_.CreateDataset(GeneratedDataset("other", v1::GENERATOR_XOR), &dataset).ok());
  RpcClient ann(server_.address(), {{"percept-owner", "ann"}});
  v1::JobSpec of_other = ShortSpec("a AND b");
  of_other.set_dataset("datasets/other");
  const std::string plain = MustCreate(ShortSpec("one")).name();
  const std::string with_and = MustCreate(of_other).name();
  const std::string of_ann = MustCreate(ann, ShortSpec("one")).name();
  for (const std::string& job : {plain, with_and, of_ann}) client_.Watch(job);
  const std::string endless = MustCreate(EndlessSpec()).name();
  AwaitRunning(endless);

  EXPECT_THAT(ListAll(9, "state=RUNNING", ""), ElementsAre(endless));
  EXPECT_THAT(ListAll(9, "state = succeeded AND label=one", "create_time"),
              ElementsAre(plain, of_ann));
  EXPECT_THAT(ListAll(9, "owner=ann", ""), ElementsAre(of_ann));
  EXPECT_THAT(ListAll(9, "dataset=other", ""), ElementsAre(with_and));
  EXPECT_THAT(ListAll(9, "dataset=datasets/other AND state=SUCCEEDED", ""), ElementsAre(with_and));
  EXPECT_THAT(ListAll(9, "label=\"a AND b\"", ""), ElementsAre(with_and));
  EXPECT_THAT(ListAll(9, "label=none", ""), IsEmpty());
  EXPECT_THAT(ListAll(1, "label=one", "create_time"), ElementsAre(plain, of_ann));
}

TEST_F(JobTest, PageTokenIsRefusedWithAnotherFilterOrOrder) {
  for (int number = 0; number < 3; ++number) MustCreate(ShortSpec());
  v1::ListJobsRequest request;
  request.set_page_size(1);
  v1::ListJobsResponse page;
  ASSERT_TRUE(client_.ListJobs(request, &page).ok());
  ASSERT_THAT(page.next_page_token(), Not(IsEmpty()));
  request.set_page_token(page.next_page_token());

  v1::ListJobsRequest other_filter = request;
  other_filter.set_filter("owner=ann");
  v1::ListJobsRequest other_order = request;
  other_order.set_order_by("create_time");
  for (const v1::ListJobsRequest& other : {other_filter, other_order}) {
    const grpc::Status status = client_.ListJobs(other, &page);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("page_token"));
  }
  v1::ListDatasetsRequest datasets;
  datasets.set_page_token(request.page_token());
  v1::ListDatasetsResponse ignored;
  EXPECT_EQ(client_.ListDatasets(datasets, &ignored).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(JobTest, PagesOfDataSetsHoldEachOnceByName) {
  for (const char* id : {"zebra", "ant", "newt", "mole"}) {
    v1::Dataset dataset;
    ASSERT_TRUE(client_.CreateDataset(GeneratedDataset(id, v1::GENERATOR_XOR), &dataset).ok());
    EXPECT_EQ(dataset.name(), absl::StrCat("datasets/", id));
  }
  std::vector<std::string> names;
  v1::ListDatasetsRequest request;
  request.set_page_size(2);
  do {
    v1::ListDatasetsResponse page;
    ASSERT_TRUE(client_.ListDatasets(request, &page).ok());
    EXPECT_LE(page.datasets_size(), 2);
    for (const v1::Dataset& dataset : page.datasets()) names.push_back(dataset.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && names.size() < 100);
  EXPECT_THAT(names, ElementsAre("datasets/ant", "datasets/mnist", "datasets/mole", "datasets/newt",
                                 "datasets/points", "datasets/zebra"));
}

TEST_F(JobTest, PagesOfSnapshotsHoldEachOnceByIndex) {
  v1::JobSpec spec = ShortSpec();
  spec.mutable_training()->set_batch_size(10);
  spec.mutable_training()->set_report_frequency(10);
  const v1::Job job = MustCreate(spec);
  const std::vector<v1::Snapshot> watched = client_.Watch(job.name()).Snapshots();
  ASSERT_THAT(watched, SizeIs(61));
  std::vector<v1::Snapshot> listed;
  v1::ListSnapshotsRequest request;
  request.set_parent(job.name());
  request.set_page_size(13);
  do {
    v1::ListSnapshotsResponse page;
    ASSERT_TRUE(client_.ListSnapshots(request, &page).ok());
    EXPECT_LE(page.snapshots_size(), 13);
    listed.insert(listed.end(), page.snapshots().begin(), page.snapshots().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && listed.size() < 1000);
  ASSERT_THAT(listed, SizeIs(61));
  for (size_t index = 0; index < listed.size(); ++index) {
    EXPECT_EQ(listed[index].SerializeAsString(), watched[index].SerializeAsString());
  }
  // The default size, and the page after the last.
  v1::ListSnapshotsRequest plain;
  plain.set_parent(job.name());
  v1::ListSnapshotsResponse page;
  ASSERT_TRUE(client_.ListSnapshots(plain, &page).ok());
  EXPECT_THAT(page.snapshots(), SizeIs(50));
}

TEST_F(JobTest, SnapshotsAreFoundByIndexAsLastAndAsBest) {
  v1::JobSpec spec = MlpSpec("points", {8}, /*epochs=*/10, /*batch_size=*/20);
  spec.mutable_training()->set_report_frequency(100);
  const v1::Job job = *client_.Watch(MustCreate(spec).name()).Ended();
  const std::vector<v1::Snapshot> watched = client_.Watch(job.name()).Snapshots();
  const auto best = std::max_element(
      watched.begin(), watched.end(), [](const v1::Snapshot& a, const v1::Snapshot& b) {
        if (a.metrics().validation_accuracy() != b.metrics().validation_accuracy()) {
          return a.metrics().validation_accuracy() < b.metrics().validation_accuracy();
        }
        return a.metrics().validation_loss() > b.metrics().validation_loss();
      });
  EXPECT_EQ(client_.GetSnapshot(job.name() + "/snapshots/best").snapshot.index(), best->index());
  EXPECT_EQ(client_.GetSnapshot(job.name() + "/snapshots/last").snapshot.index(),
            watched.back().index());
  const RpcClient::SnapshotRead third = client_.GetSnapshot(job.name() + "/snapshots/3");
  EXPECT_TRUE(third.status.ok());
  EXPECT_EQ(third.snapshot.index(), 3);
  EXPECT_EQ(third.snapshot.parameters_crc32c(), watched[3].parameters_crc32c());
  std::string bytes;
  for (const v1::Tensor& tensor : third.snapshot.parameters()) bytes += tensor.data();
  EXPECT_EQ(Crc32c(bytes), third.snapshot.parameters_crc32c());
  EXPECT_THAT(third.snapshot.batch_indices(), SizeIs(20));
  EXPECT_THAT(third.snapshot.batch_indices(), Each(::testing::Lt(600)));

  const RpcClient::SnapshotRead beyond =
      client_.GetSnapshot(absl::StrCat(job.name(), "/snapshots/", watched.size()));
  EXPECT_EQ(beyond.status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(beyond.status.error_message(),
              AllOf(HasSubstr(absl::StrCat("[0, ", watched.size() - 1, "]")),
                    HasSubstr(absl::StrCat("got ", watched.size()))));
}

TEST_F(JobTest, TensorsAboveAMebibyteComeInChunks) {
  const v1::Job job = MustCreate(MlpSpec("points", {640, 640}, /*epochs=*/1, /*batch_size=*/600));
  client_.Watch(job.name());
  const RpcClient::SnapshotRead read = client_.GetSnapshot(job.name() + "/snapshots/last");
  ASSERT_TRUE(read.status.ok()) << read.status.error_message();
  std::string bytes;
  std::vector<std::string> names;
  for (const v1::Tensor& tensor : read.snapshot.parameters()) {
    int64_t size = sizeof(float);
    for (const int64_t extent : tensor.shape()) size *= extent;
    EXPECT_THAT(tensor.data(), SizeIs(size));
    EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT32);
    bytes += tensor.data();
    names.push_back(tensor.name());
  }
  EXPECT_THAT(names, ElementsAre("linear0.weight", "linear0.bias", "linear1.weight", "linear1.bias",
                                 "linear2.weight", "linear2.bias"));
  EXPECT_EQ(Crc32c(bytes), read.snapshot.parameters_crc32c());
  std::vector<int64_t> sizes_of_large;
  int tensor = 0;
  int64_t offset = 0;
  for (const v1::TensorChunk& chunk : read.chunks) {
    if (chunk.tensor_index() != tensor) {
      EXPECT_EQ(chunk.tensor_index(), tensor + 1);
      tensor = chunk.tensor_index();
      offset = 0;
    }
    EXPECT_EQ(chunk.offset(), offset);
    offset += static_cast<int64_t>(chunk.data().size());
    if (tensor == 2) sizes_of_large.push_back(static_cast<int64_t>(chunk.data().size()));
  }
  EXPECT_THAT(sizes_of_large, ElementsAre(1 << 20, 640 * 640 * 4 - (1 << 20)));
}

}  // namespace
}  // namespace percept::testing
