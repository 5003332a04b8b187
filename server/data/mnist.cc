#include "server/data/mnist.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/base/status.h"
#include "server/data/readers/idx_reader.h"

namespace percept::data {
namespace {

constexpr int32_t kClasses = 10;

// A published file and the SHA-256 of its contents.
struct PublishedFile {
  const char* name;
  absl::string_view sha256;
};

struct PublishedSplit {
  SplitKind kind;
  PublishedFile images;
  PublishedFile labels;
};

constexpr PublishedSplit kSplits[] = {
    {SplitKind::kTrain,
     {"train-images-idx3-ubyte",
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
     {"train-labels-idx1-ubyte",
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"}},
    {SplitKind::kValidation,
     {"t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
     {"t10k-labels-idx1-ubyte",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
};

std::string PathOf(const std::string& folder, const PublishedFile& file) {
  return absl::StrCat(folder, "/", file.name);
}

absl::Status NotPublished(absl::string_view what, absl::string_view install_command) {
  return WithReason(
      absl::DataLossError(absl::StrCat("datasets/mnist: ", what, "; delete the file and run ",
                                       install_command, " to bring it again")),
      "DATASET_CORRUPT");
}

absl::Status CheckContents(const std::string& path, absl::string_view sha256,
                           absl::string_view published, absl::string_view install_command) {
  if (sha256 == published) return absl::OkStatus();
  return NotPublished(absl::StrCat(path, ": must have the SHA-256 ", published, ", got ", sha256),
                      install_command);
}

absl::StatusOr<IdxSplit> LoadSplit(const std::string& folder, const PublishedSplit& published,
                                   absl::string_view install_command) {
  const std::string images_path = PathOf(folder, published.images);
  const std::string labels_path = PathOf(folder, published.labels);
  std::ifstream images(images_path, std::ios::binary);
  std::ifstream labels(labels_path, std::ios::binary);
  for (const auto& [file, path] :
       {std::pair(&images, &images_path), std::pair(&labels, &labels_path)}) {
    if (!file->is_open()) {
      return absl::UnavailableError(absl::StrCat("datasets/mnist: ", *path, ": cannot be opened"));
    }
  }
  absl::StatusOr<IdxSplit> split = ReadIdx({images_path, images}, {labels_path, labels}, kClasses);
  if (absl::IsInvalidArgument(split.status()))
    return NotPublished(split.status().message(), install_command);
  if (!split.ok()) return Annotate(split.status(), "datasets/mnist");
  PERCEPT_RETURN_IF_ERROR(
      CheckContents(images_path, split->images_sha256, published.images.sha256, install_command));
  PERCEPT_RETURN_IF_ERROR(
      CheckContents(labels_path, split->labels_sha256, published.labels.sha256, install_command));
  return split;
}

}  // namespace

absl::Status CheckMnistInstalled(const std::string& folder, absl::string_view install_command) {
  for (const PublishedSplit& split : kSplits) {
    for (const PublishedFile& file : {split.images, split.labels}) {
      const std::string path = PathOf(folder, file);
      struct stat found;
      if (stat(path.c_str(), &found) == 0) continue;
      return WithReason(absl::FailedPreconditionError(absl::StrCat(
                            "datasets/mnist: not installed (", path, ": ", std::strerror(errno),
                            "); run ", install_command,
                            ", or start perceptd with --assets-dir naming the folder that "
                            "holds mnist/")),
                        "DATASET_NOT_INSTALLED");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Dataset> LoadMnist(const std::string& folder, absl::string_view install_command) {
  PERCEPT_RETURN_IF_ERROR(CheckMnistInstalled(folder, install_command));
  Dataset dataset;
  dataset.classes = kClasses;
  dataset.is_sparse = true;
  for (const PublishedSplit& published : kSplits) {
    PERCEPT_ASSIGN_OR_RETURN(IdxSplit split, LoadSplit(folder, published, install_command));
    dataset.image_shape = split.image_shape;
    dataset.inputs = split.image_shape.height * split.image_shape.width;
    dataset.split(published.kind) = std::move(split.split);
  }
  return dataset;
}

}  // namespace percept::data
