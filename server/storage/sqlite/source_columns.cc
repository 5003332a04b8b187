#include "server/storage/sqlite/source_columns.h"

#include <utility>
#include <variant>

namespace percept::storage {
namespace {

// Fills in the columns of one kind.
struct Spreader {
  SourceColumns& columns;

  void operator()(const data::GeneratorSource& source) const {
    columns.kind = SourceKind::kGenerator;
    columns.generator = static_cast<int64_t>(source.generator);
    columns.train_per_class = source.train_per_class;
    columns.validation_per_class = source.validation_per_class;
    columns.test_per_class = source.test_per_class;
    columns.seed = source.seed;
  }
  void operator()(const data::BinarySource& source) const {
    columns.kind = SourceKind::kBinary;
    columns.from_dataset = source.dataset;
    columns.positive_label = source.positive_label;
    columns.negative_label = source.negative_label;
  }
  void operator()(const data::DerivedSource& source) const {
    columns.kind = SourceKind::kDerived;
    columns.from_dataset = source.dataset;
    columns.features = source.features;
    columns.nonfinite_replacement = source.nonfinite_replacement;
  }
  void operator()(const data::NormalisedSource& source) const {
    columns.kind = SourceKind::kNormalised;
    columns.from_dataset = source.dataset;
  }
  void operator()(const data::UploadSource& source) const {
    columns.kind = SourceKind::kUpload;
    columns.file_names = source.file_names;
    columns.format = source.format;
    columns.label_column = source.label_column;
    columns.validation_fraction = source.validation_fraction;
    columns.test_fraction = source.test_fraction;
    columns.seed = source.seed;
  }
  void operator()(const data::InstalledSource& source) const {
    columns.kind = SourceKind::kInstalled;
    columns.description = source.description;
  }
};

// Takes the value out; its default where there is none.
template <typename Value>
Value Take(std::optional<Value>& value) {
  return std::move(value).value_or(Value());
}

}  // namespace

SourceColumns SpreadSource(const data::Source& source) {
  SourceColumns columns;
  std::visit(Spreader{columns}, source);
  return columns;
}

std::optional<data::Source> GatherSource(SourceColumns columns) {
  // Version 1 had these two alone.
  const SourceKind kind_of_version_1 =
      columns.generator != 0 ? SourceKind::kGenerator : SourceKind::kInstalled;
  switch (columns.kind.value_or(kind_of_version_1)) {
    case SourceKind::kGenerator:
      return data::GeneratorSource{static_cast<data::GeneratorKind>(columns.generator),
                                   columns.train_per_class, columns.validation_per_class,
                                   columns.test_per_class, columns.seed};
    case SourceKind::kBinary:
      return data::BinarySource{Take(columns.from_dataset), Take(columns.positive_label),
                                Take(columns.negative_label)};
    case SourceKind::kDerived:
      return data::DerivedSource{Take(columns.from_dataset), Take(columns.features),
                                 columns.nonfinite_replacement};
    case SourceKind::kNormalised:
      return data::NormalisedSource{Take(columns.from_dataset)};
    case SourceKind::kUpload:
      return data::UploadSource{
          Take(columns.file_names),    columns.format.value_or(data::UploadFormat::kNpz),
          Take(columns.label_column),  Take(columns.validation_fraction),
          Take(columns.test_fraction), columns.seed};
    case SourceKind::kInstalled:
      return data::InstalledSource{std::move(columns.description)};
  }
  return std::nullopt;
}

}  // namespace percept::storage
