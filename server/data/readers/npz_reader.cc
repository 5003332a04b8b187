#include "server/data/readers/npz_reader.h"

namespace percept::data {

absl::StatusOr<Dataset> ReadNpz(const InputFile& file, const ReadLimits& /*limits*/) {
  return absl::UnimplementedError(file.name);
}

}  // namespace percept::data
