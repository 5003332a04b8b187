// Whose jobs and data sets are seen and changed by whom.
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "percept/v1/access_service.grpc.pb.h"
#include "tests/integration/access_fixture.h"
#include "tests/support/subscription_call.h"

namespace percept::testing {
namespace {

using grpc::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class Sharing : public AccessTest {
 protected:
  std::set<std::string> JobsOf(const std::string& user) { return JobsOf(As(user)); }
  static std::set<std::string> JobsOf(RpcClient& client) {
    v1::ListJobsResponse response;
    EXPECT_TRUE(client.ListJobs({}, &response).ok());
    std::set<std::string> names;
    for (const v1::Job& job : response.jobs()) names.insert(job.name());
    return names;
  }

  // Without those that are installed.
  std::set<std::string> DatasetsOf(const std::string& user) {
    v1::ListDatasetsResponse response;
    EXPECT_TRUE(As(user).ListDatasets({}, &response).ok());
    std::set<std::string> names;
    for (const v1::Dataset& dataset : response.datasets()) {
      if (!dataset.has_installed()) names.insert(dataset.name());
    }
    return names;
  }

  grpc::Status Share(const std::string& user, const std::string& job, v1::Visibility visibility) {
    v1::ShareJobRequest request;
    request.set_name(job);
    request.set_visibility(visibility);
    grpc::ClientContext context;
    As(user).Prepare(context);
    v1::Job shared;
    return v1::JobService::Stub(As(user).channel()).ShareJob(&context, request, &shared);
  }

  std::string OpenClassLink() {
    grpc::ClientContext context;
    As("ina").Prepare(context);
    v1::OpenClassLinkResponse link;
    EXPECT_TRUE(
        v1::AccessService::Stub(As("ina").channel()).OpenClassLink(&context, {}, &link).ok());
    return link.token();
  }
};

TEST_F(Sharing, ShowsEachWhatTheyMayRead) {
  MustCreateDataset("stu", "hidden", v1::VISIBILITY_PRIVATE);
  MustCreateDataset("stu", "shared");
  const v1::Job hidden = MustTrain("stu", "shared", v1::VISIBILITY_PRIVATE);
  const v1::Job shared = MustTrain("stu", "shared");
  const v1::Job open = MustTrain("stu", "shared", v1::VISIBILITY_PUBLIC);
  EXPECT_EQ(hidden.visibility(), v1::VISIBILITY_PRIVATE);
  EXPECT_EQ(shared.visibility(), v1::VISIBILITY_CLASS);
  for (const char* user : {"stu", "ina", "ada"}) {
    EXPECT_THAT(JobsOf(user), UnorderedElementsAre(hidden.name(), shared.name(), open.name()));
    EXPECT_THAT(DatasetsOf(user), ElementsAre("datasets/hidden", "datasets/shared"));
  }
  for (const char* user : {"vera", "ann"}) {
    EXPECT_THAT(JobsOf(user), UnorderedElementsAre(shared.name(), open.name()));
    EXPECT_THAT(DatasetsOf(user), ElementsAre("datasets/shared"));
  }
  const auto guest = WithToken(OpenClassLink());
  EXPECT_THAT(JobsOf(*guest), ElementsAre(open.name()));
}

TEST_F(Sharing, KeepsOthersFromEveryWayToAPrivateJob) {
  MustCreateDataset("stu", "points");
  const v1::Job job = MustTrain("stu", "points", v1::VISIBILITY_PRIVATE);
  const std::string last = absl::StrCat(job.name(), "/snapshots/last");
  RpcClient& ann = As("ann");
  const auto expect_denied = [](const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("belongs to another"));
  };
  v1::Job shown;
  expect_denied(ann.GetJob(job.name(), &shown));
  v1::ListSnapshotsRequest list;
  list.set_parent(job.name());
  v1::ListSnapshotsResponse listed;
  expect_denied(ann.ListSnapshots(list, &listed));
  expect_denied(ann.GetSnapshot(last).status);
  expect_denied(ann.ExportModel(last, v1::MODEL_FORMAT_NPZ).status);
  expect_denied(ann.Watch(job.name()).status);
  v1::EvaluateValidationResponse evaluation;
  expect_denied(ann.EvaluateValidation(last, &evaluation));
  v1::ConfusionMatrixRequest confusion;
  confusion.set_snapshot(last);
  v1::ConfusionMatrixResponse matrix;
  expect_denied(ann.ConfusionMatrix(confusion, &matrix));
  v1::CapacityRequest capacity;
  capacity.set_job(job.name());
  v1::CapacityResponse counted;
  expect_denied(ann.Capacity(capacity, &counted));
  v1::ExploreRequest explore;
  explore.set_snapshot(last);
  v1::ExploreResponse explored;
  expect_denied(ann.Explore(explore, &explored));
  v1::JobSpec from_it = MlpSpec("points", {3}, 1, 50);
  from_it.set_init_from(job.name());
  expect_denied(ann.CreateJob(from_it, &shown));
  SubscriptionCall subscription(ann, {SnapshotsTopic("job", job.name())});
  const v1::SubscribeResponse closed = subscription.ReadUntil(
      [](const v1::SubscribeResponse& response) { return response.has_closed(); });
  EXPECT_EQ(closed.closed().status().code(), static_cast<int>(StatusCode::PERMISSION_DENIED));
}

TEST_F(Sharing, LetsOnlyOwnersAndInstructorsChange) {
  MustCreateDataset("stu", "points");
  const v1::Job job = MustTrain("stu", "points", v1::VISIBILITY_PUBLIC);
  v1::Job shown;
  for (const char* user : {"ann", "vera"}) {
    EXPECT_EQ(As(user).CancelJob(job.name(), &shown).error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(As(user).DeleteJob(job.name()).error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(As(user).DeleteDataset("datasets/points").error_code(),
              StatusCode::PERMISSION_DENIED);
    v1::EvaluateTestResponse evaluation;
    EXPECT_EQ(As(user)
                  .EvaluateTest(absl::StrCat(job.name(), "/snapshots/last"), &evaluation)
                  .error_code(),
              StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(Share(user, job.name(), v1::VISIBILITY_PRIVATE).error_code(),
              StatusCode::PERMISSION_DENIED);
  }
  EXPECT_TRUE(As("ina").DeleteJob(job.name()).ok());
  EXPECT_TRUE(As("stu").DeleteDataset("datasets/points").ok());
  EXPECT_EQ(As("ann").DeleteJob(job.name()).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(Sharing, IsChangedByTheOwnerAtOnceAndForGood) {
  MustCreateDataset("stu", "points");
  const v1::Job job = MustTrain("stu", "points", v1::VISIBILITY_PRIVATE);
  SubscriptionCall list(As("ann"), {JobListTopic("jobs")});
  const auto shows = [&](const v1::SubscribeResponse& response) {
    for (const v1::Job& each : response.job_list().jobs()) {
      if (each.name() == job.name()) return true;
    }
    return false;
  };
  ASSERT_TRUE(Share("stu", job.name(), v1::VISIBILITY_CLASS).ok());
  EXPECT_TRUE(shows(list.ReadUntil(shows)));
  ASSERT_TRUE(Share("stu", job.name(), v1::VISIBILITY_PRIVATE).ok());
  const auto hides = [&](const v1::SubscribeResponse& response) {
    const auto& removed = response.job_list().removed_jobs();
    return std::find(removed.begin(), removed.end(), job.name()) != removed.end();
  };
  EXPECT_TRUE(hides(list.ReadUntil(hides)));
  ASSERT_TRUE(Share("stu", job.name(), v1::VISIBILITY_PUBLIC).ok());
  server_->Restart();
  clients_.clear();
  EXPECT_THAT(JobsOf("ann"), ElementsAre(job.name()));
  const grpc::Status unset = Share("stu", job.name(), v1::VISIBILITY_UNSPECIFIED);
  EXPECT_EQ(unset.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(unset.error_message(), HasSubstr("visibility: must be VISIBILITY_PRIVATE"));
}

TEST_F(Sharing, KeepsPrivateDataSetsFromNewOnesAndJobs) {
  MustCreateDataset("stu", "hidden", v1::VISIBILITY_PRIVATE);
  v1::Job job;
  EXPECT_EQ(As("ann").CreateJob(MlpSpec("hidden", {3}, 1, 50), &job).error_code(),
            StatusCode::PERMISSION_DENIED);
  v1::CreateDatasetRequest derive;
  derive.set_dataset_id("mine");
  derive.mutable_dataset()->mutable_normalised()->set_dataset("datasets/hidden");
  v1::Dataset dataset;
  EXPECT_EQ(As("ann").CreateDataset(derive, &dataset).error_code(), StatusCode::PERMISSION_DENIED);
  v1::ReadExamplesRequest read;
  read.set_name("datasets/hidden");
  read.set_split(v1::SPLIT_TRAIN);
  v1::ReadExamplesResponse examples;
  EXPECT_EQ(As("ann").ReadExamples(read, &examples).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(As("ann").ExportDataset("datasets/hidden").status.error_code(),
            StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(As("stu").ReadExamples(read, &examples).ok());
}

TEST_F(Sharing, KeepsUploadsToTheirOwners) {
  const std::string csv = "a,b,label\n1,2,0\n3,4,1\n";
  v1::Upload upload;
  ASSERT_TRUE(As("stu").CreateUpload(UploadOf("mine", v1::UPLOAD_FORMAT_CSV, {csv}), &upload).ok());
  v1::Upload shown;
  EXPECT_EQ(As("ann").GetUpload(upload.name(), &shown).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(As("ann").DeleteUpload(upload.name()).error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(As("stu").GetUpload(upload.name(), &shown).ok());
}

}  // namespace
}  // namespace percept::testing
