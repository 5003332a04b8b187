#ifndef PERCEPT_SERVER_RPC_READ_EXAMPLES_H_
#define PERCEPT_SERVER_RPC_READ_EXAMPLES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

#include "percept/v1/dataset_service.pb.h"
#include "server/data/dataset.h"

namespace percept::rpc {

// Most bytes of inputs in one answer, a single example apart.
inline constexpr int64_t kMaxExampleBytes = int64_t{1} << 20;

// Which examples a ReadExamplesRequest asks for.
struct ExampleSelection {
  data::SplitKind split = data::SplitKind::kTrain;
  std::vector<int64_t> rows;  // Within the split, in the order of the answer.
  int64_t next_start_index = 0;
};

// The split that is asked for. InvalidArgument for none of the enumeration; FailedPrecondition,
// with reason TEST_SPLIT_PROTECTED, for the test split without `include_test`.
absl::StatusOr<data::SplitKind> SplitToRead(const v1::ReadExamplesRequest& request);

// Checks the request against `dataset` and cuts the answer to its size. As above, InvalidArgument
// with all violations at once, and FailedPrecondition for a test split without examples.
absl::StatusOr<ExampleSelection> SelectExamples(const data::Dataset& dataset,
                                                const v1::ReadExamplesRequest& request);

// FailedPrecondition, saying so, where the test split of `name` has no examples.
absl::Status CheckHasTestSplit(const data::Dataset& dataset, absl::string_view name);

v1::ReadExamplesResponse ToProto(const data::Dataset& dataset, const ExampleSelection& selection);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_READ_EXAMPLES_H_
