#include "client/cli/render_evaluation.h"

#include "absl/strings/str_cat.h"

#include "client/cli/format.h"
#include "client/cli/render_values.h"
#include "client/cli/snapshot_heading.h"
#include "client/cli/table.h"

namespace percept::cli {
namespace {

Fields FigureFields(double accuracy, double loss, const std::string& split, int64_t examples) {
  return {{"accuracy", absl::StrCat(FormatAccuracy(accuracy), "  (", split, ")")},
          {"loss", absl::StrCat(FormatLoss(loss), "  (", split, ")")},
          {"examples", FormatCount(examples)}};
}

}  // namespace

std::string RenderEvaluation(const std::string& job,
                             const v1::EvaluateValidationResponse& response) {
  return absl::StrCat(SnapshotHeading(job, response.snapshot_index()), "\n",
                      RenderFields(FigureFields(response.accuracy(), response.loss(), "validation",
                                                response.examples())));
}

std::string RenderEvaluation(const std::string& job, const v1::EvaluateTestResponse& response) {
  const v1::TestEvaluation& evaluation = response.evaluation();
  Fields fields =
      FigureFields(evaluation.accuracy(), evaluation.loss(), "test", response.examples());
  fields.emplace_back(
      "on record",
      absl::StrCat("the test split was used ",
                   CountText(response.evaluation_count(), "time", "times"), " for this job"));
  return absl::StrCat(SnapshotHeading(job, evaluation.snapshot_index()), "\n",
                      RenderFields(fields));
}

}  // namespace percept::cli
