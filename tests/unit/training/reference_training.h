#ifndef PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_TRAINING_H_
#define PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_TRAINING_H_

#include <string>
#include <vector>

#include "server/data/dataset.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/records.h"

namespace percept::training {

// The snapshots of a job as the rules of the design give them, by plain loops on one thread: a
// slow, obvious oracle for the runner. Takes from the server only the model itself, the random
// numbers and the view on examples. Leaves out times.
std::vector<storage::SnapshotRecord> TrainByHand(const storage::JobRecord& job,
                                                 const data::Dataset& dataset,
                                                 const ml::Kernels& kernels);

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
