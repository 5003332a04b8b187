#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include <zlib.h>

#include "server/data/readers/image_reader.h"
#include "tests/fuzz/properties.h"

namespace percept {
namespace {

constexpr int64_t kMaxPixels = 1 << 16;

void CheckRead(absl::string_view file) {
  const auto image = data::ReadImage(file, kMaxPixels);
  if (!image.ok()) {
    FUZZ_CHECK(absl::IsInvalidArgument(image.status()));
    fuzz::CheckRefusal(image.status(), "must ");
    return;
  }
  const int64_t pixels = int64_t{image->shape.height} * image->shape.width;
  FUZZ_CHECK(image->shape.height > 0 && image->shape.width > 0 && pixels <= kMaxPixels);
  FUZZ_CHECK(image->shape.channels == 1 || image->shape.channels == 3);
  FUZZ_CHECK(image->pixels.size() == static_cast<size_t>(pixels * image->shape.channels));
  FUZZ_CHECK(data::ReadImage(file, kMaxPixels)->pixels == image->pixels);
}

// A PNG file with right checksums, so that changed chunks come past them.
std::string WithChecksums(std::string png) {
  size_t chunk = 8;
  while (png.size() >= chunk + 12) {
    size_t size = 0;
    for (size_t place = chunk; place < chunk + 4; ++place)
      size = size << 8 | static_cast<uint8_t>(png[place]);
    if (size > png.size() - chunk - 12) break;
    const auto* checked = reinterpret_cast<const Bytef*>(png.data() + chunk + 4);
    const auto checksum = static_cast<uint32_t>(crc32_z(0, checked, size + 4));
    for (size_t place = 0; place < 4; ++place)
      png[chunk + 8 + size + place] = static_cast<char>(checksum >> (24 - 8 * place));
    chunk += size + 12;
  }
  return png;
}

}  // namespace
}  // namespace percept

// The input is a file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace percept;
  const std::string file(reinterpret_cast<const char*>(bytes), size);
  CheckRead(file);
  if (absl::StartsWith(file, "\x89PNG")) CheckRead(WithChecksums(file));
  return 0;
}
