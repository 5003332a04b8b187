#include "server/data/readers/csv_reader.h"

namespace percept::data {

absl::StatusOr<Dataset> ReadCsv(const InputFile& file, absl::string_view /*label_column*/,
                                const ReadLimits& /*limits*/) {
  return absl::UnimplementedError(file.name);
}

}  // namespace percept::data
