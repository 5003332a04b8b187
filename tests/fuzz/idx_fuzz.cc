#include <algorithm>
#include <list>
#include <sstream>
#include <string>
#include <vector>

#include "server/data/readers/idx_reader.h"
#include "tests/fuzz/properties.h"

// The input is a number of files (an odd byte for four, another for two), the lengths of all but
// the last in two bytes each, the lower one first, and the files.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace percept;
  if (size == 0) return 0;
  const size_t count = bytes[0] % 2 == 1 ? 4 : 2;
  const size_t header = 1 + 2 * (count - 1);
  if (size < header) return 0;
  std::list<std::istringstream> streams;
  std::vector<data::InputFile> files;
  size_t place = header;
  for (size_t number = 0; number < count; ++number) {
    size_t length = size - place;
    if (number + 1 < count) {
      length = std::min<size_t>(length, bytes[1 + 2 * number] | bytes[2 + 2 * number] << 8);
    }
    streams.emplace_back(std::string(reinterpret_cast<const char*>(bytes) + place, length));
    files.push_back({"file", streams.back()});
    place += length;
  }
  const auto dataset = data::ReadIdxDataset(files, fuzz::Limits());
  if (!dataset.ok()) {
    fuzz::CheckRefusal(dataset.status(), "file");
    return 0;
  }
  fuzz::CheckDataset(*dataset, fuzz::Limits());
  FUZZ_CHECK(dataset->is_sparse && dataset->image_shape.has_value());
  return 0;
}
