#ifndef PERCEPT_SERVER_RPC_INSPECT_SUBJECT_H_
#define PERCEPT_SERVER_RPC_INSPECT_SUBJECT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "percept/v1/inspect_service.pb.h"
#include "server/base/examples.h"
#include "server/data/catalogue.h"
#include "server/data/dataset.h"
#include "server/inspect/trained_model.h"
#include "server/rpc/snapshot_lookup.h"

// What questions are about, and what they name of the data set. Letters: B examples, D inputs.
namespace percept::rpc {

// A model at one moment, and the data set that its job trains on.
struct InspectSubject {
  FoundSnapshot found;
  inspect::TrainedModel model;
  std::shared_ptr<const data::Dataset> dataset;

  int64_t snapshot_index() const { return found.snapshot.index; }
  const std::string& instruction_set() const { return found.job.instruction_set; }
};

// Loads the data set of a snapshot's job. FailedPrecondition where it is not that which the job was
// made for; what else the catalogue says. May block.
absl::StatusOr<InspectSubject> MakeSubject(FoundSnapshot found, data::Catalogue& catalogue);

// B examples in memory, and where they come from.
struct ChosenExamples {
  Examples examples;                     // Labels are unset for values.
  std::optional<data::SplitKind> split;  // Of the data set; none for values.
  std::vector<int64_t> rows;             // All indices; empty for the first ones of the split.
  std::shared_ptr<const data::Dataset> owner;  // Keeps what `examples` borrows.

  // Index within the split.
  int64_t row(int64_t n) const { return rows.empty() ? n : rows[static_cast<size_t>(n)]; }
};

// The split that a question asks for, by default the validation split where it has examples, else
// the training split. InvalidArgument, naming `field`, for none of the enumeration;
// PermissionDenied, with reason TEST_SPLIT_PROTECTED, for the test split; FailedPrecondition for
// one without examples.
absl::StatusOr<data::SplitKind> SplitToAsk(absl::string_view field, v1::Split split,
                                           const data::Dataset& dataset);

// The examples that `asked` names; its fields are named below `field`. As above, InvalidArgument
// with all violations at once.
absl::StatusOr<ChosenExamples> ChooseExamples(absl::string_view field,
                                              const v1::InputExamples& asked,
                                              const std::shared_ptr<const data::Dataset>& dataset);

// Rows of one split, in the order given.
ChosenExamples GatherExamples(const data::Dataset& dataset, data::SplitKind split,
                              std::vector<int64_t> rows);

// Values [B, D] as examples that borrow from them. InvalidArgument, naming `field`, unless they are
// finite and there are 1 to 10,000 rows of `inputs`.
absl::StatusOr<ChosenExamples> ValuesToAsk(absl::string_view field, const v1::InputValues& values,
                                           int32_t inputs);

// Where a path starts, [D]. InvalidArgument unless it is one example; else as above.
absl::StatusOr<std::vector<double>> StartToAsk(const v1::StartingPoint& start,
                                               const InspectSubject& subject);

// ResourceExhausted for an answer that would not fit a message, with what to ask for instead.
absl::Status CheckAnswerSize(int64_t bytes, absl::string_view instead);

}  // namespace percept::rpc

#endif  // PERCEPT_SERVER_RPC_INSPECT_SUBJECT_H_
