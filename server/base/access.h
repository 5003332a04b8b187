#ifndef PERCEPT_SERVER_BASE_ACCESS_H_
#define PERCEPT_SERVER_BASE_ACCESS_H_

#include <compare>
#include <string>

#include "absl/strings/string_view.h"

// Who may do what, as every layer of the server speaks of it; proto/percept/v1/access.proto says
// what it means.
namespace percept {

enum class Visibility { kPrivate = 1, kClass = 2, kPublic = 3 };

// Each may do all that those before it may.
enum class Role { kGuest = 1, kViewer = 2, kStudent = 3, kInstructor = 4, kAdmin = 5 };

// Somebody who may read some of the jobs and data sets only.
struct Reader {
  std::string name;                        // Reads what belongs to this name,
  Visibility least = Visibility::kPublic;  // and what is at least as visible.

  bool MayRead(absl::string_view owner, Visibility visibility) const {
    return owner == name || visibility >= least;
  }

  auto operator<=>(const Reader&) const = default;
};

}  // namespace percept

#endif  // PERCEPT_SERVER_BASE_ACCESS_H_
