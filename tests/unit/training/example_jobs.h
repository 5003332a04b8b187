#ifndef PERCEPT_TESTS_UNIT_TRAINING_EXAMPLE_JOBS_H_
#define PERCEPT_TESTS_UNIT_TRAINING_EXAMPLE_JOBS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/data/dataset.h"
#include "server/data/generators/generator.h"
#include "server/ml/kernels/kernels.h"
#include "server/storage/records.h"

// Small jobs and snapshots for the tests of this folder.
namespace percept::training {

// 400 points to train on and 200 to validate on.
data::GeneratorSource XorSource();

// Two epochs of an MLP 2-8-2 on the data set "xor", 40 batches each, a snapshot before each batch.
storage::JobSpec XorSpec();

// One job of each kind of model, optimiser and schedule on the data set "xor", with a snapshot at
// each update: an MLP by momentum and by Adam, a multiperceptron, a perceptron, an MLP that stops
// early.
struct NamedSpec {
  const char* name;
  storage::JobSpec spec;
};
std::vector<NamedSpec> SpecsOfAllKinds();

// Evaluations of this job are dear enough for a thread of their own.
storage::JobSpec LargeEvaluationSpec();
data::GeneratorSource LargeEvaluationSource();

// The perceptron on the data set "two-normals", 200 rounds.
storage::JobSpec PerceptronSpec();
data::GeneratorSource TwoNormalsSource();

// 230 pictures of 60 pixels, most of them black, to train on and 90 to validate on, with three
// labels at random.
data::Dataset PictureSet(bool sparse);

// The kernels of the machine's plainest instruction set.
const ml::Kernels& TestKernels();

// The record under which a job with this spec and data trains.
storage::JobRecord JobFor(const storage::JobSpec& spec, const data::Dataset& dataset);

// A snapshot whose parameters are `parameter_bytes` bytes that depend on `index`.
storage::SnapshotRecord SnapshotOf(int64_t index, int64_t parameter_bytes);

// Expects the same snapshots, down to the bits of parameters and metrics; times apart.
void ExpectSameSnapshots(const std::vector<storage::SnapshotRecord>& actual,
                         const std::vector<storage::SnapshotRecord>& expected);

}  // namespace percept::training

#endif  // PERCEPT_TESTS_UNIT_TRAINING_EXAMPLE_JOBS_H_
