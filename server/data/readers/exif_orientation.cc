#include "server/data/readers/exif_orientation.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace percept::data {
namespace {

constexpr int kUpright = 1;
constexpr uint16_t kOrientationTag = 0x0112;
constexpr uint16_t kShortType = 3;
constexpr size_t kEntryBytes = 12;

uint16_t BigEndian(absl::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[at]) << 8 |
                               static_cast<uint8_t>(bytes[at + 1]));
}

// Numbers of a TIFF structure, in the byte order that it begins with; 0 beyond its end.
class Tiff {
 public:
  explicit Tiff(absl::string_view bytes) : bytes_(bytes) {}

  bool is_tiff() const { return IsLittleEndian() || absl::StartsWith(bytes_, "MM"); }

  uint16_t Short(size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 2) return 0;
    const uint16_t value = BigEndian(bytes_, at);
    return IsLittleEndian() ? static_cast<uint16_t>(value << 8 | value >> 8) : value;
  }

  uint32_t Long(size_t at) const {
    const uint32_t first = Short(at);
    const uint32_t second = Short(at + 2);
    return IsLittleEndian() ? second << 16 | first : first << 16 | second;
  }

 private:
  bool IsLittleEndian() const { return absl::StartsWith(bytes_, "II"); }

  absl::string_view bytes_;
};

int OrientationOf(const Tiff& tiff) {
  if (!tiff.is_tiff()) return kUpright;
  const size_t directory = tiff.Long(4);
  const size_t entries = tiff.Short(directory);
  for (size_t number = 0; number < entries; ++number) {
    const size_t entry = directory + 2 + number * kEntryBytes;
    if (tiff.Short(entry) != kOrientationTag) continue;
    const int orientation = tiff.Short(entry + 8);
    const bool is_valid =
        tiff.Short(entry + 2) == kShortType && orientation >= 1 && orientation <= 8;
    return is_valid ? orientation : kUpright;
  }
  return kUpright;
}

}  // namespace

int ExifOrientation(absl::string_view jpeg) {
  size_t place = 2;  // After the start of the image.
  while (jpeg.size() >= place + 4 && jpeg[place] == '\xff') {
    const auto marker = static_cast<uint8_t>(jpeg[place + 1]);
    if (marker == 0xda) break;  // Pixels follow.
    const size_t length = BigEndian(jpeg, place + 2);
    absl::string_view segment = jpeg.substr(place + 4, std::max<size_t>(length, 2) - 2);
    if (marker == 0xe1 && absl::ConsumePrefix(&segment, absl::string_view("Exif\0\0", 6)))
      return OrientationOf(Tiff(segment));
    place += 2 + length;
  }
  return kUpright;
}

Image TurnedUpright(Image image, int orientation) {
  if (orientation == kUpright) return image;
  const bool is_transposed = orientation >= 5;
  // Of rows and columns as they are stored, before they change places.
  const bool rows_reversed =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool columns_reversed =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const ImageShape stored = image.shape;
  Image upright = {stored, {}};
  if (is_transposed) std::swap(upright.shape.height, upright.shape.width);
  upright.pixels.reserve(image.pixels.size());
  for (int32_t row = 0; row < upright.shape.height; ++row) {
    for (int32_t column = 0; column < upright.shape.width; ++column) {
      int32_t from_row = is_transposed ? column : row;
      int32_t from_column = is_transposed ? row : column;
      if (rows_reversed) from_row = stored.height - 1 - from_row;
      if (columns_reversed) from_column = stored.width - 1 - from_column;
      const auto first =
          image.pixels.begin() +
          (static_cast<std::ptrdiff_t>(from_row) * stored.width + from_column) * stored.channels;
      upright.pixels.insert(upright.pixels.end(), first, first + stored.channels);
    }
  }
  return upright;
}

}  // namespace percept::data
