#ifndef PERCEPT_SERVER_RPC_CONVERT_TRAINING_SPEC_H_
#define PERCEPT_SERVER_RPC_CONVERT_TRAINING_SPEC_H_

#include "absl/strings/string_view.h"

#include "percept/v1/job.pb.h"
#include "server/base/model_spec.h"
#include "server/base/status.h"

namespace percept::rpc {

// Reads how the job of `spec` is fitted into `training`, which has the defaults; adds a violation
// for each rule of job.proto that is broken.
void ReadTraining(const v1::JobSpec& spec, TrainingSpec& training, FieldViolations& violations);

// Reads the schedule alone; `prefix` stands before the fields' names in violations.
void ReadSchedule(const v1::TrainingSpec& given, absl::string_view prefix, TrainingSpec& training,
                  FieldViolations& violations);

// Adds a violation of `field` unless `value` is a learning rate.
void CheckLearningRate(absl::string_view field, double value, FieldViolations& violations);

// Of a model that is trained by batches.
v1::TrainingSpec ToProto(const TrainingSpec& training);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_TRAINING_SPEC_H_
