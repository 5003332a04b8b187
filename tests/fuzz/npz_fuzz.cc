#include <algorithm>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include <zlib.h>

#include "server/data/npz_writer.h"
#include "server/data/readers/npz_reader.h"
#include "server/data/zip_format.h"
#include "tests/fuzz/properties.h"

namespace percept {
namespace {

constexpr const char* kNames[] = {"x_train.npy",      "y_train.npy", "x_validation.npy",
                                  "y_validation.npy", "x_test.npy",  "y_test.npy",
                                  "data.npy",         "target.npy"};

std::string Fields(const std::string& bytes, size_t name_size) {
  std::string fields;
  for (const uint16_t value :
       {uint16_t{20}, uint16_t{0}, data::kZipStored, uint16_t{0}, uint16_t{33}}) {
    data::AppendShort(value, fields);
  }
  data::AppendLong(
      static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())),
      fields);
  data::AppendLong(static_cast<uint32_t>(bytes.size()), fields);
  data::AppendLong(static_cast<uint32_t>(bytes.size()), fields);
  data::AppendShort(static_cast<uint16_t>(name_size), fields);
  data::AppendShort(0, fields);
  return fields;
}

// An archive with right checksums, so that changed arrays come past them. The input is a sequence
// of arrays: a byte for the name, two for the length, the lower one first, and the .npy file.
std::string Archive(absl::string_view input) {
  std::string archive;
  std::string directory;
  uint16_t members = 0;
  while (input.size() >= 3) {
    const std::string name = kNames[static_cast<uint8_t>(input[0]) % std::size(kNames)];
    const std::string bytes(input.substr(3, data::LoadShort(input, 1)));
    input.remove_prefix(3 + bytes.size());
    data::AppendLong(data::kZipDirectorySignature, directory);
    data::AppendShort(20, directory);
    directory += Fields(bytes, name.size()) + std::string(10, '\0');
    data::AppendLong(static_cast<uint32_t>(archive.size()), directory);
    directory += name;
    data::AppendLong(data::kZipLocalSignature, archive);
    archive += Fields(bytes, name.size()) + name + bytes;
    ++members;
  }
  const auto offset = static_cast<uint32_t>(archive.size());
  archive += directory;
  data::AppendLong(data::kZipEndSignature, archive);
  data::AppendLong(0, archive);
  data::AppendShort(members, archive);
  data::AppendShort(members, archive);
  data::AppendLong(static_cast<uint32_t>(directory.size()), archive);
  data::AppendLong(offset, archive);
  data::AppendShort(0, archive);
  return archive;
}

}  // namespace
}  // namespace percept

// The input is an archive where it begins like one, else what one is made of.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace percept;
  const absl::string_view input(reinterpret_cast<const char*>(bytes), size);
  std::istringstream in(absl::StartsWith(input, "PK") ? std::string(input) : Archive(input));
  const auto dataset = data::ReadNpz({"file", in}, fuzz::Limits());
  if (!dataset.ok()) {
    fuzz::CheckRefusal(dataset.status(), "file: ");
    return 0;
  }
  fuzz::CheckDataset(*dataset, fuzz::Limits());

  // Writing it and reading it again changes nothing.
  const auto archive = data::WriteDatasetNpz(*dataset, /*include_test=*/true);
  FUZZ_CHECK(archive.ok());
  std::istringstream written(*archive);
  const auto again = data::ReadNpz({"file", written}, data::ReadLimits());
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(data::ContentDigest(*again) == data::ContentDigest(*dataset));
  return 0;
}
