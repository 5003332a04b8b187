#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "client/cli/commands.h"
#include "client/cli/input_table.h"
#include "client/cli/parse.h"
#include "client/cli/picture_file.h"
#include "client/cli/predict_view.h"
#include "client/cli/read_points.h"
#include "client/cli/show.h"

namespace percept::cli {
namespace {

struct Options {
  SnapshotOptions snapshot;
  std::optional<Matrix> values;
  std::optional<std::string> input;
  std::vector<int64_t> indices;
  std::optional<v1::Split> split;
  bool invert = false;
  std::optional<v1::ImageInversion> inversion;
  std::optional<v1::ImageFraming> framing;
  std::string output;
};

absl::Status FillImage(const Options& options, v1::PredictRequest* request) {
  absl::StatusOr<std::string> data = ReadPictureFile(*options.input);
  if (!data.ok()) return data.status();
  v1::InputImage& image = *request->mutable_image();
  image.set_data(*std::move(data));
  image.set_invert(options.invert);
  if (options.inversion) image.set_inversion(*options.inversion);
  if (options.framing) image.set_framing(*options.framing);
  return absl::OkStatus();
}

absl::StatusOr<InputTable> Table(const Options& options) {
  if (options.input) return ReadInputTable(*options.input);
  InputTable table = {options.values->rows, options.values->columns, {}};
  for (const double value : options.values->values) {
    table.values.push_back(static_cast<float>(value));
  }
  return table;
}

// Asks about the rows, as many at a time as a message holds, all about the same snapshot.
absl::StatusOr<v1::PredictResponse> PredictRows(Session& session, const Options& options,
                                                const InputTable& table) {
  v1::PredictRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  const int64_t bytes = table.columns * static_cast<int64_t>(sizeof(float));
  const int64_t most = std::max<int64_t>(1, kMostMessageBytes / bytes);
  v1::PredictResponse all;
  for (int64_t first = 0; first < table.rows; first += most) {
    const auto begin = table.values.begin() + first * table.columns;
    const auto end = table.values.begin() + std::min(first + most, table.rows) * table.columns;
    request.mutable_values()->mutable_values()->Assign(begin, end);
    const absl::StatusOr<v1::PredictResponse> part = session.client().Predict(request);
    if (!part.ok()) return part.status();
    all.MergeFrom(*part);
    request.set_snapshot(absl::StrCat(options.snapshot.job, "/snapshots/", part->snapshot_index()));
  }
  return all;
}

absl::StatusOr<v1::PredictResponse> Predict(Session& session, const Options& options) {
  const bool is_image = options.input && IsPictureName(*options.input);
  if (!is_image && options.indices.empty()) {
    const absl::StatusOr<InputTable> table = Table(options);
    if (!table.ok()) return table.status();
    return PredictRows(session, options, *table);
  }
  v1::PredictRequest request;
  request.set_snapshot(SnapshotName(options.snapshot));
  if (is_image) {
    const absl::Status status = FillImage(options, &request);
    if (!status.ok()) return status;
  } else {
    request.mutable_examples()->mutable_indices()->Assign(options.indices.begin(),
                                                          options.indices.end());
    if (options.split) request.mutable_examples()->set_split(*options.split);
  }
  return session.client().Predict(request);
}

// The answer with the picture that its one example is, where it is one.
absl::StatusOr<v1::PredictResponse> WithPicture(Session& session, const Options& options,
                                                v1::PredictResponse response) {
  if (options.indices.size() != 1 || !response.has_image_shape()) return response;
  const absl::StatusOr<v1::Dataset> dataset = DatasetOfJob(session, options.snapshot.job);
  if (!dataset.ok()) return dataset.status();
  v1::ReadExamplesRequest request;
  request.set_name(dataset->name());
  request.set_split(options.split.value_or(DefaultSplit(*dataset)));
  request.add_indices(options.indices[0]);
  absl::StatusOr<v1::ReadExamplesResponse> example = session.client().ReadExamples(request);
  if (!example.ok()) return example.status();
  response.mutable_image_inputs()->Swap(example->mutable_inputs());
  return response;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const absl::StatusOr<v1::PredictResponse> response = Predict(session, options);
  if (!response.ok()) return response.status();
  const absl::StatusOr<v1::PredictResponse> shown = WithPicture(session, options, *response);
  if (!shown.ok()) return shown.status();
  const absl::Status status = CheckPredictions(*shown);
  if (!status.ok()) return status;
  return Show(
      session, options.output, *response,
      [&](const Page& page) { return RenderPredictions(options.snapshot.job, *shown, page); },
      [&] { return DrawPredictions(options.snapshot.job, *shown); });
}

// Throws a usage error unless there is one source of inputs and only what goes with it.
void CheckSource(const Options& options) {
  const int sources =
      (options.values ? 1 : 0) + (options.input ? 1 : 0) + (options.indices.empty() ? 0 : 1);
  if (sources != 1) {
    throw CLI::ValidationError("one of --values, --input, --index is required, and only one");
  }
  if (options.split && options.indices.empty()) {
    throw CLI::ValidationError("--split", "goes only with --index");
  }
  const bool has_image_options = options.invert || options.inversion || options.framing;
  if (has_image_options && !(options.input && IsPictureName(*options.input))) {
    throw CLI::ValidationError("--invert, --inversion and --framing go only with a picture");
  }
}

}  // namespace

void AddModelPredict(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "predict",
      "Applies a trained model to numbers, to a file of them, to a picture or to examples of its "
      "data.",
      "percept model predict 7f3k9m2p0q --values 0.1,0.2\n"
      "percept model predict 7f3k9m2p0q --input digit.png --framing content --inversion automatic\n"
      "percept model predict 7f3k9m2p0q --index 0,17 --snapshot best");
  AddSnapshotOptions(command, &options->snapshot);
  AddParsed(command, "--values", &options->values, "MATRIX",
            "Inputs, with commas between; semicolons part several examples.", ParseMatrix);
  AddParsed(
      command, "--input", &options->input, "FILE",
      "A picture (.png, .jpg), or inputs: .csv with a row of names, or .npz with an array x.",
      [](const std::string& path) -> absl::StatusOr<std::optional<std::string>> {
        const std::string lower = absl::AsciiStrToLower(path);
        if (IsPictureName(path) || absl::EndsWith(lower, ".csv") || absl::EndsWith(lower, ".npz")) {
          return path;
        }
        return absl::InvalidArgumentError(
            absl::StrCat("must end in .npz, .csv, .png, .jpg or .jpeg, got '", path, "'"));
      });
  AddParsed(command, "--index", &options->indices, "I[,J...]", "These examples of the job's data.",
            ParseIndices);
  AddEnum(command, "--split", &options->split,
          "Split of the examples, but not test. Default validation, where there is one.");
  command->add_flag("--invert", options->invert,
                    "Turns a picture's light and dark about, for ink on paper where the model "
                    "knows chalk on slate.");
  AddEnum(command, "--inversion", &options->inversion,
          "Lets the server decide whether to turn them about.");
  AddEnum(command, "--framing", &options->framing,
          "What of a picture is taken: its middle (crop), what stands out, centred (content), or "
          "all of it (whole). Default content for grey inputs of 28 x 28, else whole.");
  AddPicture(command, &options->output);
  command->callback([options, chosen] {
    CheckSource(*options);
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
