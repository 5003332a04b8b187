#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/parse.h"
#include "client/cli/render_examples.h"

namespace percept::cli {
namespace {

constexpr int64_t kDefaultCount = 10;
// Most that the server sends at a time.
constexpr int64_t kMostInPage = 1000;

struct Options {
  std::string name;
  std::optional<v1::Split> split;
  std::optional<int64_t> start;
  std::optional<int64_t> count;
  std::optional<std::vector<int64_t>> indices;
  bool include_test = false;
};

v1::ReadExamplesRequest Request(const Options& options) {
  v1::ReadExamplesRequest request;
  request.set_name(options.name);
  if (options.split) request.set_split(*options.split);
  if (options.start) request.set_start_index(*options.start);
  request.set_include_test(options.include_test);
  return request;
}

// Asks for a range, page by page, until it or the split ends.
absl::Status ReadRange(Session& session, const Options& options, ExamplesPrinter* printer) {
  v1::ReadExamplesRequest request = Request(options);
  for (int64_t left = options.count.value_or(kDefaultCount); left > 0;) {
    request.set_page_size(static_cast<int32_t>(std::min(left, kMostInPage)));
    const absl::StatusOr<v1::ReadExamplesResponse> page = session.client().ReadExamples(request);
    if (!page.ok()) return page.status();
    printer->Print(*page);
    left -= page->labels_size();
    if (page->next_start_index() <= request.start_index()) break;
    request.set_start_index(page->next_start_index());
  }
  return absl::OkStatus();
}

// Asks for single examples, as many at a time as fit into an answer.
absl::Status ReadIndices(Session& session, const Options& options, ExamplesPrinter* printer) {
  const std::vector<int64_t>& indices = *options.indices;
  for (size_t done = 0; done < indices.size();) {
    v1::ReadExamplesRequest request = Request(options);
    const size_t end = std::min(indices.size(), done + static_cast<size_t>(kMostInPage));
    for (size_t i = done; i < end; ++i) request.add_indices(indices[i]);
    const absl::StatusOr<v1::ReadExamplesResponse> page = session.client().ReadExamples(request);
    if (!page.ok()) return page.status();
    if (page->labels().empty()) return absl::InternalError("the server sent no examples");
    printer->Print(*page);
    done += static_cast<size_t>(page->labels_size());
  }
  return absl::OkStatus();
}

// How people are to see the inputs; programs get them as they are.
absl::StatusOr<v1::ImageShape> Shape(Session& session, const std::string& name) {
  if (session.json()) return v1::ImageShape();
  v1::GetDatasetRequest request;
  request.set_name(name);
  const absl::StatusOr<v1::Dataset> dataset = session.client().GetDataset(request);
  if (!dataset.ok()) return dataset.status();
  return dataset->image_shape();
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const absl::StatusOr<v1::ImageShape> shape = Shape(session, options.name);
  if (!shape.ok()) return shape.status();
  ExamplesPrinter printer(session, *shape);
  const absl::Status status = options.indices ? ReadIndices(session, options, &printer)
                                              : ReadRange(session, options, &printer);
  if (!status.ok()) return status;
  printer.Finish();
  return ExitCode::kOk;
}

}  // namespace

void AddDatasetExamples(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "examples",
      "Shows examples of a data set as the models see them, pictures drawn in characters. "
      "With --json an example is a line with index, label and inputs.",
      "percept dataset examples my-xor --count 20\n"
      "percept dataset examples mnist --split validation --index 0,17 --json");
  AddDatasetArgument(command, &options->name);
  AddEnum(command, "--split", &options->split,
          "Which split. Default train; test needs --include-test.");
  AddNumber(command, "--start", &options->start, "First example. Default 0.");
  AddNumber(command, "--count", &options->count,
            absl::StrCat("At most so many. Default ", kDefaultCount, "."));
  AddParsed(command, "--index", &options->indices, "I[,J...]", "These examples, in this order.",
            ParseIndices);
  command->add_flag("--include-test", options->include_test,
                    "Allows --split test. It is recorded.");
  command->callback([options, chosen] {
    if (options->indices && (options->start || options->count)) {
      throw CLI::ValidationError("--index", "does not go with --start or --count");
    }
    // The count is the client's own affair, so it is judged here.
    if (options->count.value_or(1) < 1) {
      throw CLI::ValidationError(
          absl::StrCat("--count: must be at least 1, got ", *options->count));
    }
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
