#ifndef PERCEPT_CLIENT_CLI_SNAPSHOT_HEADING_H_
#define PERCEPT_CLIENT_CLI_SNAPSHOT_HEADING_H_

#include <cstdint>
#include <string>

namespace percept::cli {

// "jobs/7f3k9m2p0q  snapshot 12", which an answer about a model begins with.
std::string SnapshotHeading(const std::string& job, int64_t snapshot_index);

}  // namespace percept::cli

#endif  // PERCEPT_CLIENT_CLI_SNAPSHOT_HEADING_H_
