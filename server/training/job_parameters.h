#ifndef PERCEPT_SERVER_TRAINING_JOB_PARAMETERS_H_
#define PERCEPT_SERVER_TRAINING_JOB_PARAMETERS_H_

#include <cstdint>
#include <vector>

#include "server/ml/model.h"
#include "server/storage/records.h"

namespace percept::training {

// The tensors that the job's snapshots hold, in the order of their bytes.
inline std::vector<ml::TensorInfo> ParametersOf(const storage::JobRecord& job) {
  return ml::ParameterLayout(job.spec.model, {job.inputs, job.classes});
}

// Bytes that the parameters of one of its snapshots take.
inline int64_t ParameterBytesOf(const storage::JobRecord& job) {
  return ml::ParameterBytes(ParametersOf(job));
}

// Bytes of the state that its model exports for a checkpoint.
inline int64_t StateBytesOf(const storage::JobRecord& job) {
  return ml::StateBytes(job.spec.model, job.spec.training, {job.inputs, job.classes});
}

}  // namespace percept::training

#endif  // PERCEPT_SERVER_TRAINING_JOB_PARAMETERS_H_
