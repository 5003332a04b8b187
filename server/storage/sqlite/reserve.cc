#include "server/storage/sqlite/reserve.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace percept::storage {

Reserve::Reserve(std::string path) : path_(std::move(path)) {}

Reserve::~Reserve() {
  if (file_ < 0) return;
  close(file_);
  unlink(path_.c_str());
}

bool Reserve::Refill() {
  if (bytes_ == kBytes) return true;
  if (file_ < 0) file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_ < 0) return false;
  while (bytes_ < kBytes && posix_fallocate(file_, bytes_, kPieceBytes) == 0) {
    bytes_ += kPieceBytes;
  }
  // Without what an attempt that failed may have taken.
  return ftruncate(file_, bytes_) == 0 && bytes_ == kBytes;
}

bool Reserve::Release() {
  if (bytes_ == 0) return false;
  bytes_ -= std::min(bytes_, kPieceBytes);
  return ftruncate(file_, bytes_) == 0;
}

}  // namespace percept::storage
