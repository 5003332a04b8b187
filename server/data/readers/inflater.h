#ifndef PERCEPT_SERVER_DATA_READERS_INFLATER_H_
#define PERCEPT_SERVER_DATA_READERS_INFLATER_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/strings/string_view.h"

namespace percept::data {

// Decompresses one deflated stream, a piece at a time. Not thread-safe.
class Inflater {
 public:
  enum class Format {
    kRaw,   // RFC 1951, as in zip files.
    kGzip,  // RFC 1952, one member; its checksum is verified.
  };

  explicit Inflater(Format format);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Takes bytes from the front of `input` and writes up to `size` to `out`. Returns how many were
  // written, nothing where the stream is damaged. Fewer than `size` are written only at the
  // stream's end or when it needs more input.
  std::optional<size_t> Inflate(absl::string_view& input, char* out, size_t size);

  // Whether the end of the stream was reached.
  bool ended() const { return ended_; }

  // Makes ready for another stream.
  void Restart();

 private:
  struct State;
  std::unique_ptr<State> state_;
  bool ended_ = false;
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_READERS_INFLATER_H_
