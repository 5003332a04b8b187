#include "tests/integration/server_fixture.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.pb.h"
#include <grpcpp/impl/codegen/client_unary_call.h>

namespace percept::testing {

ServerFixture::ServerFixture(int workers, int64_t max_upload_bytes,
                             int64_t max_kept_snapshots_per_job)
    : server_(workers, max_upload_bytes, max_kept_snapshots_per_job),
      client_(std::make_unique<RpcClient>(server_.address())) {}

void ServerFixture::RestartServer() {
  server_.Restart();
  client_ = std::make_unique<RpcClient>(server_.address());
}

v1::Dataset ServerFixture::MustCreateDataset(const v1::CreateDatasetRequest& request) {
  v1::Dataset dataset;
  const grpc::Status created = client_->CreateDataset(request, &dataset);
  EXPECT_TRUE(created.ok()) << created.error_message();
  return dataset;
}

v1::Dataset ServerFixture::MustGenerate(const std::string& id, v1::Generator generator) {
  return MustCreateDataset(GeneratedDataset(id, generator));
}

v1::Dataset ServerFixture::MustUpload(const std::string& id, v1::UploadFormat format,
                                      const std::vector<std::string>& contents) {
  v1::Dataset dataset;
  const grpc::Status uploaded =
      UploadFiles(*client_, UploadOf(id, format, contents), contents, &dataset);
  EXPECT_TRUE(uploaded.ok()) << uploaded.error_message();
  return dataset;
}

v1::Dataset ServerFixture::MustGetDataset(const std::string& id) {
  v1::Dataset dataset;
  const grpc::Status got = client_->GetDataset(absl::StrCat("datasets/", id), &dataset);
  EXPECT_TRUE(got.ok()) << got.error_message();
  return dataset;
}

v1::ReadExamplesResponse ServerFixture::MustReadAll(const std::string& id, v1::Split split,
                                                    bool include_test) {
  v1::ReadExamplesRequest request;
  request.set_name(absl::StrCat("datasets/", id));
  request.set_split(split);
  request.set_page_size(1000);
  request.set_include_test(include_test);
  v1::ReadExamplesResponse all;
  do {
    v1::ReadExamplesResponse page;
    const grpc::Status read = client_->ReadExamples(request, &page);
    EXPECT_TRUE(read.ok()) << read.error_message();
    request.set_start_index(page.next_start_index());
    all.MergeFrom(page);
  } while (request.start_index() != 0);
  return all;
}

v1::Job ServerFixture::MustCreateJob(const v1::JobSpec& spec) {
  v1::Job job;
  const grpc::Status created = client_->CreateJob(spec, &job);
  EXPECT_TRUE(created.ok()) << created.error_message();
  return job;
}

v1::Job ServerFixture::MustGetJob(const std::string& name) {
  v1::Job job;
  const grpc::Status got = client_->GetJob(name, &job);
  EXPECT_TRUE(got.ok()) << got.error_message();
  return job;
}

ServerFixture::Run ServerFixture::MustTrain(const v1::JobSpec& spec) {
  const WatchRecord watch = client_->Watch(MustCreateJob(spec).name());
  EXPECT_TRUE(watch.Ended().has_value()) << watch.status.error_message();
  const v1::Job job = watch.Ended().value_or(v1::Job());
  EXPECT_EQ(job.state(), v1::JOB_STATE_SUCCEEDED) << job.error().message();
  return {job, watch.Snapshots()};
}

std::vector<std::string> ServerFixture::FilesKept() const {
  std::vector<std::string> files;
  for (const char* folder : {"datasets", "uploads"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             absl::StrCat(server_.data_dir(), "/", folder))) {
      files.push_back(std::filesystem::relative(entry.path(), server_.data_dir()).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool ServerFixture::IsServing() {
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                         grpc::internal::RpcMethod::NORMAL_RPC, client_->channel());
  grpc::ClientContext context;
  client_->Prepare(context);
  const grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status checked = grpc::internal::BlockingUnaryCall(client_->channel().get(), method,
                                                                 &context, request, &response);
  return checked.ok() && response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

void ExpectSameSnapshots(const std::vector<v1::Snapshot>& actual,
                         const std::vector<v1::Snapshot>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t index = 0; index < expected.size(); ++index) {
    SCOPED_TRACE(absl::StrCat("snapshot ", index));
    EXPECT_EQ(actual[index].index(), expected[index].index());
    EXPECT_EQ(actual[index].step(), expected[index].step());
    EXPECT_EQ(actual[index].instances(), expected[index].instances());
    EXPECT_EQ(actual[index].epoch(), expected[index].epoch());
    EXPECT_EQ(actual[index].parameters_crc32c(), expected[index].parameters_crc32c());
    EXPECT_EQ(actual[index].metrics().SerializeAsString(),
              expected[index].metrics().SerializeAsString());
  }
}

v1::JobSpec PerceptronOn(const std::string& dataset, int64_t iterations) {
  v1::JobSpec spec;
  spec.set_dataset(absl::StrCat("datasets/", dataset));
  spec.mutable_perceptron()->set_iterations(iterations);
  return spec;
}

v1::JobSpec MultiperceptronOn(const std::string& dataset, int32_t epochs, int32_t batch_size) {
  v1::JobSpec spec;
  spec.set_dataset(absl::StrCat("datasets/", dataset));
  spec.mutable_multiperceptron();
  spec.mutable_training()->set_epochs(epochs);
  spec.mutable_training()->set_batch_size(batch_size);
  return spec;
}

}  // namespace percept::testing
