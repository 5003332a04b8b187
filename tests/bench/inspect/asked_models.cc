#include "tests/bench/inspect/asked_models.h"

#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/data/generators/generator.h"
#include "server/data/mnist.h"
#include "tests/bench/jobs/timings.h"
#include "tests/support/test_server.h"

namespace percept::bench {
namespace {

using testing::RpcClient;

void Write(const RpcClient::FileRead& read, const std::string& path) {
  Must(read.status);
  std::ofstream(path, std::ios::binary) << read.bytes;
}

// Of a snapshot, in the order of the layout.
std::shared_ptr<const std::string> ParametersOf(RpcClient& client, const std::string& snapshot) {
  const RpcClient::SnapshotRead read = client.GetSnapshot(snapshot);
  Must(read.status);
  // Chunks come tensor by tensor, from the beginning of each.
  auto parameters = std::make_shared<std::string>();
  for (const v1::TensorChunk& chunk : read.chunks) absl::StrAppend(parameters.get(), chunk.data());
  return parameters;
}

AskedModel Train(RpcClient& client, const v1::JobSpec& spec, data::Dataset dataset) {
  AskedModel asked;
  asked.job = Create(client, spec).name();
  Must(client.Watch(asked.job).status);
  v1::Job job;
  Must(client.GetJob(asked.job, &job));
  asked.snapshots = job.progress().snapshot_count();
  asked.model.spec.hidden_units.assign(spec.mlp().hidden_units().begin(),
                                       spec.mlp().hidden_units().end());
  asked.model.shape = {dataset.inputs, dataset.classes};
  asked.model.parameters = ParametersOf(client, asked.snapshot(asked.snapshots - 1));
  asked.dataset = std::move(dataset);
  return asked;
}

data::Dataset Xor() {
  return data::Generate({.generator = data::GeneratorKind::kXor});  // As MakeToyData's.
}

}  // namespace

std::string AskedModel::snapshot(int64_t index) const {
  return absl::StrCat(job, "/snapshots/", index);
}

AskedModel TrainToy(RpcClient& client, const std::string& folder) {
  MakeToyData(client);
  Write(client.ExportDataset("datasets/xor"), folder + "/points.npz");
  v1::JobSpec spec = testing::MlpSpec("xor", {3}, /*epochs=*/15, /*batch_size=*/5);
  spec.mutable_training()->mutable_adam();
  spec.mutable_training()->set_learning_rate(0.01);
  AskedModel toy = Train(client, spec, Xor());
  Write(client.ExportModel(toy.snapshot(toy.snapshots - 1), v1::MODEL_FORMAT_NPZ),
        folder + "/toy.npz");
  return toy;
}

AskedModel TrainDigits(RpcClient& client, const std::string& folder) {
  auto mnist = data::LoadMnist(testing::AssetsDir() + "/mnist", "script/bootstrap --assets");
  Must(mnist.status());
  AskedModel digits = Train(
      client, testing::MlpSpec("mnist", {64}, /*epochs=*/5, /*batch_size=*/100), *std::move(mnist));
  Write(client.ExportModel(digits.snapshot(digits.snapshots - 1), v1::MODEL_FORMAT_NPZ),
        folder + "/digits.npz");
  return digits;
}

AskedModel TrainWide(RpcClient& client) {
  return Train(client, testing::MlpSpec("xor", {256, 256}, /*epochs=*/1, /*batch_size=*/100),
               Xor());
}

}  // namespace percept::bench
