#include <sstream>
#include <string>

#include "server/data/readers/csv_reader.h"
#include "tests/fuzz/properties.h"

// The input is a file; labels are looked for in its last column and in one named y.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace percept;
  for (const char* const label_column : {"", "y"}) {
    std::istringstream in(std::string(reinterpret_cast<const char*>(bytes), size));
    const auto dataset = data::ReadCsv({"file", in}, label_column, fuzz::Limits());
    if (dataset.ok()) {
      fuzz::CheckDataset(*dataset, fuzz::Limits());
    } else {
      fuzz::CheckRefusal(dataset.status(), "file: ");
    }
  }
  return 0;
}
