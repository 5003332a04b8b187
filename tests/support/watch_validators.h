#ifndef PERCEPT_TESTS_SUPPORT_WATCH_VALIDATORS_H_
#define PERCEPT_TESTS_SUPPORT_WATCH_VALIDATORS_H_

#include <string>
#include <vector>

#include "percept/v1/job.pb.h"
#include "tests/support/rpc_client.h"

// The promises of a watch, one validator each. They judge the history of one
// client: all its watches of one job, each begun after the one before broke. A validator returns
// what it found wrong, one sentence each; empty when the promise was kept.
namespace percept::testing {

using WatchHistory = std::vector<WatchRecord>;
using Faults = std::vector<std::string>;

// SUCCEEDED, FAILED or CANCELLED.
bool IsFinal(v1::JobState state);

// Indices rise.
Faults CheckOrdered(const WatchHistory& history);

// No index comes twice.
Faults CheckUnique(const WatchHistory& history);

// With DELIVERY_EVERY nothing is missing between the first index asked for and the last that
// `final_job` has.
Faults CheckComplete(const WatchHistory& history, const v1::Job& final_job);

// Each snapshot follows on the one before it, after as many as the watch says were skipped: none
// with DELIVERY_EVERY. With DELIVERY_LATEST the last one is sent all the same.
Faults CheckSkipped(const WatchHistory& history, const v1::Job& final_job);

// Each watch begins with the index it was asked for, and a server that stopped named the next one.
Faults CheckResumable(const WatchHistory& history);

// The end comes once, as the last message of the last watch, with the job as it ended, and with OK
// unless the connection broke behind it.
Faults CheckTerminalLastAndTrue(const WatchHistory& history, const v1::Job& final_job);

// A watch begins with a heartbeat. None names an index below one that was sent, or below that of an
// earlier heartbeat, or one the job does not have.
Faults CheckHeartbeatNewest(const WatchHistory& history, const v1::Job& final_job);

// All of the above.
Faults CheckWatch(const WatchHistory& history, const v1::Job& final_job);

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_WATCH_VALIDATORS_H_
