#ifndef PERCEPT_TESTS_ROBUSTNESS_STORED_PICTURE_H_
#define PERCEPT_TESTS_ROBUSTNESS_STORED_PICTURE_H_

#include <map>
#include <string>
#include <vector>

#include "tests/support/rpc_client.h"
#include "tests/support/watch_validators.h"

namespace percept::testing {

// All that a server shows of its jobs, as text or bytes: each job, its list entry, its snapshots
// one by one, its epochs, its last parameters. A call that says DataLoss, and a job that names
// damaged records, is kept as that; other errors as such.
using StoredPicture = std::map<std::string, std::string>;

inline constexpr char kDamaged[] = "damaged";

StoredPicture ReadPicture(RpcClient& client, const std::vector<std::string>& jobs);

// Where a server, whose files were damaged, shows something else than it did without saying that it
// is damaged.
Faults CompareDamaged(const StoredPicture& damaged, const StoredPicture& whole);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_ROBUSTNESS_STORED_PICTURE_H_
