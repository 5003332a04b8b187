#ifndef PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_PERCEPTRON_H_
#define PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_PERCEPTRON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/data/dataset.h"
#include "server/storage/records.h"

namespace percept::training {

// The snapshots of a perceptron's job by plain loops, from the formulas alone; see
// reference_training.h.
std::vector<storage::SnapshotRecord> TrainPerceptronByHand(const storage::JobRecord& job,
                                                           const data::Dataset& dataset,
                                                           const std::string* initial_parameters);

// A snapshot that holds these parameters, their digest and this batch, and nothing else.
storage::SnapshotRecord MakeHandSnapshot(std::string parameters, std::vector<uint32_t> batch);

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_REFERENCE_PERCEPTRON_H_
