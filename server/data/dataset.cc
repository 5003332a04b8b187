#include "server/data/dataset.h"

#include <bit>

#include "server/base/digest.h"

namespace percept::data {
namespace {

// Numbers are digested as they lie in memory.
static_assert(std::endian::native == std::endian::little,
              "the digest is defined over little-endian numbers");

template <typename Item>
int64_t SizeBytes(const std::vector<Item>& items) {
  return static_cast<int64_t>(items.size() * sizeof(Item));
}

template <typename Value>
void UpdateValue(Sha256& digest, Value value) {
  digest.Update({reinterpret_cast<const char*>(&value), sizeof(value)});
}

template <typename Item>
void UpdateItems(Sha256& digest, const std::vector<Item>& items) {
  UpdateValue<uint64_t>(digest, items.size());
  digest.Update({reinterpret_cast<const char*>(items.data()), items.size() * sizeof(Item)});
}

}  // namespace

const char* SplitName(SplitKind kind) {
  switch (kind) {
    case SplitKind::kTrain:
      return "train";
    case SplitKind::kValidation:
      return "validation";
    case SplitKind::kTest:
      return "test";
  }
  return "unknown";
}

int64_t Dataset::size_bytes() const {
  int64_t size = 0;
  for (const Split& split : splits) {
    size += SizeBytes(split.dense) + SizeBytes(split.labels);
    if (is_sparse) {
      size += SizeBytes(split.sparse.row_start) + SizeBytes(split.sparse.columns) +
              SizeBytes(split.sparse.values);
    }
  }
  return size;
}

std::string ContentDigest(const Dataset& dataset) {
  Sha256 digest;
  digest.Update(dataset.is_sparse ? "percept dataset 1 sparse\n" : "percept dataset 1 dense\n");
  UpdateValue(digest, dataset.inputs);
  UpdateValue(digest, dataset.classes);
  const ImageShape shape = dataset.image_shape.value_or(ImageShape{});
  UpdateValue(digest, shape.height);
  UpdateValue(digest, shape.width);
  UpdateValue(digest, shape.channels);
  for (const Split& split : dataset.splits) {
    UpdateValue(digest, split.examples);
    UpdateItems(digest, split.labels);
    if (dataset.is_sparse) {
      UpdateItems(digest, split.sparse.row_start);
      UpdateItems(digest, split.sparse.columns);
      UpdateItems(digest, split.sparse.values);
    } else {
      UpdateItems(digest, split.dense);
    }
  }
  return digest.HexDigest();
}

}  // namespace percept::data
