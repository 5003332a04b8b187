#ifndef PERCEPT_SERVER_RPC_WIRE_MESSAGE_H_
#define PERCEPT_SERVER_RPC_WIRE_MESSAGE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include <grpcpp/support/byte_buffer.h>

#include "server/training/snapshot_history.h"

namespace percept::rpc {

// A serialised message, put together from pieces: those that are large and that others are sent
// too are not copied.
class WireMessage {
 public:
  // Appends a copy.
  void Append(absl::string_view bytes);

  // Appends a copy of a serialised message as field `field`.
  void AppendField(int field, absl::string_view bytes);

  // Appends snapshots that the message keeps alive, or copies them where that costs less.
  void Append(const training::EncodedSnapshots& snapshots);

  size_t size_bytes() const { return size_bytes_; }

  // This message as field `field` of a message that begins with the fields in `before`.
  WireMessage Within(absl::string_view before, int field) &&;

  // Leaves this message empty.
  grpc::ByteBuffer Release();

 private:
  void Flush();

  std::vector<grpc::Slice> slices_;
  std::string copied_;  // Comes after the slices.
  size_t size_bytes_ = 0;
};

// All bytes of a buffer, in one piece.
std::string BytesOf(const grpc::ByteBuffer& buffer);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_WIRE_MESSAGE_H_
