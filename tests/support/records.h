#ifndef PERCEPT_TESTS_SUPPORT_RECORDS_H_
#define PERCEPT_TESTS_SUPPORT_RECORDS_H_

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/crc32c.h"
#include "server/data/repositories.h"
#include "server/storage/records.h"
#include "server/storage/repositories.h"

// Records in which every member has a value of its own, other than its default.
namespace percept::testing {

// It starts from a snapshot of the job "g7b2".
inline storage::JobRecord FullJob(const std::string& id) {
  storage::JobRecord job;
  job.id = id;
  job.owner = "ada";
  job.request_id = absl::StrCat("request-", id);
  job.visibility = Visibility::kPrivate;
  job.spec.dataset = "xor";
  job.spec.model = {
      ModelKind::kMultiperceptron, {64, 4096, 1}, Activation::kGelu, Initialization::kHe};
  job.spec.training.learning_rate = 0.3;
  job.spec.training.iterations = 1000000000001;
  job.spec.training.epochs = 7;
  job.spec.training.batch_size = 11;
  job.spec.training.shuffle = false;
  job.spec.training.report_frequency = 1000000000000;
  job.spec.training.evaluate_every = 999999999;
  job.spec.training.evaluate = false;
  job.spec.training.optimizer = OptimizerKind::kAdam;
  job.spec.training.momentum = 0.95;
  job.spec.training.beta1 = 0.8;
  job.spec.training.beta2 = 0.99;
  job.spec.training.epsilon = 1e-7;
  job.spec.training.weight_decay = 1e-4;
  job.spec.training.schedule = ScheduleKind::kInverse;
  job.spec.training.schedule_gamma = 0.7;
  job.spec.training.schedule_sigma = 1000000000002;
  job.spec.training.schedule_rho = 0.5;
  job.spec.training.patience = 4;
  job.spec.seed = std::numeric_limits<uint64_t>::max() - 5;
  job.spec.init_from = storage::SnapshotRef{"g7b2", 17};
  job.spec.train_on = TrainOn::kTrainAndValidation;
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
  job.pause_requested = true;
  job.attempt = 3;
  job.run_time = absl::Microseconds(987654321);
  job.instruction_set = "x86-64-v3";
  job.engine_revision = 7;
  job.engine_changed = true;
  job.dataset_digest = "00ff";
  job.inputs = 784;
  job.classes = 10;
  job.image_shape = data::ImageShape{28, 27, 3};
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

// Snapshots whose indices follow each other, and of which there is at least one.
inline std::shared_ptr<const storage::SnapshotBlock> BlockOf(
    const std::vector<storage::SnapshotRecord>& snapshots) {
  auto block = std::make_shared<storage::SnapshotBlock>(snapshots.front().index);
  for (const storage::SnapshotRecord& snapshot : snapshots) block->Add(storage::Borrow(snapshot));
  return block;
}

inline storage::PendingSnapshots Pending(const std::string& job_id,
                                         const std::vector<storage::SnapshotRecord>& snapshots) {
  return {job_id, BlockOf(snapshots)};
}

inline storage::PendingSnapshots Pending(const std::string& job_id, int64_t index,
                                         const std::string& parameters = "parameters") {
  return Pending(job_id, {FullSnapshot(index, parameters)});
}

inline storage::EpochRecord FullEpoch(int32_t epoch) {
  return {epoch, {0.5 + epoch, 0.25 + epoch, 0.75 + epoch, 0.125 + epoch}};
}

inline storage::TestEvaluation FullTestEvaluation(int64_t number) {
  return {absl::FromUnixMicros(1700000009000000 + number), 10 * number + 3,
          0.5 + static_cast<double>(number), 0.25 + static_cast<double>(number)};
}

inline storage::CheckpointRecord FullCheckpoint(const std::string& state = "state") {
  return {3, absl::Microseconds(987654321), "x86-64-v3", 7, 1000000000003, 2, state};
}

// One of every kind, and those that differ in what is unset or empty.
inline std::vector<data::Source> FullSources() {
  constexpr uint64_t kSeed = std::numeric_limits<uint64_t>::max();
  return {
      data::GeneratorSource{data::GeneratorKind::kBullseye, 11, 12, 13, kSeed},
      data::BinarySource{"mnist", 4, 9},
      data::DerivedSource{"xor", {"x0", "x0*x1/abs(x0)", "'\"\\ \t\n", "", "größe\xff"}, -0.5},
      data::DerivedSource{"xor", {""}, std::nullopt},
      data::DerivedSource{"xor", {}, 0.0},
      data::NormalisedSource{"points"},
      data::UploadSource{
          {"a b.csv", "Übung\xff.csv"}, data::UploadFormat::kCsv, "label", 0.125, 0.25, kSeed},
      data::UploadSource{{"a.idx"}, data::UploadFormat::kIdx, "", 0.0, 0.0, 0},
      data::InstalledSource{"made up"},
  };
}

inline data::DatasetRecord FullDataset(const std::string& id,
                                       const data::Source& source = FullSources().front()) {
  data::DatasetRecord record;
  record.id = id;
  record.source = source;
  record.inputs = 6;
  record.classes = 3;
  record.image_shape = data::ImageShape{2, 3, 1};
  record.splits = {{{6, {1, 2, 3}}, {4, {4, 0, 0}}, {0, {0, 0, 0}}}};
  record.digest = "abcdef";
  record.size_bytes = int64_t{1} << 33;
  record.create_time = absl::FromUnixMicros(1600000000654321);
  record.owner = "grace";
  record.visibility = Visibility::kPublic;
  return record;
}

inline data::UploadRecord FullUpload(const std::string& id) {
  data::UploadRecord record;
  record.id = id;
  record.dataset_id = "points";
  record.source = {
      {"train.idx.gz", "labels\n\xff"},    data::UploadFormat::kIdx, "label", 0.125, 0.25,
      std::numeric_limits<uint64_t>::max()};
  record.files = {{"train.idx.gz", int64_t{1} << 33, std::string("\0\xff'digest", 9)},
                  {"labels\n\xff", 17, ""}};
  record.owner = "grace";
  record.expire_time = absl::FromUnixMicros(1700000007000007);
  record.finished = true;
  return record;
}

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_RECORDS_H_
