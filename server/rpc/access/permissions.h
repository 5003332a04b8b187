#ifndef PERCEPT_SERVER_RPC_ACCESS_PERMISSIONS_H_
#define PERCEPT_SERVER_RPC_ACCESS_PERMISSIONS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "server/base/access.h"

// The one table of who may call what.
namespace percept::rpc {

// Something of somebody's that a request is about.
struct Target {
  enum class Kind { kJob, kDataset, kUpload };
  enum class Use { kRead, kChange };
  Kind kind = Kind::kJob;
  Use use = Use::kRead;
  std::string name;  // As it stands in the request: `jobs/7x2k`, `jobs/7x2k/snapshots/3`.
};
using Targets = std::vector<Target>;

struct Permission {
  std::string method;  // `/package.Service/Method`.
  Role least = Role::kAdmin;
  // What a request is about; null where it is about nothing of anybody's, or where the method looks
  // itself, since it sees requests as bytes or answers with many things.
  std::function<Targets(const void* request)> targets;
  bool is_audited = false;  // It changes something, which is put on record.
  bool is_viewing = false;  // It is a stream to a viewer.
};

// All methods of ours, and those of reflection.
const std::vector<Permission>& Permissions();

// Null for a method that is not in the table.
const Permission* FindPermission(absl::string_view method);

// Standard health, which needs no token.
bool IsOpenToAll(absl::string_view method);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_ACCESS_PERMISSIONS_H_
