#ifndef PERCEPT_TESTS_SUPPORT_PICTURE_FILES_H_
#define PERCEPT_TESTS_SUPPORT_PICTURE_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include <png.h>

// Files that libpng and libjpeg-turbo write, to be read by what is tested.
namespace percept::testing {

// What libpng is to write. Rows are as the format has them: packed bits, big-endian 16 bits.
struct PngPicture {
  uint32_t width = 0;
  uint32_t height = 0;
  std::string rows;  // All of the rows, one after the other.
  int colour_type = PNG_COLOR_TYPE_GRAY;
  int bit_depth = 8;
  bool is_interlaced = false;
  std::vector<png_color> palette = {};
  std::vector<uint8_t> palette_opacity = {};
  std::optional<png_color_16> transparent = std::nullopt;  // The colour that is.
  std::optional<double> gamma = std::nullopt;
};

// Aborts where libpng refuses.
std::string WritePng(const PngPicture& picture);

// Grey, 8 bits, [height, width].
std::string WriteGreyPng(uint32_t height, uint32_t width, const std::vector<uint8_t>& pixels);

// A chunk with its length and checksum.
std::string PngChunk(absl::string_view type, absl::string_view contents);

// Puts a chunk before all others but the header.
std::string WithPngChunk(const std::string& png, absl::string_view chunk);

// Writes pixels [height, width, channels] with 1, 3 or 4 channels (grey, RGB, CMYK) as a JPEG file.
// Aborts where the library refuses.
std::string WriteJpeg(int height, int width, int channels, const std::vector<uint8_t>& pixels,
                      int quality = 95, bool is_progressive = false);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_PICTURE_FILES_H_
