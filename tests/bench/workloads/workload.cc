#include "tests/bench/workloads/workload.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "server/base/status.h"

namespace percept::bench {
namespace {

using nlohmann::json;

constexpr int64_t kMaxCount = 1'000'000'000;
constexpr int64_t kMaxUnits = 65'536;

template <typename Value>
using Names = std::map<std::string, Value>;

const Names<ModelKind> kModels = {{"perceptron", ModelKind::kPerceptron},
                                  {"multiperceptron", ModelKind::kMultiperceptron},
                                  {"mlp", ModelKind::kMlp}};
const Names<Activation> kActivations = {{"tanh", Activation::kTanh},
                                        {"sigmoid", Activation::kSigmoid},
                                        {"relu", Activation::kRelu},
                                        {"gelu", Activation::kGelu}};
const Names<OptimizerKind> kOptimizers = {{"sgd", OptimizerKind::kSgd},
                                          {"momentum", OptimizerKind::kMomentum},
                                          {"adam", OptimizerKind::kAdam}};

// Takes the fields of an object one by one; what is of another type, out of range or left over is
// a violation.
class FieldReader {
 public:
  explicit FieldReader(json object) : object_(std::move(object)) {}

  void Read(const char* field, std::string& value) {
    const json given = Take(field);
    if (given.is_null()) return;
    if (!given.is_string()) return violations_.Add(field, "must be a string", given.dump());
    value = given.get<std::string>();
  }

  void Read(const char* field, bool& value) {
    const json given = Take(field);
    if (given.is_null()) return;
    if (!given.is_boolean()) return violations_.Add(field, "must be true or false", given.dump());
    value = given.get<bool>();
  }

  void Read(const char* field, double& value) {
    const json given = Take(field);
    if (given.is_null()) return;
    if (!given.is_number()) return violations_.Add(field, "must be a number", given.dump());
    value = given.get<double>();
  }

  template <typename Integer>
  void Read(const char* field, int64_t min, int64_t max, Integer& value) {
    const json given = Take(field);
    if (!given.is_null()) value = static_cast<Integer>(IntegerOf(field, given, min, max));
  }

  void Read(const char* field, int64_t min, int64_t max, std::vector<int32_t>& values) {
    const json given = Take(field);
    if (given.is_null()) return;
    if (!given.is_array()) return violations_.Add(field, "must be an array", given.dump());
    values.clear();
    for (const json& each : given) {
      values.push_back(static_cast<int32_t>(IntegerOf(field, each, min, max)));
    }
  }

  template <typename Value>
  void Read(const char* field, const Names<Value>& names, Value& value) {
    std::string name;
    Read(field, name);
    if (name.empty()) return;
    const auto found = names.find(name);
    if (found != names.end()) {
      value = found->second;
      return;
    }
    const auto name_of = [](std::string* out, const auto& entry) { *out += entry.first; };
    violations_.Add(field, absl::StrCat("must be one of ", absl::StrJoin(names, ", ", name_of)),
                    name);
  }

  FieldViolations& violations() { return violations_; }

  // To be called last.
  absl::Status Finish() {
    for (const auto& [field, value] : object_.items()) violations_.Add(field, "is unknown");
    return violations_.ToStatus();
  }

 private:
  // Null when it is not given.
  json Take(const char* field) {
    const auto found = object_.find(field);
    if (found == object_.end()) return nullptr;
    json value = *std::move(found);
    object_.erase(found);
    return value;
  }

  int64_t IntegerOf(const char* field, const json& given, int64_t min, int64_t max) {
    if (!given.is_number_integer()) {
      violations_.Add(field, "must be an integer", given.dump());
      return min;
    }
    const auto value = given.get<int64_t>();
    violations_.CheckRange(field, value, min, max);
    return value;
  }

  json object_;
  FieldViolations violations_;
};

void ReadModel(FieldReader& reader, ModelSpec& model) {
  reader.Read("model", kModels, model.kind);
  reader.Read("hidden", 1, kMaxUnits, model.hidden_units);
  reader.Read("activation", kActivations, model.activation);
  if ((model.kind == ModelKind::kMlp) == model.hidden_units.empty()) {
    reader.violations().Add("hidden", "must be given for an mlp and for no other model");
  }
}

void ReadTraining(FieldReader& reader, TrainingSpec& training) {
  reader.Read("optimizer", kOptimizers, training.optimizer);
  reader.Read("learning_rate", training.learning_rate);
  reader.Read("iterations", 1, kMaxCount, training.iterations);
  reader.Read("epochs", 1, kMaxCount, training.epochs);
  reader.Read("batch_size", 1, kMaxCount, training.batch_size);
  reader.Read("evaluate_every", 0, kMaxCount, training.evaluate_every);
  reader.Read("report_frequency", 0, kMaxCount, training.report_frequency);
  reader.Read("evaluate", training.evaluate);
  reader.Read("shuffle", training.shuffle);
}

}  // namespace

absl::StatusOr<Workload> ParseWorkload(absl::string_view line) {
  json object = json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return absl::InvalidArgumentError("a workload must be a JSON object");
  FieldReader reader(std::move(object));
  Workload workload;
  workload.job.dataset = "mnist";
  reader.Read("dataset", workload.job.dataset);
  reader.Read("train_examples", 0, kMaxCount, workload.train_examples);
  reader.Read("seed", 0, kMaxCount, workload.job.seed);
  ReadModel(reader, workload.job.model);
  ReadTraining(reader, workload.job.training);
  PERCEPT_RETURN_IF_ERROR(reader.Finish());
  return workload;
}

}  // namespace percept::bench
