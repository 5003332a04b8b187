#include "server/storage/snapshot_block.h"

#include <bit>
#include <cstring>
#include <optional>

namespace percept::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "blocks are little-endian");

// A head as it is stored.
struct PackedHead {
  int64_t step;
  int64_t instances;
  int64_t create_time_us;  // Since 1970 (UTC).
  double metrics[4];       // In the order of Metrics; 0 where unset.
  int32_t epoch;
  uint32_t parameters_crc32c;
  uint32_t set_metrics;  // Bit i: metrics[i] is set.
  uint32_t unused;       // Zero.
};
static_assert(sizeof(PackedHead) == SnapshotBlockView::kHeadBytes);

// Where the parameters and the batch indices of a snapshot end.
struct PackedEnds {
  uint32_t parameters;
  uint32_t batch_indices;
};

template <typename Value>
void AppendValue(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <typename Value>
Value ValueAt(absl::string_view bytes, int64_t place) {
  Value value;
  std::memcpy(&value, bytes.data() + static_cast<size_t>(place) * sizeof(value), sizeof(value));
  return value;
}

void PackMetric(const std::optional<double>& metric, int number, PackedHead& packed) {
  packed.metrics[number] = metric.value_or(0.0);
  packed.set_metrics |= static_cast<uint32_t>(metric.has_value()) << number;
}

std::optional<double> UnpackMetric(const PackedHead& packed, int number) {
  if ((packed.set_metrics >> number & 1) == 0) return std::nullopt;
  return packed.metrics[number];
}

void AppendLarge(const BorrowedSnapshot& snapshot, std::string& parameters,
                 std::string& batch_indices) {
  parameters.append(snapshot.parameters.data(), snapshot.parameters.size());
  batch_indices.append(reinterpret_cast<const char*>(snapshot.batch_indices.data()),
                       snapshot.batch_indices.size() * sizeof(uint32_t));
}

void AppendEnds(absl::string_view parameters, absl::string_view batch_indices, std::string& ends) {
  AppendValue(ends, PackedEnds{static_cast<uint32_t>(parameters.size()),
                               static_cast<uint32_t>(batch_indices.size())});
}

PackedEnds EndsBefore(const SnapshotBlockView& block, int64_t place) {
  return place == 0 ? PackedEnds{0, 0} : ValueAt<PackedEnds>(block.ends, place - 1);
}

}  // namespace

bool SnapshotBlockView::HasWholeHeads() const {
  return count > 0 && heads.size() == static_cast<size_t>(count) * kHeadBytes;
}

bool SnapshotBlockView::HasWholeParameters() const {
  if (ends.size() != static_cast<size_t>(count) * sizeof(PackedEnds)) return false;
  PackedEnds before{0, 0};
  for (int64_t place = 0; place < count; ++place) {
    const auto end = ValueAt<PackedEnds>(ends, place);
    if (end.parameters < before.parameters || end.batch_indices < before.batch_indices ||
        end.batch_indices % sizeof(uint32_t) != 0) {
      return false;
    }
    before = end;
  }
  return before.parameters == parameters.size() && before.batch_indices == batch_indices.size();
}

SnapshotHead SnapshotBlockView::Head(int64_t index) const {
  const auto packed = ValueAt<PackedHead>(heads, index - first_index);
  return {.index = index,
          .step = packed.step,
          .instances = packed.instances,
          .epoch = packed.epoch,
          .metrics = {UnpackMetric(packed, 0), UnpackMetric(packed, 1), UnpackMetric(packed, 2),
                      UnpackMetric(packed, 3)},
          .create_time = absl::FromUnixMicros(packed.create_time_us),
          .parameters_crc32c = packed.parameters_crc32c};
}

BorrowedSnapshot SnapshotBlockView::Full(int64_t index) const {
  const PackedEnds begin = EndsBefore(*this, index - first_index);
  const auto end = ValueAt<PackedEnds>(ends, index - first_index);
  const absl::string_view batch =
      batch_indices.substr(begin.batch_indices, end.batch_indices - begin.batch_indices);
  return {Head(index),
          parameters.substr(begin.parameters, end.parameters - begin.parameters),
          {reinterpret_cast<const uint32_t*>(batch.data()), batch.size() / sizeof(uint32_t)}};
}

ThinnedBlock Thin(const SnapshotBlockView& block, absl::FunctionRef<bool(int64_t)> keeps) {
  ThinnedBlock thinned{.first_index = block.first_index, .count = block.count};
  for (int64_t index = block.first_index; index < block.end_index(); ++index) {
    const BorrowedSnapshot snapshot = block.Full(index);
    if (keeps(index)) {
      AppendLarge(snapshot, thinned.parameters, thinned.batch_indices);
    } else if (!snapshot.parameters.empty()) {
      ++thinned.dropped;
    }
    AppendEnds(thinned.parameters, thinned.batch_indices, thinned.ends);
  }
  return thinned;
}

bool SnapshotBlock::HasRoom(int64_t bytes) const {
  return count_ == 0 || size_bytes() + bytes <= kMaxBytes;
}

void SnapshotBlock::Add(const BorrowedSnapshot& snapshot) {
  PackedHead packed{.step = snapshot.step,
                    .instances = snapshot.instances,
                    .create_time_us = absl::ToUnixMicros(snapshot.create_time),
                    .metrics = {},
                    .epoch = snapshot.epoch,
                    .parameters_crc32c = snapshot.parameters_crc32c,
                    .set_metrics = 0,
                    .unused = 0};
  PackMetric(snapshot.metrics.validation_accuracy, 0, packed);
  PackMetric(snapshot.metrics.validation_loss, 1, packed);
  PackMetric(snapshot.metrics.training_accuracy, 2, packed);
  PackMetric(snapshot.metrics.training_loss, 3, packed);
  AppendValue(heads_, packed);
  AppendLarge(snapshot, parameters_, batch_indices_);
  AppendEnds(parameters_, batch_indices_, ends_);
  ++count_;
}

int64_t SnapshotBlock::size_bytes() const {
  return static_cast<int64_t>(heads_.size() + parameters_.size() + batch_indices_.size() +
                              ends_.size());
}

SnapshotBlockView SnapshotBlock::view() const {
  return {first_index_, count_, heads_, parameters_, batch_indices_, ends_};
}

}  // namespace percept::storage
