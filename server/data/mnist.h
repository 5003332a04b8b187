#ifndef PERCEPT_SERVER_DATA_MNIST_H_
#define PERCEPT_SERVER_DATA_MNIST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "server/data/dataset.h"

// MNIST: 60,000 images of handwritten digits to train on and 10,000 to validate on, 28 x 28 pixels,
// 10 classes. Its test split is empty.
namespace percept::data {

// What it is and where it comes from, for people to read.
inline constexpr absl::string_view kMnistDescription =
    "MNIST handwritten digits (LeCun, Cortes, Burges): 28x28 grey images, 60,000 to train on and "
    "10,000 to validate on";

// Ok when the four files lie in `folder`; otherwise FailedPrecondition, naming `install_command`.
// Reads no contents.
absl::Status CheckMnistInstalled(const std::string& folder, absl::string_view install_command);

// Reads the four IDX files in `folder`, in about a fifth of a second. As above; and DataLoss for a
// file that is not, byte by byte, the published one; Unavailable for one that cannot be read.
absl::StatusOr<Dataset> LoadMnist(const std::string& folder, absl::string_view install_command);

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_MNIST_H_
