#include <sstream>
#include <string>

#include <zlib.h>

#include "server/data/readers/input_file.h"
#include "tests/fuzz/properties.h"

namespace percept {
namespace {

constexpr int64_t kMaxBytes = 1 << 20;

// A gzip file of one member.
std::string Gzip(std::string bytes) {
  constexpr int kGzipWindow = 15 + 16;
  z_stream stream = {};
  FUZZ_CHECK(deflateInit2(&stream, 1, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  FUZZ_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

}  // namespace
}  // namespace percept

// The input is a file, and then the contents of another.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace percept;
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  std::istringstream in(input);
  const data::InputFile file = {"file", in};
  const bool is_gzip = data::IsGzip(file);
  std::ostringstream out;
  const auto length = data::Gunzip(file, out, kMaxBytes);
  if (length.ok()) {
    FUZZ_CHECK(is_gzip);
    FUZZ_CHECK(*length <= kMaxBytes && *length == static_cast<int64_t>(out.str().size()));
  } else {
    fuzz::CheckRefusal(length.status(), "file: ");
  }

  // Two members, in pieces of one file.
  const size_t half = size / 2;
  std::istringstream compressed(Gzip(input.substr(0, half)) + Gzip(input.substr(half)));
  std::ostringstream restored;
  FUZZ_CHECK(data::Gunzip({"file", compressed}, restored, kMaxBytes).ok());
  FUZZ_CHECK(restored.str() == input);
  return 0;
}
