#ifndef PERCEPT_SERVER_RPC_CONVERT_SNAPSHOT_H_
#define PERCEPT_SERVER_RPC_CONVERT_SNAPSHOT_H_

#include <string>

#include "percept/v1/snapshot.pb.h"
#include "server/storage/records.h"
#include "server/training/snapshot_history.h"

namespace percept::rpc {

// A snapshot without parameters and batch indices.
v1::Snapshot MetricsToProto(const storage::JobRecord& job, const storage::SnapshotHead& snapshot);

// With batch indices, and with tensors named and shaped that have no data; `snapshot` is a full
// one.
v1::Snapshot DescriptionToProto(const storage::JobRecord& job,
                                const storage::BorrowedSnapshot& snapshot);

// With everything; `snapshot` is a full one.
v1::Snapshot FullToProto(const storage::JobRecord& job, const storage::BorrowedSnapshot& snapshot);

v1::EpochRecord ToProto(const storage::EpochRecord& epoch);

// Appends one entry of WatchSnapshotsResponse.snapshots as it stands on the wire, tag and length
// included, so that messages are made by putting such pieces one after the other.
void EncodeForWatch(const storage::JobRecord& job, const storage::BorrowedSnapshot& snapshot,
                    training::SnapshotView view, std::string& bytes);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_CONVERT_SNAPSHOT_H_
