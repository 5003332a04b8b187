#ifndef PERCEPT_SERVER_DATA_SOURCES_H_
#define PERCEPT_SERVER_DATA_SOURCES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/data/generators/generator.h"

// Where the examples of a data set come from. Rules and defaults stand in
// proto/percept/v1/dataset.proto. Data sets are named by their ids.
namespace percept::data {

// Two classes of another set.
struct BinarySource {
  std::string dataset;
  int32_t positive_label = 0;
  int32_t negative_label = 0;

  bool operator==(const BinarySource&) const = default;
};

// Feature expressions over another set.
struct DerivedSource {
  std::string dataset;
  std::vector<std::string> features;
  std::optional<double> nonfinite_replacement;

  bool operator==(const DerivedSource&) const = default;
};

// Another set with columns shifted and scaled.
struct NormalisedSource {
  std::string dataset;

  bool operator==(const NormalisedSource&) const = default;
};

enum class UploadFormat { kNpz = 1, kCsv = 2, kIdx = 3 };

// Files sent by a client, and how they were read.
struct UploadSource {
  std::vector<std::string> file_names;
  UploadFormat format = UploadFormat::kNpz;
  std::string label_column;          // CSV; empty for the last.
  double validation_fraction = 0.0;  // Carved off the training examples.
  double test_fraction = 0.0;
  uint64_t seed = 0;  // Of the carving.

  bool operator==(const UploadSource&) const = default;
};

// Installed beside the server.
struct InstalledSource {
  std::string description;

  bool operator==(const InstalledSource&) const = default;
};

using Source = std::variant<GeneratorSource, BinarySource, DerivedSource, NormalisedSource,
                            UploadSource, InstalledSource>;

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_SOURCES_H_
