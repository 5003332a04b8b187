#ifndef PERCEPT_SERVER_STORAGE_SQLITE_RESERVE_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_RESERVE_H_

#include <cstdint>
#include <string>

namespace percept::storage {

// Room on the disk for what has to be stored when there is no other left, such as that a job failed
// because its snapshots could not be: a file that is given back piece by piece. Not thread-safe.
class Reserve {
 public:
  // As much as the write-ahead log may have to bring into the main file.
  static constexpr int64_t kBytes = 16 << 20;
  static constexpr int64_t kPieceBytes = 1 << 20;

  // The file is made by `Refill`.
  explicit Reserve(std::string path);

  // Removes the file.
  ~Reserve();

  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;

  // Takes what is missing from the disk; false when that has less.
  bool Refill();

  // Gives a piece back to the disk; false when there is none.
  bool Release();

 private:
  const std::string path_;
  int file_ = -1;
  int64_t bytes_ = 0;
};

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_RESERVE_H_
