#include "tests/integration/inspect_fixture.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace percept::testing {

const ServerFixture::Run& InspectFixture::Xor() {
  if (xor_.snapshots.empty()) {
    MustGenerate("xor", v1::GENERATOR_XOR);
    v1::JobSpec spec = MlpSpec("xor", {3}, /*epochs=*/5, /*batch_size=*/5);
    spec.mutable_training()->mutable_adam();
    spec.mutable_training()->set_learning_rate(0.01);
    spec.mutable_training()->set_report_frequency(10);
    xor_ = MustTrain(spec);
  }
  return xor_;
}

const ServerFixture::Run& InspectFixture::Perceptron() {
  if (perceptron_.snapshots.empty()) {
    MustGenerate("normals", v1::GENERATOR_TWO_NORMALS);
    perceptron_ = MustTrain(PerceptronOn("normals", 200));
  }
  return perceptron_;
}

const ServerFixture::Run& InspectFixture::Multiperceptron() {
  if (multiperceptron_.snapshots.empty()) {
    MustGenerate("three", v1::GENERATOR_THREE_CLASS);
    multiperceptron_ = MustTrain(MultiperceptronOn("three", /*epochs=*/2, /*batch_size=*/10));
  }
  return multiperceptron_;
}

const ServerFixture::Run& InspectFixture::Digits() {
  if (digits_.snapshots.empty()) digits_ = MustTrain(MlpSpec("mnist", {16}, 1, 100));
  return digits_;
}

std::string InspectFixture::Last(const Run& run) {
  return absl::StrCat(run.job.name(), "/snapshots/last");
}

std::vector<float> InspectFixture::ParametersOf(const std::string& snapshot) {
  const RpcClient::SnapshotRead read = client().GetSnapshot(snapshot);
  EXPECT_TRUE(read.status.ok()) << read.status.error_message();
  std::string bytes;
  for (const v1::TensorChunk& chunk : read.chunks) bytes += chunk.data();
  std::vector<float> parameters(bytes.size() / sizeof(float));
  std::memcpy(parameters.data(), bytes.data(), bytes.size());
  return parameters;
}

ml::oracle::Network InspectFixture::OracleOf(const Run& run, const std::string& snapshot) {
  const v1::JobSpec& spec = run.job.spec();
  v1::CapacityRequest request;
  request.set_job(run.job.name());
  v1::CapacityResponse capacity;
  EXPECT_TRUE(client().Capacity(request, &capacity).ok());
  std::vector<int> widths;
  for (const v1::LayerCapacity& layer : capacity.layers()) widths.push_back(layer.inputs());
  widths.push_back(capacity.layers(capacity.layers_size() - 1).outputs());
  const std::vector<float> parameters = ParametersOf(snapshot);
  const char* const bytes = reinterpret_cast<const char*>(parameters.data());
  const auto activation =
      spec.has_mlp() ? static_cast<Activation>(spec.mlp().activation()) : Activation::kTanh;
  return ml::oracle::Network(activation, spec.has_multiperceptron(), widths,
                             {bytes, bytes + parameters.size() * sizeof(float)});
}

}  // namespace percept::testing
