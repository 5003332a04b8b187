#ifndef PERCEPT_TESTS_BENCH_INSPECT_ASKED_MODELS_H_
#define PERCEPT_TESTS_BENCH_INSPECT_ASKED_MODELS_H_

#include <cstdint>
#include <string>

#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"
#include "tests/support/rpc_client.h"

namespace percept::bench {

// A job that a server has trained, and its last snapshot in this process.
struct AskedModel {
  std::string job;
  int64_t snapshots = 0;
  inspect::TrainedModel model;
  data::Dataset dataset;

  std::string snapshot(int64_t index) const;
};

// The notebook's 2-3-2 network on xor, and its 784-64-10 on MNIST. Make their data sets and train
// them. Leave the parameters of the last snapshot as NPZ in `folder`, under the names toy.npz and
// digits.npz, and the points of xor as points.npz.
AskedModel TrainToy(testing::RpcClient& client, const std::string& folder);
AskedModel TrainDigits(testing::RpcClient& client, const std::string& folder);

// A wide network on xor, on which a grid takes long.
AskedModel TrainWide(testing::RpcClient& client);

}  // namespace percept::bench

#endif  // PERCEPT_TESTS_BENCH_INSPECT_ASKED_MODELS_H_
