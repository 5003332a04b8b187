#include "server/data/readers/npz_reader.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "server/base/status.h"
#include "server/data/readers/npy_header.h"
#include "server/data/readers/stored_array.h"
#include "server/data/readers/zip_reader.h"

namespace percept::data {
namespace {

constexpr absl::string_view kSuffix = ".npy";
constexpr absl::string_view kKnownArrays =
    "x_train, y_train, x_validation, y_validation, x_test, y_test, data and target";

struct ArrayNames {
  SplitKind kind;
  const char* inputs;
  const char* labels;
};

constexpr ArrayNames kSplits[] = {
    {SplitKind::kTrain, "x_train", "y_train"},
    {SplitKind::kTrain, "data", "target"},
    {SplitKind::kValidation, "x_validation", "y_validation"},
    {SplitKind::kTest, "x_test", "y_test"},
};

bool IsKnown(absl::string_view name) {
  return std::any_of(std::begin(kSplits), std::end(kSplits), [name](const ArrayNames& names) {
    return name == names.inputs || name == names.labels;
  });
}

// The arrays of one split.
struct SplitArrays {
  SplitKind kind;
  StoredArray inputs;
  StoredArray labels;
};

// Reads one archive.
class NpzReader {
 public:
  NpzReader(const InputFile& file, const ReadLimits& limits) : file_(file), limits_(limits) {}

  absl::StatusOr<Dataset> Read() {
    PERCEPT_RETURN_IF_ERROR(
        ReadZipDirectory(file_, [this](const ZipMember& member) { return AddMember(member); }));
    PERCEPT_RETURN_IF_ERROR(CheckNames());
    std::vector<SplitArrays> splits;
    for (const ArrayNames& names : kSplits) {
      if (members_.count(names.inputs) == 0) continue;
      SplitArrays split = {names.kind, {}, {}};
      PERCEPT_ASSIGN_OR_RETURN(split.inputs,
                               OpenInputs(file_, members_.at(names.inputs), names.inputs));
      PERCEPT_ASSIGN_OR_RETURN(split.labels,
                               OpenLabels(file_, members_.at(names.labels), names.labels));
      splits.push_back(std::move(split));
    }
    for (const SplitArrays& split : splits) {
      PERCEPT_RETURN_IF_ERROR(CheckSplit(split, splits.front()));
    }
    Dataset dataset;
    const StoredArray& train = splits.front().inputs;
    dataset.inputs = static_cast<int32_t>(train.columns);
    dataset.is_sparse = train.type == ElementType::kUint8;
    dataset.image_shape = ImageShapeOf(train);
    for (SplitArrays& split : splits) PERCEPT_RETURN_IF_ERROR(ReadSplit(split, dataset));
    PERCEPT_RETURN_IF_ERROR(SetClasses(file_.name, dataset));
    return dataset;
  }

 private:
  absl::Status Refuse(absl::string_view rule) const {
    return absl::InvalidArgumentError(absl::StrCat(file_.name, ": ", rule));
  }

  absl::Status AddMember(const ZipMember& member) {
    absl::string_view name = member.name;
    if (!absl::ConsumeSuffix(&name, kSuffix) || !IsKnown(name)) {
      return Refuse(absl::StrCat("must hold only the arrays ", kKnownArrays, " (as .npy), got ",
                                 QuotedBytes(member.name)));
    }
    if (!members_.emplace(std::string(name), member).second)
      return Refuse(absl::StrCat("must hold ", name, " once, but holds it twice"));
    decompressed_bytes_ += member.size;
    return CheckDecompressedSize(file_.name, decompressed_bytes_, limits_);
  }

  absl::Status CheckNames() const {
    const bool has_train = members_.count("x_train") + members_.count("y_train") > 0;
    const bool has_data = members_.count("data") + members_.count("target") > 0;
    if (has_train && has_data)
      return Refuse("must hold either x_train and y_train or data and target, got arrays of both");
    if (!has_train && !has_data)
      return Refuse("must hold x_train and y_train, or data and target, got neither");
    for (const ArrayNames& names : kSplits) {
      const bool has_inputs = members_.count(names.inputs) > 0;
      if (has_inputs == (members_.count(names.labels) > 0)) continue;
      return Refuse(absl::StrCat("must hold both ", names.inputs, " and ", names.labels,
                                 ", got only ", has_inputs ? names.inputs : names.labels));
    }
    return absl::OkStatus();
  }

  // Against its own labels and the split of training.
  absl::Status CheckSplit(const SplitArrays& split, const SplitArrays& train) const {
    const StoredArray& inputs = split.inputs;
    if (inputs.rows != split.labels.rows) {
      return RefuseArray(split.labels,
                         absl::StrCat("must have a label for each of the ", inputs.rows,
                                      " examples, got ", split.labels.rows));
    }
    if (split.kind == SplitKind::kTrain && inputs.rows == 0)
      return RefuseArray(inputs, "must have examples, got none");
    if (inputs.type != train.inputs.type) {
      return RefuseArray(
          inputs, absl::StrCat("must be of the type of training, ", train.inputs.header.descr,
                               ", got ", inputs.header.descr));
    }
    if (inputs.columns != train.inputs.columns ||
        ImageShapeOf(inputs) != ImageShapeOf(train.inputs)) {
      return RefuseArray(inputs, absl::StrCat("must have examples of the shape of training, ",
                                              ShapeText(train.inputs.header.shape), ", got ",
                                              ShapeText(inputs.header.shape)));
    }
    return absl::OkStatus();
  }

  absl::Status ReadSplit(SplitArrays& arrays, Dataset& dataset) {
    Split& split = dataset.split(arrays.kind);
    StoredArray& inputs = arrays.inputs;
    // What the data set takes at the least with this split.
    const int64_t label_bytes = inputs.rows * static_cast<int64_t>(sizeof(int32_t));
    const int64_t dense_bytes =
        dataset.is_sparse ? 0 : inputs.rows * inputs.columns * static_cast<int64_t>(sizeof(float));
    const int64_t left = limits_.content_bytes - dataset.size_bytes() - label_bytes - dense_bytes;
    if (left < 0) return TooLargeForMemory(inputs.where, limits_);

    const bool is_train = arrays.kind == SplitKind::kTrain;
    PERCEPT_ASSIGN_OR_RETURN(split.labels,
                             ReadLabels(arrays.labels, is_train ? kMaxClasses : classes_,
                                        is_train ? "" : ", as in training"));
    if (is_train) classes_ = *std::max_element(split.labels.begin(), split.labels.end()) + 1;
    if (dataset.is_sparse) {
      PERCEPT_ASSIGN_OR_RETURN(split.sparse, ReadBytes(inputs, left, limits_));
    } else {
      PERCEPT_ASSIGN_OR_RETURN(split.dense, ReadFloats(inputs));
    }
    split.examples = inputs.rows;
    return absl::OkStatus();
  }

  const InputFile& file_;
  const ReadLimits limits_;
  std::map<std::string, ZipMember> members_;  // By name, without .npy.
  int64_t decompressed_bytes_ = 0;
  int32_t classes_ = 0;  // Known once the labels of training are read.
};

}  // namespace

absl::StatusOr<Dataset> ReadNpz(const InputFile& file, const ReadLimits& limits) {
  return NpzReader(file, limits).Read();
}

}  // namespace percept::data
