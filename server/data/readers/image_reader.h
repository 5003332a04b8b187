#ifndef PERCEPT_SERVER_DATA_READERS_IMAGE_READER_H_
#define PERCEPT_SERVER_DATA_READERS_IMAGE_READER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/image.h"

namespace percept::data {

// Pixels a picture may have, at most.
inline constexpr int64_t kMaxImagePixels = 16'000'000;

// Reads a PNG or JPEG file, told apart by how they begin.
//
//   PNG    grey, palette or RGB, 1 to 16 bits a channel, interlaced or not; 16 bits become 8. What
//          is transparent shows white behind it, mixed in sRGB as browsers do. Colour profiles and
//          gamma are not looked at.
//   JPEG   grey, YCbCr or RGB, baseline or progressive. How a camera was held (EXIF) is not looked
//          at.
//
// Takes memory for at most `max_pixels` of 7 bytes and a copy of the file, which is checked before
// a pixel is decoded. InvalidArgument, with a rule and what broke it: another format; more pixels;
// a JPEG in CMYK or with more than 64 scans; a file that is damaged or cut short, however slightly.
// Whatever the bytes, it ends with one or the other.
absl::StatusOr<Image> ReadImage(absl::string_view bytes, int64_t max_pixels = kMaxImagePixels);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_IMAGE_READER_H_
