#include "server/data/readers/inflater.h"

#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

namespace percept::data {
namespace {

constexpr int kWindowBits = 15;
constexpr int kGzipHeader = 16;  // Added to the window's bits.

uInt Bounded(size_t size) {
  return static_cast<uInt>(std::min<size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

struct Inflater::State {
  z_stream stream = {};
};

Inflater::Inflater(Format format) : state_(std::make_unique<State>()) {
  const int bits = format == Format::kRaw ? -kWindowBits : kWindowBits + kGzipHeader;
  if (inflateInit2(&state_->stream, bits) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() { inflateEnd(&state_->stream); }

std::optional<size_t> Inflater::Inflate(absl::string_view& input, char* out, size_t size) {
  z_stream& stream = state_->stream;
  size_t written = 0;
  // Also without input: zlib may hold back what the room did not suffice for.
  while (!ended_ && written < size) {
    const uInt offered = Bounded(input.size());
    const uInt room = Bounded(size - written);
    // zlib reads through this pointer only.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream.avail_in = offered;
    stream.next_out = reinterpret_cast<Bytef*>(out + written);
    stream.avail_out = room;
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_BUF_ERROR) break;  // Needs more input.
    if (result != Z_OK && result != Z_STREAM_END) return std::nullopt;
    input.remove_prefix(offered - stream.avail_in);
    written += room - stream.avail_out;
    ended_ = result == Z_STREAM_END;
  }
  return written;
}

void Inflater::Restart() {
  inflateReset(&state_->stream);
  ended_ = false;
}

}  // namespace percept::data
