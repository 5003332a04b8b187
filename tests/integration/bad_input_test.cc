// Each bad input: its status code, a message with field, rule and value, details for programs; and
// a server that goes on.
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/integration/violations.h"
#include "tests/support/rpc_client.h"
#include "tests/support/test_server.h"

namespace percept::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Code = grpc::StatusCode;

v1::JobSpec GoodSpec() { return MlpSpec("points", {4}, /*epochs=*/1, /*batch_size=*/100); }

class BadInputTest : public ::testing::Test {
 protected:
  BadInputTest() {
    v1::Dataset dataset;
    const grpc::Status created =
        client_.CreateDataset(GeneratedDataset("points", v1::GENERATOR_THREE_CLASS), &dataset);
    EXPECT_TRUE(created.ok()) << created.error_message();
  }

  // Whatever was sent, the server still serves and trains.
  ~BadInputTest() override {
    v1::Job job;
    const grpc::Status created = client_.CreateJob(GoodSpec(), &job);
    EXPECT_TRUE(created.ok()) << created.error_message();
    const WatchRecord watch = client_.Watch(job.name());
    EXPECT_TRUE(watch.Ended().has_value() && watch.Ended()->state() == v1::JOB_STATE_SUCCEEDED);
  }

  grpc::Status CreateJob(const std::function<void(v1::JobSpec&)>& change) {
    v1::JobSpec spec = GoodSpec();
    change(spec);
    v1::Job job;
    return client_.CreateJob(spec, &job);
  }

  grpc::Status CreateDataset(const std::function<void(v1::CreateDatasetRequest&)>& change) {
    v1::CreateDatasetRequest request = GeneratedDataset("fresh", v1::GENERATOR_THREE_CLASS);
    change(request);
    v1::Dataset dataset;
    return client_.CreateDataset(request, &dataset);
  }

  grpc::Status ListJobs(const std::function<void(v1::ListJobsRequest&)>& change) {
    v1::ListJobsRequest request;
    change(request);
    v1::ListJobsResponse response;
    return client_.ListJobs(request, &response);
  }

  TestServer server_;
  RpcClient client_{server_.address()};
};

TEST_F(BadInputTest, FieldsOfAJobOutOfTheirRange) {
  const struct {
    const char* field;
    const char* description;
    std::function<void(v1::JobSpec&)> change;
  } cases[] = {
      {"dataset", "must be a name like datasets/ID, got \"\"", [](auto& s) { s.clear_dataset(); }},
      {"dataset", "must be a name like datasets/ID, got \"jobs/points\"",
       [](auto& s) { s.set_dataset("jobs/points"); }},
      {"model", "must be set", [](auto& s) { s.clear_model(); }},
      {"mlp.hidden_units", "must have 1 to 16 layers, got 0",
       [](auto& s) { s.mutable_mlp()->clear_hidden_units(); }},
      {"mlp.hidden_units", "must have 1 to 16 layers, got 17",
       [](auto& s) { s.mutable_mlp()->mutable_hidden_units()->Resize(17, 4); }},
      {"mlp.hidden_units", "must have 1 to 16 layers, got 100000",
       [](auto& s) { s.mutable_mlp()->mutable_hidden_units()->Resize(100000, 4); }},
      {"mlp.hidden_units[1]", "must be in [1, 4096], got 0",
       [](auto& s) { s.mutable_mlp()->add_hidden_units(0); }},
      {"mlp.hidden_units[1]", "must be in [1, 4096], got -7",
       [](auto& s) { s.mutable_mlp()->add_hidden_units(-7); }},
      {"mlp.hidden_units[1]", "must be in [1, 4096], got 4097",
       [](auto& s) { s.mutable_mlp()->add_hidden_units(4097); }},
      {"mlp.activation", "must be one of the enumeration's values, got 77",
       [](auto& s) { s.mutable_mlp()->set_activation(static_cast<v1::Activation>(77)); }},
      {"mlp.initialization", "must be one of the enumeration's values, got -1",
       [](auto& s) { s.mutable_mlp()->set_initialization(static_cast<v1::Initialization>(-1)); }},
      {"training.learning_rate", "must be in (0, 1000], got -0.1",
       [](auto& s) { s.mutable_training()->set_learning_rate(-0.1); }},
      {"training.learning_rate", "must be in (0, 1000], got 0",
       [](auto& s) { s.mutable_training()->set_learning_rate(0); }},
      {"training.learning_rate", "must be in (0, 1000], got nan",
       [](auto& s) { s.mutable_training()->set_learning_rate(std::nan("")); }},
      {"training.learning_rate", "must be in (0, 1000], got inf",
       [](auto& s) {
         s.mutable_training()->set_learning_rate(std::numeric_limits<double>::infinity());
       }},
      {"training.epochs", "must be in [1, 1000000], got 0",
       [](auto& s) { s.mutable_training()->set_epochs(0); }},
      {"training.batch_size", "must be in [1, 1000000], got 0",
       [](auto& s) { s.mutable_training()->set_batch_size(0); }},
      {"training.report_frequency", "must be in [0, 1000000000000], got -1",
       [](auto& s) { s.mutable_training()->set_report_frequency(-1); }},
      {"training.evaluate_every", "must be in [0, 1000000000], got -1",
       [](auto& s) { s.mutable_training()->set_evaluate_every(-1); }},
      {"training.adam.epsilon", "must be a finite number greater than 0, got 0",
       [](auto& s) { s.mutable_training()->mutable_adam()->set_epsilon(0); }},
      {"training.momentum.momentum", "must be in [0, 1), got nan",
       [](auto& s) { s.mutable_training()->mutable_momentum()->set_momentum(std::nan("")); }},
      {"training.step.sigma", "must be at least 1, got 0",
       [](auto& s) { s.mutable_training()->mutable_step()->set_gamma(0.5); }},
      {"training.inverse.rho", "must be a finite number of at least 0, got -1",
       [](auto& s) { s.mutable_training()->mutable_inverse()->set_rho(-1); }},
      {"training.weight_decay", "must be in [0, 1], got 2",
       [](auto& s) { s.mutable_training()->set_weight_decay(2); }},
      {"training.early_stopping.patience", "must be in [1, 10000], got 0",
       [](auto& s) { s.mutable_training()->mutable_early_stopping(); }},
      {"training.early_stopping", "must be unset with training.no_evaluate",
       [](auto& s) {
         s.mutable_training()->mutable_early_stopping()->set_patience(3);
         s.mutable_training()->set_no_evaluate(true);
       }},
      {"perceptron.iterations", "must be in [1, 100000000], got 0",
       [](auto& s) {
         s.clear_training();
         s.mutable_perceptron()->set_iterations(0);
       }},
      {"training", "must be unset for the perceptron", [](auto& s) { s.mutable_perceptron(); }},
      {"init_from", "must be a name like jobs/ID or jobs/ID/snapshots/INDEX, got \"x\"",
       [](auto& s) { s.set_init_from("x"); }},
      {"train_on", "must be one of the enumeration's values, got 9",
       [](auto& s) { s.set_train_on(static_cast<v1::TrainOn>(9)); }},
      {"label", "must be at most 200 bytes, got 201",
       [](auto& s) { s.set_label(std::string(201, 'x')); }},
      {"priority", "must be in [-100, 100], got 101", [](auto& s) { s.set_priority(101); }},
      {"time_limit", "must be at least a microsecond, got 0",
       [](auto& s) { s.mutable_time_limit(); }},
      {"time_limit", "must be at least a microsecond, got -5s",
       [](auto& s) { s.mutable_time_limit()->set_seconds(-5); }},
      {"time_limit", "must be a valid duration of at most 10,000 years, got 1 s and -5 ns",
       [](auto& s) {
         s.mutable_time_limit()->set_seconds(1);
         s.mutable_time_limit()->set_nanos(-5);
       }},
      {"time_limit", "must be a valid duration of at most 10,000 years, got 315576000001 s",
       [](auto& s) { s.mutable_time_limit()->set_seconds(315576000001); }},
      {"time_limit", "must be a valid duration of at most 10,000 years, got 0 s and 1000000000 ns",
       [](auto& s) { s.mutable_time_limit()->set_nanos(1000000000); }},
  };
  for (const auto& bad : cases) ExpectViolation(CreateJob(bad.change), bad.field, bad.description);
}

TEST_F(BadInputTest, AllViolationsOfASpecAreToldAtOnce) {
  const grpc::Status status = CreateJob([](v1::JobSpec& spec) {
    spec.mutable_mlp()->set_hidden_units(0, 0);
    spec.mutable_training()->set_learning_rate(-1);
    spec.mutable_training()->set_epochs(0);
  });
  EXPECT_THAT(DetailsOf(status).bad_request.field_violations(), SizeIs(3));
}

TEST_F(BadInputTest, UnknownDataSetIsNotFoundAndSaysWhatToDo) {
  const grpc::Status status =
      CreateJob([](v1::JobSpec& spec) { spec.set_dataset("datasets/nowhere"); });
  EXPECT_EQ(status.error_code(), Code::NOT_FOUND);
  EXPECT_THAT(status.error_message(),
              AllOf(HasSubstr("datasets/nowhere"), HasSubstr("percept dataset create")));
  EXPECT_EQ(DetailsOf(status).info.reason(), "DATASET_NOT_FOUND");
  v1::Dataset dataset;
  EXPECT_EQ(client_.GetDataset("datasets/nowhere", &dataset).error_code(), Code::NOT_FOUND);
}

TEST_F(BadInputTest, NetworkThatNeedsTenGigabytesIsResourceExhausted) {
  const grpc::Status status = CreateJob([](v1::JobSpec& spec) {
    spec.mutable_mlp()->mutable_hidden_units()->Clear();
    spec.mutable_mlp()->mutable_hidden_units()->Resize(16, 4096);
  });
  EXPECT_EQ(status.error_code(), Code::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(),
              AllOf(HasSubstr("mlp.hidden_units: "), HasSubstr("at most 2.0 GiB of memory, got "),
                    HasSubstr("parameters)")));
  EXPECT_EQ(DetailsOf(status).info.reason(), "JOB_TOO_LARGE");
}

TEST_F(BadInputTest, MessageAboveFourMebibytesIsResourceExhausted) {
  const grpc::Status status =
      CreateJob([](v1::JobSpec& spec) { spec.set_label(std::string(5 << 20, 'x')); });
  EXPECT_EQ(status.error_code(), Code::RESOURCE_EXHAUSTED);
  v1::WatchSnapshotsRequest request;
  request.set_name(std::string(5 << 20, 'x'));
  EXPECT_EQ(client_.Watch(request).status.error_code(), Code::RESOURCE_EXHAUSTED);
}

TEST_F(BadInputTest, LongTextsInOtherFieldsAreCutInTheAnswer) {
  const std::string text(3 << 20, 'x');
  v1::Job job;
  for (const grpc::Status& status :
       {client_.GetJob(text, &job), CreateDataset([&](auto& r) { r.set_dataset_id(text); }),
        ListJobs([&](auto& r) { r.set_filter(text); }),
        ListJobs([&](auto& r) { r.set_order_by(text); }),
        ListJobs([&](auto& r) { r.set_page_token(text); }), client_.Watch(text).status,
        client_.GetSnapshot(text).status}) {
    EXPECT_EQ(status.error_code(), Code::INVALID_ARGUMENT) << status.error_message();
    EXPECT_TRUE(DetailsOf(status).parsed);
  }
}

TEST_F(BadInputTest, RequestIdThatIsLongOrUnprintable) {
  for (const std::string& id : {std::string(101, 'x'), std::string("a\nb"), std::string("é")}) {
    v1::CreateJobRequest request;
    *request.mutable_spec() = GoodSpec();
    request.set_request_id(id);
    v1::Job job;
    ExpectViolation(client_.CreateJob(request, &job), "request_id",
                    "must be at most 100 printable ASCII characters");
  }
}

TEST_F(BadInputTest, NamesOfOtherForms) {
  for (const char* name :
       {"", "jobs/", "jobs", "job/x", "jobs/a/b", "jobs/a b", "datasets/x", "jobs/ä"}) {
    v1::Job job;
    const std::string expected = absl::StrCat("must be a name like jobs/ID, got \"", name, "\"");
    ExpectViolation(client_.GetJob(name, &job), "name", expected);
    ExpectViolation(client_.CancelJob(name, &job), "name", expected);
    ExpectViolation(client_.Watch(name).status, "name", expected);
    v1::ListSnapshotsRequest request;
    request.set_parent(name);
    v1::ListSnapshotsResponse response;
    ExpectViolation(client_.ListSnapshots(request, &response), "parent", expected);
    v1::ListEpochsRequest epochs;
    epochs.set_parent(name);
    v1::ListEpochsResponse epochs_page;
    ExpectViolation(client_.ListEpochs(epochs, &epochs_page), "parent", expected);
  }
  v1::Dataset dataset;
  ExpectViolation(client_.GetDataset("points", &dataset), "name",
                  "must be a name like datasets/ID, got \"points\"");
  for (const char* name :
       {"jobs/a", "jobs/a/snapshots/", "jobs/a/snapshots/-1", "jobs/a/snapshots/+7",
        "jobs/a/snapshots/newest", "jobs/a/snapshots/99999999999999999999"}) {
    const std::string expected = "must be a name like jobs/ID/snapshots/INDEX";
    ExpectViolation(client_.GetSnapshot(name).status, "name", expected);
    ExpectViolation(client_.ExportModel(name, v1::MODEL_FORMAT_NPZ).status, "name", expected);
    v1::EvaluateTestResponse test;
    ExpectViolation(client_.EvaluateTest(name, &test), "snapshot", expected);
    v1::EvaluateValidationResponse validation;
    ExpectViolation(client_.EvaluateValidation(name, &validation), "snapshot", expected);
  }
}

TEST_F(BadInputTest, UnknownJobIsNotFoundWhereverItIsNamed) {
  v1::Job job;
  v1::ListSnapshotsRequest request;
  request.set_parent("jobs/none");
  v1::ListSnapshotsResponse response;
  v1::ListEpochsRequest epochs;
  epochs.set_parent("jobs/none");
  v1::ListEpochsResponse epochs_page;
  const std::string snapshot = "jobs/none/snapshots/0";
  v1::EvaluateTestResponse test;
  v1::EvaluateValidationResponse validation;
  for (const grpc::Status& status :
       {client_.GetJob("jobs/none", &job), client_.CancelJob("jobs/none", &job),
        client_.ListSnapshots(request, &response), client_.ListEpochs(epochs, &epochs_page),
        client_.Watch("jobs/none").status, client_.GetSnapshot(snapshot).status,
        client_.ExportModel(snapshot, v1::MODEL_FORMAT_ONNX).status,
        client_.EvaluateTest(snapshot, &test), client_.EvaluateValidation(snapshot, &validation),
        CreateJob([](auto& s) { s.set_init_from("jobs/none"); })}) {
    EXPECT_EQ(status.error_code(), Code::NOT_FOUND);
    EXPECT_THAT(status.error_message(), HasSubstr("jobs/none: no such job"));
    EXPECT_EQ(DetailsOf(status).info.reason(), "JOB_NOT_FOUND");
  }
}

TEST_F(BadInputTest, PageSizesOutOfTheirRange) {
  for (const int32_t size : {-1, 1001, std::numeric_limits<int32_t>::min()}) {
    const std::string expected = absl::StrCat("must be in [0, 1000], got ", size);
    ExpectViolation(ListJobs([&](auto& r) { r.set_page_size(size); }), "page_size", expected);
    v1::ListDatasetsRequest datasets;
    datasets.set_page_size(size);
    v1::ListDatasetsResponse listed;
    ExpectViolation(client_.ListDatasets(datasets, &listed), "page_size", expected);
    v1::ListSnapshotsRequest snapshots;
    snapshots.set_parent("jobs/any");
    snapshots.set_page_size(size);
    v1::ListSnapshotsResponse page;
    ExpectViolation(client_.ListSnapshots(snapshots, &page), "page_size", expected);
    v1::ListEpochsRequest epochs;
    epochs.set_parent("jobs/any");
    epochs.set_page_size(size);
    v1::ListEpochsResponse epochs_page;
    ExpectViolation(client_.ListEpochs(epochs, &epochs_page), "page_size", expected);
  }
}

TEST_F(BadInputTest, MetricSeriesOutsideItsBounds) {
  const auto get = [&](const auto& change) {
    v1::GetMetricSeriesRequest request;
    request.set_name("jobs/any");
    change(request);
    v1::GetMetricSeriesResponse response;
    return client_.GetMetricSeries(request, &response);
  };
  ExpectViolation(get([](auto& r) { r.set_name("any"); }), "name",
                  "must be a name like jobs/ID, got \"any\"");
  for (const int32_t points : {-1, 0, 1, 10001}) {
    ExpectViolation(get([points](auto& r) { r.set_max_points(points); }), "max_points",
                    absl::StrCat("must be in [2, 10000], got ", points));
  }
  ExpectViolation(get([](auto& r) { r.set_axis(static_cast<v1::SeriesAxis>(4)); }), "axis",
                  "must be one of the enumeration's values, got 4");
  ExpectViolation(get([](auto& r) { r.set_start_index(-1); }), "start_index",
                  "must be at least 0, got -1");
  ExpectViolation(get([](auto& r) {
                    r.set_start_index(5);
                    r.set_end_index(4);
                  }),
                  "end_index", "must be at least start_index, 5, got 4");
  EXPECT_EQ(get([](auto&) {}).error_code(), Code::NOT_FOUND);
}

TEST_F(BadInputTest, ListsWithATokenFilterOrOrderThatIsNone) {
  ExpectViolation(ListJobs([](auto& r) { r.set_page_token("made-up"); }), "page_token",
                  "must be the next_page_token of the page before");
  ExpectViolation(ListJobs([](auto& r) { r.set_filter("owner"); }), "filter",
                  "must be conditions like state=RUNNING");
  ExpectViolation(ListJobs([](auto& r) { r.set_filter("state=SLEEPING"); }), "filter",
                  "a state must be one of QUEUED, RUNNING");
  ExpectViolation(ListJobs([](auto& r) { r.set_order_by("label"); }), "order_by",
                  "must be \"create_time\" or \"create_time desc\", got \"label\"");
}

TEST_F(BadInputTest, ModelFormatThatIsNone) {
  for (const int format : {0, 4, -1}) {
    ExpectViolation(
        client_.ExportModel("jobs/any/snapshots/0", static_cast<v1::ModelFormat>(format)).status,
        "format",
        absl::StrCat("must be one of the enumeration's values other than 0, got ", format));
  }
}

}  // namespace
}  // namespace percept::testing
