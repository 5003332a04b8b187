#ifndef PERCEPT_SERVER_BASE_MODEL_SPEC_H_
#define PERCEPT_SERVER_BASE_MODEL_SPEC_H_

#include <cstdint>
#include <vector>

// What is trained and how, as every layer of the server speaks of it. Rules and defaults of the
// fields stand in proto/percept/v1/job.proto; values here are checked ones, defaults filled in.
namespace percept {

enum class Activation { kTanh = 1, kSigmoid = 2, kRelu = 3, kGelu = 4 };
enum class Initialization { kPytorch = 1, kXavier = 2, kHe = 3 };
enum class ModelKind { kPerceptron = 1, kMultiperceptron = 2, kMlp = 3 };
enum class OptimizerKind { kSgd = 1, kMomentum = 2, kAdam = 3 };
enum class ScheduleKind { kConstant = 1, kStep = 2, kInverse = 3 };
enum class TrainOn { kTrain = 1, kTrainAndValidation = 2 };

struct ModelSpec {
  ModelKind kind = ModelKind::kMlp;
  std::vector<int32_t> hidden_units;  // MLP: width of each hidden layer.
  Activation activation = Activation::kTanh;
  Initialization initialization = Initialization::kPytorch;

  bool operator==(const ModelSpec&) const = default;
};

struct TrainingSpec {
  double learning_rate = 0.1;
  int64_t iterations = 1000;  // Perceptron alone, which reads this and `learning_rate` only.
  int32_t epochs = 5;
  int32_t batch_size = 100;
  bool shuffle = true;
  int64_t report_frequency = 0;  // 0: adaptive.
  int64_t evaluate_every = 0;    // 0: automatic.
  bool evaluate = true;
  OptimizerKind optimizer = OptimizerKind::kSgd;
  double momentum = 0.9;  // For kMomentum.
  double beta1 = 0.9;     // For kAdam, as the two below.
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  ScheduleKind schedule = ScheduleKind::kConstant;
  double schedule_gamma = 0.0;  // For kStep and kInverse.
  int64_t schedule_sigma = 0;   // For kStep.
  double schedule_rho = 0.0;    // For kInverse.
  int32_t patience = 0;         // Epochs of early stopping; 0: none.

  bool operator==(const TrainingSpec&) const = default;
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_MODEL_SPEC_H_
