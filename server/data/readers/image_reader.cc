#include "server/data/readers/image_reader.h"

#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <png.h>

#include "server/base/status.h"

// Neither library jumps out of a function of ours: libpng's simplified interface and TurboJPEG
// catch their own errors and return a code.
namespace percept::data {
namespace {

constexpr absl::string_view kPngSignature = "\x89PNG\r\n\x1a\n";
constexpr absl::string_view kJpegSignature = "\xff\xd8\xff";

// Files of a few kilobytes could otherwise ask for hours of passes over large pictures.
constexpr int kMaxScans = 64;
constexpr absl::string_view kStartOfScan = "\xff\xda";

absl::Status Damaged(absl::string_view format, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("must be a whole and undamaged ", format, " file, got one where: ", why));
}

absl::Status CheckSize(int64_t height, int64_t width, int64_t max_pixels) {
  if (height > 0 && width > 0 && height <= max_pixels / width) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("must have 1 to ", max_pixels, " pixels, got ", width, " x ", height));
}

Image MakeImage(int64_t height, int64_t width, int32_t channels) {
  Image image;
  image.shape = {static_cast<int32_t>(height), static_cast<int32_t>(width), channels};
  image.pixels.resize(static_cast<size_t>(height * width * channels));
  return image;
}

// Lays pixels [N, channels + 1], the last being how opaque they are, over white: [N, channels].
void LayOverWhite(const std::vector<uint8_t>& pixels, int32_t channels, std::vector<uint8_t>& out) {
  size_t place = 0;
  for (size_t pixel = 0; pixel < pixels.size(); pixel += static_cast<size_t>(channels) + 1) {
    const int opacity = pixels[pixel + static_cast<size_t>(channels)];
    for (int32_t channel = 0; channel < channels; ++channel) {
      const int value = pixels[pixel + static_cast<size_t>(channel)];
      out[place++] = static_cast<uint8_t>((value * opacity + 255 * (255 - opacity) + 127) / 255);
    }
  }
}

uint32_t LoadBigEndian(const char* bytes) {
  uint32_t value = 0;
  for (int place = 0; place < 4; ++place) value = value << 8 | static_cast<uint8_t>(bytes[place]);
  return value;
}

// The chunks of a PNG file that say what its pixels are. Texts and profiles, of which a small file
// can unpack gigabytes, never reach the decoder; nor do colour spaces, so that 8 bits are taken as
// they are. What is no chunk is left for the decoder to refuse.
std::string PixelChunks(absl::string_view bytes) {
  constexpr size_t kOverhead = 12;  // Length, type and checksum.
  std::string kept(kPngSignature);
  bytes.remove_prefix(kPngSignature.size());
  while (bytes.size() >= kOverhead) {
    const size_t size = kOverhead + LoadBigEndian(bytes.data());
    const absl::string_view type = bytes.substr(4, 4);
    const bool is_critical = (type[0] & 0x20) == 0;
    if (is_critical || type == "tRNS") absl::StrAppend(&kept, bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
  }
  return kept;
}

absl::StatusOr<Image> ReadPng(absl::string_view file, int64_t max_pixels) {
  const std::string bytes = PixelChunks(file);
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  const auto free_png = absl::MakeCleanup([&png] { png_image_free(&png); });
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0)
    return Damaged("PNG", png.message);
  PERCEPT_RETURN_IF_ERROR(CheckSize(png.height, png.width, max_pixels));

  const int32_t channels = (png.format & PNG_FORMAT_FLAG_COLOR) != 0 ? 3 : 1;
  const bool has_opacity = (png.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  png.format =
      (channels == 3 ? PNG_FORMAT_FLAG_COLOR : 0u) | (has_opacity ? PNG_FORMAT_FLAG_ALPHA : 0u);
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  Image image = MakeImage(png.height, png.width, channels);
  std::vector<uint8_t> with_opacity;
  if (has_opacity) with_opacity.resize(PNG_IMAGE_SIZE(png));
  std::vector<uint8_t>& target = has_opacity ? with_opacity : image.pixels;
  if (png_image_finish_read(&png, /*background=*/nullptr, target.data(), /*row_stride=*/0,
                            /*colormap=*/nullptr) == 0) {
    return Damaged("PNG", png.message);
  }
  if (has_opacity) LayOverWhite(with_opacity, channels, image.pixels);
  return image;
}

// At least the number of scans: thumbnails have some, too.
int CountScans(absl::string_view bytes) {
  int scans = 0;
  for (size_t place = bytes.find(kStartOfScan); place != absl::string_view::npos;
       place = bytes.find(kStartOfScan, place + kStartOfScan.size())) {
    ++scans;
  }
  return scans;
}

absl::StatusOr<Image> ReadJpeg(absl::string_view bytes, int64_t max_pixels) {
  if (const int scans = CountScans(bytes); scans > kMaxScans) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be a JPEG file of at most ", kMaxScans, " scans, got ", scans));
  }
  const std::unique_ptr<void, int (*)(tjhandle)> jpeg(tjInitDecompress(), tjDestroy);
  if (jpeg == nullptr) return absl::ResourceExhaustedError("there is no memory for a JPEG decoder");
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  int width = 0;
  int height = 0;
  int sampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(jpeg.get(), data, bytes.size(), &width, &height, &sampling, &colours) !=
      0) {
    return Damaged("JPEG", tjGetErrorStr2(jpeg.get()));
  }
  // So it says of one that ends before its header, too.
  if (width == 0 || height == 0) return Damaged("JPEG", "it ends before its header");
  PERCEPT_RETURN_IF_ERROR(CheckSize(height, width, max_pixels));
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    return absl::InvalidArgumentError(
        "must be a JPEG file in grey, YCbCr or RGB, got CMYK: convert it");
  }
  const bool is_grey = colours == TJCS_GRAY;
  Image image = MakeImage(height, width, is_grey ? 1 : 3);
  if (tjDecompress2(jpeg.get(), data, bytes.size(), image.pixels.data(), width, /*pitch=*/0, height,
                    is_grey ? TJPF_GRAY : TJPF_RGB,
                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0) {
    return Damaged("JPEG", tjGetErrorStr2(jpeg.get()));
  }
  return image;
}

}  // namespace

absl::StatusOr<Image> ReadImage(absl::string_view bytes, int64_t max_pixels) {
  if (absl::StartsWith(bytes, kPngSignature)) return ReadPng(bytes, max_pixels);
  if (absl::StartsWith(bytes, kJpegSignature)) return ReadJpeg(bytes, max_pixels);
  return absl::InvalidArgumentError(absl::StrCat("must be a PNG or JPEG file, got ", bytes.size(),
                                                 " bytes that begin like neither"));
}

}  // namespace percept::data
