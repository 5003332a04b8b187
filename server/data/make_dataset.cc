#include "server/data/make_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "server/data/expression.h"
#include "server/data/generators/generator.h"
#include "server/data/transforms.h"

namespace percept::data {
namespace {

constexpr size_t kMaxIdLength = 63;
constexpr char kGeneratorField[] = "dataset.generator";
constexpr char kBinaryField[] = "dataset.binary";
constexpr char kDerivedField[] = "dataset.derived";
constexpr char kNormalisedField[] = "dataset.normalised";

// One function for each kind of source.
template <typename... Functions>
struct ForEachSource : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
ForEachSource(Functions...) -> ForEachSource<Functions...>;

bool IsValidId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdLength ||
      !absl::ascii_islower(static_cast<unsigned char>(id[0])))
    return false;
  return std::all_of(id.begin(), id.end(), [](char character) {
    const auto byte = static_cast<unsigned char>(character);
    return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || character == '-';
  });
}

void CheckOrigin(const Source& source, FieldViolations& violations) {
  const Origin origin = OriginOf(source);
  if (!IsValidId(origin.dataset))
    violations.Add(origin.field, "must name a data set", Quoted(origin.dataset));
}

void CheckDerived(const DerivedSource& source, FieldViolations& violations) {
  if (source.features.empty() || source.features.size() > kMaxFeatures) {
    violations.Add(absl::StrCat(kDerivedField, ".features"),
                   absl::StrCat("must be 1 to ", kMaxFeatures, " expressions"),
                   source.features.size());
  }
  constexpr double kMost = std::numeric_limits<float>::max();
  if (source.nonfinite_replacement.has_value()) {
    violations.CheckRange(absl::StrCat(kDerivedField, ".nonfinite_replacement"),
                          *source.nonfinite_replacement, -kMost, kMost);
  }
}

void RefuseSource(FieldViolations& violations) {
  violations.Add("dataset.source", "must be generator, binary, derived or normalised");
}

int64_t CountRows(const Dataset& dataset) {
  int64_t rows = 0;
  for (const Split& split : dataset.splits) rows += split.examples;
  return rows;
}

// Memory that rows of floats take, with their labels.
int64_t DenseBytes(int64_t rows, int64_t inputs) {
  return rows *
         (inputs * static_cast<int64_t>(sizeof(float)) + static_cast<int64_t>(sizeof(int32_t)));
}

absl::StatusOr<Dataset> MakeGenerated(const GeneratorSource& source, const MakeLimits& limits) {
  const Generator& generator = *FindGenerator(source.generator);
  const int64_t rows = generator.classes * (source.train_per_class + source.validation_per_class +
                                            source.test_per_class);
  PERCEPT_RETURN_IF_ERROR(
      CheckContentSize(kGeneratorField, DenseBytes(rows, generator.inputs), limits.content_bytes));
  return Generate(source);
}

absl::StatusOr<std::vector<Expression>> ParseFeatures(const DerivedSource& source, int32_t inputs) {
  std::vector<Expression> features;
  FieldViolations violations;
  for (size_t place = 0; place < source.features.size(); ++place) {
    absl::StatusOr<Expression> feature = Expression::Parse(source.features[place], inputs);
    if (feature.ok()) {
      features.push_back(*std::move(feature));
    } else {
      violations.Add(absl::StrCat(kDerivedField, ".features[", place, "]"),
                     feature.status().message());
    }
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  return features;
}

absl::StatusOr<Dataset> MakeDerived(const DerivedSource& source, const Dataset& origin,
                                    const MakeLimits& limits) {
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<Expression> features,
                           ParseFeatures(source, origin.inputs));
  const int64_t rows = CountRows(origin);
  PERCEPT_RETURN_IF_ERROR(CheckContentSize(kDerivedField,
                                           DenseBytes(rows, static_cast<int64_t>(features.size())),
                                           limits.content_bytes));
  int64_t cost = 0;
  for (const Expression& feature : features) cost += feature.cost();
  if (cost > limits.feature_operations / std::max<int64_t>(rows, 1)) {
    return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                          kDerivedField, ".features: must take at most ", limits.feature_operations,
                          " operations in all, got ", cost, " for each of ", rows, " examples")),
                      "DATASET_TOO_COSTLY");
  }
  return ComputeFeatures(origin, features, source.nonfinite_replacement, kDerivedField);
}

absl::StatusOr<Dataset> MakeNormalised(const Dataset& origin, const MakeLimits& limits) {
  PERCEPT_RETURN_IF_ERROR(CheckContentSize(
      kNormalisedField, DenseBytes(CountRows(origin), origin.inputs), limits.content_bytes));
  return Normalise(origin, kNormalisedField);
}

absl::Status NotMade() {
  FieldViolations violations;
  RefuseSource(violations);
  return violations.ToStatus();
}

}  // namespace

void CheckDatasetId(absl::string_view field, absl::string_view id, FieldViolations& violations) {
  if (!IsValidId(id)) violations.Add(field, "must match [a-z][a-z0-9-]{0,62}", id);
}

void CheckSource(const Source& source, FieldViolations& violations) {
  if (!OriginOf(source).field.empty()) CheckOrigin(source, violations);
  std::visit(ForEachSource{[&](const GeneratorSource& generator) {
                             CheckGeneratorSource(generator, kGeneratorField, violations);
                           },
                           [&](const DerivedSource& derived) { CheckDerived(derived, violations); },
                           [](const BinarySource&) {}, [](const NormalisedSource&) {},
                           [&](const UploadSource&) { RefuseSource(violations); },
                           [&](const InstalledSource&) { RefuseSource(violations); }},
             source);
}

Origin OriginOf(const Source& source) {
  return std::visit(
      ForEachSource{[](const BinarySource& binary) {
                      return Origin{binary.dataset, absl::StrCat(kBinaryField, ".dataset")};
                    },
                    [](const DerivedSource& derived) {
                      return Origin{derived.dataset, absl::StrCat(kDerivedField, ".dataset")};
                    },
                    [](const NormalisedSource& normalised) {
                      return Origin{normalised.dataset, absl::StrCat(kNormalisedField, ".dataset")};
                    },
                    [](const auto&) { return Origin{}; }},
      source);
}

absl::Status CheckContentSize(absl::string_view field, int64_t size_bytes, int64_t limit_bytes) {
  if (size_bytes <= limit_bytes) return absl::OkStatus();
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(field, ": must take at most ", limit_bytes,
                                                " bytes in memory, would take ", size_bytes)),
      "DATASET_TOO_LARGE");
}

absl::StatusOr<Dataset> MakeDataset(const Source& source, const Dataset* origin,
                                    const MakeLimits& limits) {
  using Made = absl::StatusOr<Dataset>;
  return std::visit(
      ForEachSource{
          [&](const GeneratorSource& generator) { return MakeGenerated(generator, limits); },
          [&](const BinarySource& binary) {
            return TakeTwoClasses(*origin, binary.positive_label, binary.negative_label,
                                  kBinaryField);
          },
          [&](const DerivedSource& derived) { return MakeDerived(derived, *origin, limits); },
          [&](const NormalisedSource&) { return MakeNormalised(*origin, limits); },
          [](const auto&) { return Made(NotMade()); }},
      source);
}

}  // namespace percept::data
