#include "server/training/snapshot_series.h"

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "server/base/crc32c.h"
#include "server/training/job_parameters.h"

namespace percept::training {
namespace {

using storage::JobErrorReason;

template <typename Value>
bool AllFinite(absl::string_view bytes) {
  bool finite = true;
  for (size_t place = 0; place < bytes.size(); place += sizeof(Value)) {
    Value value;
    std::memcpy(&value, bytes.data() + place, sizeof(Value));
    finite &= std::isfinite(value);
  }
  return finite;
}

bool AllFinite(const std::vector<ml::TensorInfo>& layout, absl::string_view parameters) {
  for (const ml::TensorInfo& tensor : layout) {
    const auto size = static_cast<size_t>(tensor.size_bytes());
    const absl::string_view bytes = parameters.substr(0, size);
    if (!(tensor.is_float32() ? AllFinite<float>(bytes) : AllFinite<double>(bytes))) return false;
    parameters.remove_prefix(size);
  }
  return true;
}

}  // namespace

SnapshotSeries::SnapshotSeries(const Attempt& attempt, Diverged diverged)
    : layout_(ParametersOf(*attempt.job)),
      sink_(attempt.sink),
      diverged_(std::move(diverged)),
      parameters_(static_cast<size_t>(ml::ParameterBytes(layout_)), '\0'),
      next_index_(attempt.checkpoint == nullptr ? 0 : attempt.checkpoint->snapshot_count) {}

bool SnapshotSeries::CheckEvaluation(const Moment& moment, absl::string_view what) {
  if (!moment.evaluation.has_value() || std::isfinite(moment.evaluation->loss_sum)) return true;
  return End(moment, diverged_(what, moment.position.step));
}

bool SnapshotSeries::Append(const Moment& moment, const storage::Metrics& metrics) {
  moment.copy->ExportParameters(absl::MakeSpan(parameters_));
  if (!AllFinite(layout_, parameters_)) {
    return End(moment, diverged_("a parameter", moment.position.step));
  }
  storage::BorrowedSnapshot snapshot;
  snapshot.index = next_index_++;
  snapshot.step = moment.position.step;
  snapshot.instances = moment.position.instances;
  snapshot.epoch = moment.position.epoch;
  snapshot.metrics = metrics;
  snapshot.create_time = moment.time;
  snapshot.parameters_crc32c = Crc32c(parameters_);
  snapshot.parameters = parameters_;
  snapshot.batch_indices = moment.batch_indices;
  return GoesOn(moment, sink_->Append(snapshot));
}

bool SnapshotSeries::AppendEpoch(const Moment& moment, const storage::EpochRecord& epoch) {
  return GoesOn(moment, sink_->AppendEpoch(epoch));
}

bool SnapshotSeries::End(const Moment& moment, Outcome outcome) {
  outcome_ = std::move(outcome);
  end_ = moment.position;
  return false;
}

bool SnapshotSeries::GoesOn(const Moment& moment, const absl::Status& taken) {
  return taken.ok() || End(moment, EndedBySink(taken));
}

Outcome EndedBySink(const absl::Status& refusal) {
  const bool contradicted = absl::IsFailedPrecondition(refusal);
  return Outcome::Failed(contradicted ? JobErrorReason::kNotResumable : JobErrorReason::kStorage,
                         std::string(refusal.message()));
}

}  // namespace percept::training
