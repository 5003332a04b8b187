#ifndef PERCEPT_TESTS_SUPPORT_RECORDS_H_
#define PERCEPT_TESTS_SUPPORT_RECORDS_H_

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/crc32c.h"
#include "server/data/repositories.h"
#include "server/storage/records.h"
#include "server/storage/repositories.h"

// Records in which every member has a value of its own, other than its default.
namespace percept::testing {

inline storage::JobRecord FullJob(const std::string& id) {
  storage::JobRecord job;
  job.id = id;
  job.owner = "ada";
  job.request_id = absl::StrCat("request-", id);
  job.spec.dataset = "xor";
  job.spec.model = {
      ModelKind::kMultiperceptron, {64, 4096, 1}, Activation::kGelu, Initialization::kHe};
  job.spec.training.learning_rate = 0.1;
  job.spec.training.epochs = 7;
  job.spec.training.batch_size = 11;
  job.spec.training.shuffle = false;
  job.spec.training.report_frequency = 1000000000000;
  job.spec.training.evaluate_every = 999999999;
  job.spec.training.evaluate = false;
  job.spec.training.optimizer = OptimizerKind::kAdam;
  job.spec.training.schedule = ScheduleKind::kInverse;
  job.spec.seed = std::numeric_limits<uint64_t>::max() - 5;
  job.spec.label = "täst, \"quoted\" 'and' \n more";
  job.spec.priority = -100;
  job.spec.time_limit = absl::Milliseconds(1500);
  job.state = storage::JobState::kFailed;
  job.create_time = absl::FromUnixMicros(1700000000123456);
  job.start_time = absl::FromUnixMicros(1700000001000001);
  job.end_time = absl::FromUnixMicros(1700000002000002);
  job.error_reason = storage::JobErrorReason::kDiverged;
  job.error_message = "the loss became inf at step 17";
  job.cancel_requested = true;
  job.attempt = 3;
  job.run_time = absl::Microseconds(987654321);
  job.instruction_set = "x86-64-v3";
  job.dataset_digest = "00ff";
  job.inputs = 784;
  job.classes = 10;
  job.train_examples = 60000;
  job.parameter_count = 50890;
  job.memory_estimate_bytes = int64_t{1} << 40;
  return job;
}

// A job that waits, as it is created.
inline storage::JobRecord NewJob(const std::string& id) {
  storage::JobRecord job;
  job.id = id;
  job.owner = "ada";
  job.spec.dataset = "xor";
  return job;
}

inline storage::SnapshotRecord FullSnapshot(int64_t index,
                                            const std::string& parameters = "parameters") {
  storage::SnapshotRecord snapshot;
  snapshot.index = index;
  snapshot.step = 10 * index + 1;
  snapshot.instances = 100 * index + 2;
  snapshot.epoch = 3;
  snapshot.metrics = {0.5, 0.25, 0.75, 0.125};
  snapshot.create_time = absl::FromUnixMicros(1700000000000000 + index);
  snapshot.parameters_crc32c = Crc32c(parameters);
  snapshot.parameters = std::make_shared<const std::string>(parameters);
  snapshot.batch_indices = std::make_shared<const std::vector<uint32_t>>(
      std::vector<uint32_t>{static_cast<uint32_t>(index), 0, std::numeric_limits<uint32_t>::max()});
  return snapshot;
}

inline storage::PendingSnapshot Pending(const std::string& job_id, int64_t index,
                                        const std::string& parameters = "parameters") {
  return {job_id, FullSnapshot(index, parameters)};
}

inline data::DatasetRecord FullDataset(const std::string& id) {
  data::DatasetRecord record;
  record.id = id;
  record.source = data::GeneratorSource{data::GeneratorKind::kBullseye, 11, 12, 13,
                                           std::numeric_limits<uint64_t>::max()};
  record.inputs = 6;
  record.classes = 3;
  record.image_shape = data::ImageShape{2, 3, 1};
  record.splits = {{{6, {1, 2, 3}}, {4, {4, 0, 0}}, {0, {0, 0, 0}}}};
  record.digest = "abcdef";
  record.size_bytes = int64_t{1} << 33;
  record.create_time = absl::FromUnixMicros(1600000000654321);
  record.owner = "grace";
  return record;
}

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_RECORDS_H_
