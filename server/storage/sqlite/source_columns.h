#ifndef PERCEPT_SERVER_STORAGE_SQLITE_SOURCE_COLUMNS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_SOURCE_COLUMNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/data/sources.h"

namespace percept::storage {

// The values by which kinds of sources are stored.
enum class SourceKind {
  kGenerator = 1,
  kBinary = 2,
  kDerived = 3,
  kNormalised = 4,
  kUpload = 5,
  kInstalled = 6
};

// The source of a data set, spread over the columns of its row. Members that its kind does not use
// are zero or unset.
struct SourceColumns {
  std::optional<SourceKind> kind;  // Unset in rows of version 1.
  int64_t generator = 0;
  int64_t train_per_class = 0;
  int64_t validation_per_class = 0;
  int64_t test_per_class = 0;
  uint64_t seed = 0;  // Of a generator or of a carving.
  std::string description;
  std::optional<std::string> from_dataset;
  std::optional<int32_t> positive_label;
  std::optional<int32_t> negative_label;
  std::optional<std::vector<std::string>> features;
  std::optional<double> nonfinite_replacement;
  std::optional<std::vector<std::string>> file_names;
  std::optional<data::UploadFormat> format;
  std::optional<std::string> label_column;
  std::optional<double> validation_fraction;
  std::optional<double> test_fraction;
};

// `Columns` is SourceColumns, const or not. As row.h says; those of version 1 go first, in the
// order that their checksums have them.
template <typename Row, typename Columns>
void VisitSourceColumns(Row& row, Columns& source) {
  row.Column("generator", source.generator);
  row.Column("train_per_class", source.train_per_class);
  row.Column("validation_per_class", source.validation_per_class);
  row.Column("test_per_class", source.test_per_class);
  row.Column("seed", source.seed);
  row.Column("description", source.description);
  row.Column("source", source.kind);
  row.Column("from_dataset", source.from_dataset);
  row.Column("positive_label", source.positive_label);
  row.Column("negative_label", source.negative_label);
  row.Column("features", source.features);
  row.Column("nonfinite_replacement", source.nonfinite_replacement);
  row.Column("file_names", source.file_names);
  row.Column("format", source.format);
  row.Column("label_column", source.label_column);
  row.Column("validation_fraction", source.validation_fraction);
  row.Column("test_fraction", source.test_fraction);
}

SourceColumns SpreadSource(const data::Source& source);

// Unset for a kind that is not known.
std::optional<data::Source> GatherSource(SourceColumns columns);

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_SOURCE_COLUMNS_H_
