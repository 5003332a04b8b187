#ifndef PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_TRAINING_H_
#define PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_TRAINING_H_

#include <string>
#include <vector>

#include "server/data/dataset.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/records.h"

namespace percept::training {

// What a job hands on.
struct HandTraining {
  std::vector<storage::SnapshotRecord> snapshots;
  std::vector<storage::EpochRecord> epochs;
};

// What a job hands on as the rules of the design give it, by plain loops on one thread: a slow,
// obvious oracle for the runner. Takes from the server only the model of a training by minibatches,
// its schedule, the random numbers and the view on examples; a perceptron is trained from the
// formulas alone. Leaves out times. `initial_parameters` is null for a job that starts afresh.
HandTraining TrainByHand(const storage::JobRecord& job, const data::Dataset& dataset,
                         const ml::Kernels& kernels,
                         const std::string* initial_parameters = nullptr);

// Mean loss and accuracy of exported parameters of an MLP with one hidden layer of tanh on dense
// examples, in double by plain loops.
struct Measures {
  double accuracy = 0.0;
  double loss = 0.0;
};
Measures MeasureByHand(const std::string& parameters, int hidden_units,
                       const data::Dataset& dataset, data::SplitKind split);

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_TRAINING_H_
