#ifndef PERCEPT_SERVER_DATA_PHOTOGRAPHS_H_
#define PERCEPT_SERVER_DATA_PHOTOGRAPHS_H_

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "server/data/image.h"

namespace percept::data {

// A photograph as it is shown.
struct Photograph {
  Image image;              // kPhotographSide x kPhotographSide, RGB.
  std::string attribution;  // Where it comes from and its licence, for people to read.
};

inline constexpr int32_t kPhotographSide = 256;

// The photographs in a folder: those that are installed, and what the owner of the server puts
// there:
//
//   *.png, *.jpg, *.jpeg  one each, named as its file
//   *.npz                 those of its first array [N, H, W, 3] of uint8, or of floats in [0, 1]:
//                         the first 1000 of them, named FILE/INDEX
//   attributions.txt      lines FILE: TEXT, in UTF-8
//
// The folder is looked at anew each time, and a photograph read anew when its file has changed.
// Thread-safe; photographs are read one at a time, so that memory stays bounded.
class Photographs {
 public:
  // `install_command` is named where there are none.
  explicit Photographs(std::string folder,
                       std::string install_command = "script/bootstrap --assets");

  // Names of all photographs, sorted, at most 10,000. An archive that cannot be read stands there
  // by its file's name, for `Read` to say why. FailedPrecondition: there are none.
  absl::StatusOr<std::vector<std::string>> Names() const;

  // The middle square of a photograph, brought to the side above. NotFound for what is not among
  // the names, so that no other file is ever opened; DataLoss, naming the file, for one that is
  // damaged or something else; Unavailable for one that cannot be read. FailedPrecondition: there
  // are none.
  absl::StatusOr<Photograph> Read(absl::string_view name) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The same of a PNG or JPEG file that is none of these. InvalidArgument as `ReadImage` gives it.
  absl::StatusOr<Image> Show(absl::string_view bytes) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // One that has been read, and of what file.
  struct Known {
    std::string name;
    std::filesystem::file_time_type changed_at;
    uintmax_t size_bytes = 0;
    Image image;
  };

  absl::Status NoneInstalled() const;
  absl::StatusOr<Image> ReadUnlessKnown(const std::string& name, const std::string& file,
                                        int64_t index) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string folder_;
  const std::string install_command_;
  mutable absl::Mutex mutex_;                                // Held while a photograph is read.
  mutable std::deque<Known> known_ ABSL_GUARDED_BY(mutex_);  // The one read last comes first.
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_PHOTOGRAPHS_H_
