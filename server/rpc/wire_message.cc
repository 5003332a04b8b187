#include "server/rpc/wire_message.h"

#include <cstdint>
#include <memory>
#include <utility>

#include <google/protobuf/io/coded_stream.h>

namespace percept::rpc {
namespace {

// Pieces below this are copied together; larger ones are shared.
constexpr size_t kSharedSliceBytes = 4096;

grpc::Slice SharedSlice(const training::EncodedSnapshots& snapshots) {
  auto* owner = new std::shared_ptr<const void>(snapshots.owner);
  // gRPC reads the bytes and never writes them.
  return {const_cast<char*>(snapshots.bytes.data()), snapshots.bytes.size(),
          [](void* held) { delete static_cast<std::shared_ptr<const void>*>(held); }, owner};
}

void AppendVarint(uint32_t value, std::string& bytes) {
  uint8_t buffer[5];
  const uint8_t* end = google::protobuf::io::CodedOutputStream::WriteVarint32ToArray(value, buffer);
  bytes.append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(end - buffer));
}

// What stands before a message of `size_bytes` that is field `field` of another.
void AppendFieldHeader(int field, size_t size_bytes, std::string& bytes) {
  constexpr uint32_t kLengthDelimited = 2;
  AppendVarint(static_cast<uint32_t>(field) << 3 | kLengthDelimited, bytes);
  AppendVarint(static_cast<uint32_t>(size_bytes), bytes);
}

}  // namespace

void WireMessage::Append(absl::string_view bytes) {
  copied_.append(bytes.data(), bytes.size());
  size_bytes_ += bytes.size();
}

void WireMessage::AppendField(int field, absl::string_view bytes) {
  const size_t before = copied_.size();
  AppendFieldHeader(field, bytes.size(), copied_);
  size_bytes_ += copied_.size() - before;
  Append(bytes);
}

void WireMessage::Append(const training::EncodedSnapshots& snapshots) {
  if (snapshots.bytes.size() < kSharedSliceBytes) {
    Append(snapshots.bytes);
    return;
  }
  Flush();
  slices_.push_back(SharedSlice(snapshots));
  size_bytes_ += snapshots.bytes.size();
}

void WireMessage::Flush() {
  if (!copied_.empty()) slices_.emplace_back(copied_);
  copied_.clear();
}

WireMessage WireMessage::Within(absl::string_view before, int field) && {
  std::string header(before);
  AppendFieldHeader(field, size_bytes_, header);
  WireMessage outer;
  outer.size_bytes_ = header.size() + size_bytes_;
  if (slices_.empty()) {
    outer.copied_ = header + copied_;
    return outer;
  }
  outer.slices_.reserve(slices_.size() + 2);
  outer.slices_.emplace_back(header);
  for (grpc::Slice& slice : slices_) outer.slices_.push_back(std::move(slice));
  outer.copied_ = std::move(copied_);
  return outer;
}

grpc::ByteBuffer WireMessage::Release() {
  if (slices_.empty()) {
    const grpc::Slice only(std::exchange(copied_, {}));
    size_bytes_ = 0;
    return {&only, 1};
  }
  Flush();
  grpc::ByteBuffer buffer(slices_.data(), slices_.size());
  *this = WireMessage();
  return buffer;
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

}  // namespace percept::rpc
