#include "tests/bench/inspect/questions.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "percept/v1/inspect_service.grpc.pb.h"
#include "server/data/examples.h"
#include "server/inspect/attack.h"
#include "server/inspect/confusion.h"
#include "server/inspect/decision_grid.h"
#include "server/inspect/explore.h"
#include "server/inspect/latent.h"
#include "server/inspect/weight_images.h"
#include "tests/bench/jobs/timings.h"

namespace percept::bench {
namespace {

using Json = nlohmann::json;
using Inspection = v1::InspectService::Stub;
using testing::RpcClient;

constexpr int32_t kGridSide = 256;
constexpr int32_t kFour = 4;  // The notebook turns a 4 into a 9.
constexpr int32_t kNine = 9;
constexpr const char* kAnyInstructionSet = "";  // The best one of this machine.

bool GoesOn() { return true; }

template <typename Value>
Value Must(absl::StatusOr<Value> value) {
  bench::Must(value.status());
  return *std::move(value);
}

// Inputs of an example, [D].
std::vector<double> InputsOf(const data::Dataset& dataset, data::SplitKind kind, int64_t row) {
  const data::Split& split = dataset.split(kind);
  std::vector<double> inputs(static_cast<size_t>(dataset.inputs));
  const auto at = static_cast<size_t>(row);
  if (dataset.is_sparse) {
    for (uint32_t entry = split.sparse.row_start[at]; entry < split.sparse.row_start[at + 1];
         ++entry) {
      inputs[split.sparse.columns[entry]] =
          static_cast<double>(static_cast<float>(split.sparse.values[entry]) / 255.0f);
    }
  } else {
    for (size_t input = 0; input < inputs.size(); ++input)
      inputs[input] = static_cast<double>(split.dense[at * inputs.size() + input]);
  }
  return inputs;
}

// The first image of a split that the model takes for a 4, as it should.
int64_t FindFour(const AskedModel& digits) {
  const inspect::Network network = Must(inspect::Network::Of(digits.model));
  const data::Split& split = digits.dataset.split(data::SplitKind::kValidation);
  inspect::Network::Pass pass;
  for (int64_t row = 0; row < split.examples; ++row) {
    if (split.labels[static_cast<size_t>(row)] != kFour) continue;
    network.Forward(InputsOf(digits.dataset, data::SplitKind::kValidation, row), pass);
    if (std::max_element(pass.probabilities.begin(), pass.probabilities.end()) -
            pass.probabilities.begin() ==
        kFour) {
      return row;
    }
  }
  bench::Must(absl::NotFoundError("the network knows no 4"));
  return 0;
}

// The class that an exploration from the first point goes to: the other one.
int32_t OtherClass(const AskedModel& toy) {
  const inspect::Network network = Must(inspect::Network::Of(toy.model));
  inspect::Network::Pass pass;
  network.Forward(InputsOf(toy.dataset, data::SplitKind::kValidation, 0), pass);
  return pass.probabilities[0] > pass.probabilities[1] ? 1 : 0;
}

// Calls a method that answers once.
template <typename Request, typename Response>
void Call(RpcClient& client,
          grpc::Status (Inspection::*method)(grpc::ClientContext*, const Request&, Response*),
          const Request& request) {
  const auto inspection = v1::InspectService::NewStub(client.channel());
  grpc::ClientContext context;
  client.Prepare(context);
  Response response;
  bench::Must((inspection.get()->*method)(&context, request, &response));
}

// Calls a method that answers with a stream, and reads it to its end.
template <typename Request, typename Response>
void Follow(RpcClient& client,
            std::unique_ptr<grpc::ClientReader<Response>> (Inspection::*method)(
                grpc::ClientContext*, const Request&),
            const Request& request) {
  const auto inspection = v1::InspectService::NewStub(client.channel());
  grpc::ClientContext context;
  client.Prepare(context);
  const auto reader = (inspection.get()->*method)(&context, request);
  Response response;
  while (reader->Read(&response)) {
  }
  bench::Must(reader->Finish());
}

Question Grid(const AskedModel& toy, RpcClient& client) {
  const auto answer = [&toy]() -> Json {
    inspect::GridWindow window;
    window.columns = kGridSide;
    window.rows = kGridSide;
    const inspect::DecisionGrid grid =
        Must(inspect::MakeDecisionGrid(toy.model, toy.dataset, window, kAnyInstructionSet, GoesOn));
    return {{"x", {grid.x_range.min, grid.x_range.max}},
            {"y", {grid.y_range.min, grid.y_range.max}},
            {"ones", std::count(grid.labels.begin(), grid.labels.end(), '\1')}};
  };
  const auto ask = [&client](const std::string& snapshot) {
    v1::DecisionGridRequest request;
    request.set_snapshot(snapshot);
    request.set_columns(kGridSide);
    request.set_rows(kGridSide);
    Call(client, &Inspection::DecisionGrid, request);
  };
  return {answer, ask, &toy};
}

Question Explore(const AskedModel& toy, RpcClient& client) {
  const int32_t target = OtherClass(toy);
  const auto answer = [&toy, target]() -> Json {
    inspect::Exploration path = Must(inspect::Exploration::Begin(
        Must(inspect::Network::Of(toy.model)),
        InputsOf(toy.dataset, data::SplitKind::kValidation, 0), {.target = target}));
    while (!path.ended()) bench::Must(path.Advance());
    return {{"steps", path.step()}, {"target", target}};
  };
  const auto ask = [&client, target](const std::string& snapshot) {
    v1::ExploreRequest request;
    request.set_snapshot(snapshot);
    request.mutable_start()->mutable_example()->add_indices(0);
    request.set_target_label(target);
    Follow(client, &Inspection::Explore, request);
  };
  return {answer, ask, &toy};
}

Question Attack(const AskedModel& digits, RpcClient& client) {
  const int64_t row = FindFour(digits);
  const auto answer = [&digits, row]() -> Json {
    inspect::AttackSearch search = Must(inspect::AttackSearch::Begin(
        Must(inspect::Network::Of(digits.model)),
        InputsOf(digits.dataset, data::SplitKind::kValidation, row), {.target = kNine}));
    while (!search.ended()) bench::Must(search.Advance());
    return {{"steps", search.step()}, {"row", row}, {"target", kNine}};
  };
  const auto ask = [&client, row](const std::string& snapshot) {
    v1::AttackRequest request;
    request.set_snapshot(snapshot);
    request.mutable_start()->mutable_example()->add_indices(row);
    request.set_target_label(kNine);
    Follow(client, &Inspection::Attack, request);
  };
  return {answer, ask, &digits};
}

Question Confusion(const AskedModel& digits, RpcClient& client) {
  const auto answer = [&digits]() -> Json {
    const inspect::Confusion confusion =
        Must(inspect::MakeConfusion(digits.model, digits.dataset, data::SplitKind::kValidation,
                                    /*max_mistakes=*/20, kAnyInstructionSet, GoesOn));
    return {{"counts", confusion.counts}};
  };
  const auto ask = [&client](const std::string& snapshot) {
    v1::ConfusionMatrixRequest request;
    request.set_snapshot(snapshot);
    Call(client, &Inspection::ConfusionMatrix, request);
  };
  return {answer, ask, &digits};
}

Question Latent(const AskedModel& digits, RpcClient& client) {
  constexpr int32_t kExamples = 1000;
  const auto answer = [&digits]() -> Json {
    const std::unique_ptr<ml::ModelCopy> copy =
        Must(inspect::LoadCopy(digits.model, kAnyInstructionSet));
    Examples examples = data::ExamplesOf(digits.dataset, data::SplitKind::kValidation);
    examples.count = kExamples;
    const std::vector<float> activations =
        Must(inspect::Activations(digits.model, *copy, /*layer=*/0, examples, GoesOn));
    return {{"sum", std::accumulate(activations.begin(), activations.end(), 0.0)}};
  };
  const auto ask = [&client](const std::string& snapshot) {
    v1::LatentRequest request;
    request.set_snapshot(snapshot);
    request.mutable_examples()->set_max_examples(kExamples);
    Call(client, &Inspection::Latent, request);
  };
  return {answer, ask, &digits};
}

Question Weights(const AskedModel& digits, RpcClient& client) {
  const auto answer = [&digits]() -> Json {
    const inspect::WeightImages images =
        Must(inspect::MakeWeightImages(digits.model, digits.dataset.image_shape, /*layer=*/0,
                                       /*start_unit=*/0, /*max_units=*/64, /*max_bytes=*/2 << 20));
    double highest = 0.0;
    for (const inspect::WeightImage& image : images.images) highest += image.highest;
    return {{"highest", highest}};
  };
  const auto ask = [&client](const std::string& snapshot) {
    v1::WeightImagesRequest request;
    request.set_snapshot(snapshot);
    Call(client, &Inspection::WeightImages, request);
  };
  return {answer, ask, &digits};
}

}  // namespace

std::map<std::string, Question> Questions(const AskedModel& toy, const AskedModel& digits,
                                          RpcClient& client) {
  return {{"grid", Grid(toy, client)},        {"explore", Explore(toy, client)},
          {"attack", Attack(digits, client)}, {"confusion", Confusion(digits, client)},
          {"latent", Latent(digits, client)}, {"weights", Weights(digits, client)}};
}

}  // namespace percept::bench
