#include "server/training/retention.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "server/training/job_parameters.h"

namespace percept::training {
namespace {

// The first, the newest and the best.
constexpr int64_t kAlwaysKept = 3;

// Parameters looked at in one step: other jobs' snapshots may have to wait for so many.
constexpr int64_t kStepBytes = int64_t{2} << 20;

// A pass leaves this part of what may be kept free.
constexpr int64_t kSlack = 8;

int64_t FloorLog2(int64_t value) { return std::bit_width(static_cast<uint64_t>(value)) - 1; }

int64_t StepSize(const storage::JobRecord& job) {
  const int64_t batch_bytes = job.spec.training.batch_size * int64_t{sizeof(uint32_t)};
  return std::max<int64_t>(1,
                           kStepBytes / std::max<int64_t>(1, ParameterBytesOf(job) + batch_bytes));
}

}  // namespace

int64_t MaxKept(const storage::JobRecord& job, const Retention& retention) {
  const int64_t by_bytes =
      retention.max_parameter_bytes / std::max<int64_t>(1, ParameterBytesOf(job));
  return std::max(kAlwaysKept, std::min(retention.max_snapshots, by_bytes));
}

KeptIndices::KeptIndices(int64_t count, int64_t max_kept) : count_(count), width_(max_kept) {
  const auto stretches = [this] { return FloorLog2((count_ - 1) / width_ + 1) + 1; };
  while (width_ > 1 && width_ * stretches() > max_kept) width_ /= 2;
  // With a width of 1 each stretch keeps one; those below a stride have one in common.
  if (stretches() > max_kept) min_stride_log2_ = stretches() + 2 - max_kept;
}

int64_t KeptIndices::StrideAt(int64_t index) const {
  const int64_t age = count_ - 1 - index;
  return int64_t{1} << std::max(FloorLog2(age / width_ + 1), min_stride_log2_);
}

bool KeptIndices::Keeps(int64_t index) const {
  return index == count_ - 1 || index % StrideAt(index) == 0;
}

Thinning::Thinning(const storage::JobRecord& job, const Retention& retention)
    : max_kept_(MaxKept(job, retention)), step_size_(StepSize(job)) {}

bool Thinning::IsDue(int64_t count, int64_t thinned) const {
  // What cannot be dropped, such as damaged blocks, is not tried again for each new snapshot.
  return count - thinned > max_kept_ && count - last_count_ > max_kept_ / (2 * kSlack);
}

std::optional<Thinning::Step> Thinning::Next(int64_t count, int64_t thinned) {
  while (true) {
    if (!kept_.has_value()) {
      if (!IsDue(count, thinned)) return std::nullopt;
      BeginPass(count);
    }
    while (next_ < kept_->count()) {
      const int64_t begin = std::exchange(next_, std::min(next_ + step_size_, kept_->count()));
      if (!IsDone(begin, next_)) return Step{begin, next_, *kept_};
    }
    EndPass(thinned);
  }
}

void Thinning::BeginPass(int64_t count) {
  // The best may be one that is not kept for its index.
  kept_.emplace(count, max_kept_ - max_kept_ / kSlack - 1);
  next_ = 0;
  last_count_ = count;
}

void Thinning::EndPass(int64_t thinned) {
  // Where too many are left, such as those that were the best once, the next pass looks everywhere.
  kept_last_.reset();
  if (last_count_ - thinned <= max_kept_) kept_last_.emplace(*kept_);
  kept_.reset();
}

bool Thinning::IsDone(int64_t begin, int64_t end) const {
  const int64_t stride = kept_->StrideAt(begin);
  if (stride == 1) return true;
  return kept_last_.has_value() && end < kept_last_->count() &&
         stride == kept_->StrideAt(end - 1) && stride == kept_last_->StrideAt(begin) &&
         stride == kept_last_->StrideAt(end - 1);
}

}  // namespace percept::training
