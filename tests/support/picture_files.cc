#include "tests/support/picture_files.h"

#include <turbojpeg.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include <zlib.h>

namespace percept::testing {
namespace {

constexpr size_t kHeaderEnd = 8 + 25;  // Signature and IHDR.

[[noreturn]] void Refuse(png_structp, png_const_charp message) {
  std::fprintf(stderr, "libpng: %s\n", message);
  std::abort();
}

void Append(png_structp png, png_bytep bytes, size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(bytes), size);
}

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

}  // namespace

std::string WritePng(const PngPicture& picture) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, Refuse, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, Append, nullptr);
  png_set_IHDR(png, info, picture.width, picture.height, picture.bit_depth, picture.colour_type,
               picture.is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!picture.palette.empty())
    png_set_PLTE(png, info, picture.palette.data(), static_cast<int>(picture.palette.size()));
  if (!picture.palette_opacity.empty()) {
    png_set_tRNS(png, info, picture.palette_opacity.data(),
                 static_cast<int>(picture.palette_opacity.size()), nullptr);
  }
  if (picture.transparent.has_value()) png_set_tRNS(png, info, nullptr, 0, &*picture.transparent);
  if (picture.gamma.has_value()) png_set_gAMA(png, info, *picture.gamma);
  png_write_info(png, info);
  const size_t row_bytes = png_get_rowbytes(png, info);
  if (picture.rows.size() != row_bytes * picture.height) {
    std::fprintf(stderr, "%zu bytes of rows, not %zu\n", picture.rows.size(),
                 row_bytes * picture.height);
    std::abort();
  }
  std::vector<png_bytep> rows;
  for (uint32_t row = 0; row < picture.height; ++row) {
    const char* bytes = picture.rows.data() + row * row_bytes;
    rows.push_back(reinterpret_cast<png_bytep>(const_cast<char*>(bytes)));
  }
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::string WriteGreyPng(uint32_t height, uint32_t width, const std::vector<uint8_t>& pixels) {
  return WritePng(
      {.width = width, .height = height, .rows = std::string(pixels.begin(), pixels.end())});
}

std::string PngChunk(absl::string_view type, absl::string_view contents) {
  const std::string checked = absl::StrCat(type, contents);
  const uLong checksum = crc32_z(0, reinterpret_cast<const Bytef*>(checked.data()), checked.size());
  return absl::StrCat(BigEndian(static_cast<uint32_t>(contents.size())), checked,
                      BigEndian(static_cast<uint32_t>(checksum)));
}

std::string WithPngChunk(const std::string& png, absl::string_view chunk) {
  return absl::StrCat(png.substr(0, kHeaderEnd), chunk, png.substr(kHeaderEnd));
}

std::string WriteJpeg(int height, int width, int channels, const std::vector<uint8_t>& pixels,
                      int quality, bool is_progressive) {
  const int format = channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_CMYK;
  tjhandle jpeg = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  if (tjCompress2(jpeg, pixels.data(), width, 0, height, format, &bytes, &size,
                  channels == 1 ? TJSAMP_GRAY : TJSAMP_444, quality,
                  is_progressive ? TJFLAG_PROGRESSIVE : 0) != 0) {
    std::fprintf(stderr, "libjpeg-turbo: %s\n", tjGetErrorStr2(jpeg));
    std::abort();
  }
  std::string file(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(jpeg);
  return file;
}

}  // namespace percept::testing
