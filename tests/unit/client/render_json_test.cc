#include "client/cli/render_json.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "percept/v1/dataset_service.pb.h"
#include "percept/v1/job.pb.h"
#include "percept/v1/snapshot.pb.h"

namespace percept::cli {
namespace {

using Json = nlohmann::ordered_json;

Json Rendered(const google::protobuf::Message& message) { return Json::parse(RenderJson(message)); }

TEST(RenderJson, IsOneLine) {
  v1::Job job;
  job.mutable_spec()->set_label("two\nlines");
  EXPECT_EQ(RenderJson(job).find('\n'), std::string::npos);
  EXPECT_EQ(Rendered(job)["spec"]["label"], "two\nlines");
}

TEST(RenderJson, PrintsZerosAndNullsInTheOrderOfTheProto) {
  v1::Metrics metrics;
  metrics.set_validation_loss(0);
  EXPECT_EQ(RenderJson(metrics),
            R"({"validation_accuracy":null,"validation_loss":0.0,"training_accuracy":null,)"
            R"("training_loss":null})");
  const Json snapshot = Rendered(v1::Snapshot());
  EXPECT_EQ(snapshot["index"], 0);
  EXPECT_EQ(snapshot["name"], "");
  EXPECT_TRUE(snapshot["metrics"].is_null());
  EXPECT_EQ(snapshot["parameters"], Json::array());
}

TEST(RenderJson, PrintsCountersOf64BitsAsNumbers) {
  v1::JobSpec spec;
  spec.set_seed(std::numeric_limits<uint64_t>::max());
  spec.mutable_training()->set_report_frequency(1'000'000'000'000);
  EXPECT_NE(RenderJson(spec).find("\"seed\":18446744073709551615"), std::string::npos);
  EXPECT_NE(RenderJson(spec).find("\"report_frequency\":1000000000000"), std::string::npos);
}

TEST(RenderJson, PrintsEnumsWithoutTheirType) {
  v1::Job job;
  job.set_state(v1::JOB_STATE_RUNNING);
  EXPECT_EQ(Rendered(job)["state"], "RUNNING");
  job.set_state(static_cast<v1::JobState>(99));
  EXPECT_EQ(Rendered(job)["state"], 99);
  v1::GeneratorSource source;
  source.set_generator(v1::GENERATOR_THREE_CLASS);
  EXPECT_EQ(Rendered(source)["generator"], "THREE_CLASS");
}

TEST(RenderJson, PrintsOfAOneofOnlyWhatIsSet) {
  v1::TrainingSpec training;
  training.mutable_adam();
  const Json json = Rendered(training);
  EXPECT_TRUE(json["adam"].is_object());
  EXPECT_FALSE(json.contains("sgd"));
  EXPECT_FALSE(json.contains("constant"));
}

TEST(RenderJson, PrintsTimesAsRfc3339AndDurationsAsSeconds) {
  v1::Job job;
  job.mutable_create_time()->set_seconds(1'700'000'000);
  job.mutable_create_time()->set_nanos(250'000'000);
  job.mutable_run_time()->set_seconds(2);
  job.mutable_run_time()->set_nanos(500'000'000);
  EXPECT_EQ(Rendered(job)["create_time"], "2023-11-14T22:13:20.25Z");
  EXPECT_EQ(Rendered(job)["run_time"], 2.5);
  EXPECT_TRUE(Rendered(job)["end_time"].is_null());
}

TEST(RenderJson, PrintsBytesAsBase64) {
  v1::Tensor tensor;
  tensor.set_data(std::string("\x00\xff", 2));
  EXPECT_EQ(Rendered(tensor)["data"], "AP8=");
}

TEST(RenderJson, PrintsFloatsWithTheirOwnDigits) {
  v1::ReadExamplesResponse examples;
  examples.add_inputs(0.1f);
  examples.add_inputs(std::numeric_limits<float>::infinity());
  EXPECT_NE(RenderJson(examples).find("\"inputs\":[0.1,null]"), std::string::npos);
}

TEST(RenderJson, PrintsWhatIsNotFiniteAsNull) {
  v1::Metrics metrics;
  metrics.set_training_loss(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(Rendered(metrics)["training_loss"].is_null());
}

}  // namespace
}  // namespace percept::cli
