#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/cli/commands.h"
#include "client/cli/file_format.h"
#include "client/cli/interrupt.h"
#include "client/cli/progress_display.h"
#include "client/cli/render_dataset.h"
#include "client/lib/names.h"
#include "client/lib/upload.h"

namespace percept::cli {
namespace {

struct Options {
  std::string name;
  std::vector<std::string> files;
  std::optional<v1::UploadFormat> format;
  std::optional<std::string> label;
  std::optional<double> validation_fraction;
  std::optional<double> test_fraction;
  std::optional<uint64_t> seed;
};

// Shows on stderr how an upload goes.
class UploadDisplay : public client::UploadVisitor {
 public:
  explicit UploadDisplay(const Session& session)
      : session_(session), display_(session.err(), session.quiet()) {}

  void OnProgress(client::UploadPhase phase, int64_t done_bytes, int64_t total_bytes) override {
    if (phase == client::UploadPhase::kFinishing) {
      finishing_ = true;
      display_.Flush();
      display_.Show({"sent; the server reads it"});
      display_.Flush();
      return;
    }
    if (phase == client::UploadPhase::kSending) {
      display_.Show({"sending", done_bytes, total_bytes});
    } else if (done_bytes < total_bytes) {  // What is read at once needs no line.
      display_.Show({"reading", done_bytes, total_bytes});
    }
  }

  void OnDisconnected(const absl::Status&) override {
    display_.Note(absl::StrCat("lost the server at ", session_.server(), "; trying to reconnect"));
  }

  void OnReconnected() override { display_.Note("reconnected"); }

  // What became of an upload that was interrupted.
  std::string Interrupted() const {
    if (!finishing_) return "interrupted; the upload was given up";
    return absl::StrCat(
        "interrupted while the server read what was sent; whether it made the data "
        "set, ",
        session_.Command("dataset list"), " shows");
  }

 private:
  const Session& session_;
  ProgressDisplay<TransferView> display_;
  bool finishing_ = false;
};

client::UploadOptions Upload(const Options& options) {
  client::UploadOptions upload;
  upload.upload.set_dataset_id(std::string(client::ShortName(options.name)));
  upload.upload.set_format(*options.format);
  if (options.label) upload.upload.set_label_column(*options.label);
  if (options.validation_fraction) {
    upload.upload.set_validation_fraction(*options.validation_fraction);
  }
  if (options.test_fraction) upload.upload.set_test_fraction(*options.test_fraction);
  if (options.seed) upload.upload.set_seed(*options.seed);
  upload.paths = options.files;
  return upload;
}

absl::StatusOr<v1::Dataset> UploadAndShow(Session& session, const Options& options) {
  const InterruptGuard guard(&session.cancellation());
  UploadDisplay display(session);
  absl::StatusOr<v1::Dataset> dataset =
      client::UploadFiles(session.client(), Upload(options), display);
  if (!dataset.ok() && session.cancellation().cancelled()) {
    return absl::CancelledError(display.Interrupted());
  }
  return dataset;
}

absl::StatusOr<ExitCode> Run(Session& session, const Options& options) {
  const absl::StatusOr<v1::Dataset> dataset = UploadAndShow(session, options);
  if (!dataset.ok()) return dataset.status();
  if (session.json()) {
    session.PrintJson(*dataset);
  } else {
    session.Print(RenderDataset(*dataset, absl::Now()));
  }
  return ExitCode::kOk;
}

// The format that the names of the files tell, unless it was given.
void SettleFormat(Options* options) {
  if (options->format) return;
  const absl::StatusOr<v1::UploadFormat> format = UploadFormatOf(options->files);
  if (!format.ok()) throw CLI::ValidationError("--format", std::string(format.status().message()));
  options->format = *format;
}

}  // namespace

void AddDatasetUpload(CLI::App& parent, Action* chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = AddCommand(
      parent, "upload",
      "Sends files of this machine and makes a data set of them. NPZ: x_train, y_train and "
      "likewise "
      "with _validation and _test; or data and target. CSV: a header row, numbers, and a column of "
      "labels 0, 1, 2, ... IDX: train images, train labels and perhaps validation images and "
      "labels. "
      "CSV and IDX may be gzipped. Goes on by itself when the connection breaks.",
      "percept dataset upload digits digits.npz\n"
      "percept dataset upload iris iris.csv --label species --validation-fraction 0.2 --seed 7\n"
      "percept dataset upload fashion train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz");
  AddDatasetArgument(command, &options->name);
  command->add_option("FILE", options->files, "The files, in the order of their format.")
      ->type_name("")
      ->required();
  AddEnum(
      command, "--format", &options->format,
      "Format of the files. Default by their names: .npz, .csv[.gz], ...ubyte[.gz] or .idx[.gz].");
  AddText(command, "--label", &options->label, "COLUMN",
          "CSV: column that holds the label. Default the last.");
  AddNumber(command, "--validation-fraction", &options->validation_fraction,
            "Share of the training examples to carve off for validation, class by class. "
            "Default 0.");
  AddNumber(command, "--test-fraction", &options->test_fraction,
            "Share of the training examples to hold out for the test. Default 0.");
  AddNumber(command, "--seed", &options->seed, "Seed of the carving. Default 0.");
  command->callback([options, chosen] {
    SettleFormat(options.get());
    *chosen = [options](Session& session) { return Run(session, *options); };
  });
}

}  // namespace percept::cli
