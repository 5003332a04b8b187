#include "server/data/catalogue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/data/mnist.h"

namespace percept::data {
namespace {

constexpr absl::string_view kMnistId = "mnist";
constexpr size_t kMaxIdLength = 63;

bool IsValidId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdLength ||
      !absl::ascii_islower(static_cast<unsigned char>(id[0])))
    return false;
  return std::all_of(id.begin(), id.end(), [](char character) {
    const auto byte = static_cast<unsigned char>(character);
    return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || character == '-';
  });
}

absl::Status Exists(absl::string_view id) {
  return WithReason(absl::AlreadyExistsError(
                        absl::StrCat("datasets/", id, ": exists already; choose another id")),
                    "DATASET_EXISTS");
}

absl::Status CheckRequest(absl::string_view id, const GeneratorSource& source) {
  FieldViolations violations;
  if (!IsValidId(id)) violations.Add("dataset_id", "must match [a-z][a-z0-9-]{0,62}", id);
  CheckGeneratorSource(source, "dataset.generator", violations);
  return violations.ToStatus();
}

// Fills in what the content tells.
void Describe(const Dataset& dataset, DatasetRecord& record) {
  record.inputs = dataset.inputs;
  record.classes = dataset.classes;
  record.image_shape = dataset.image_shape;
  for (size_t kind = 0; kind < kSplitCount; ++kind) {
    DatasetRecord::SplitSummary& summary = record.splits[kind];
    summary.examples = dataset.splits[kind].examples;
    summary.class_counts.assign(static_cast<size_t>(dataset.classes), 0);
    for (const int32_t label : dataset.splits[kind].labels)
      ++summary.class_counts[static_cast<size_t>(label)];
  }
  record.digest = ContentDigest(dataset);
  record.size_bytes = dataset.size_bytes();
}

absl::Status NamingWayOut(const absl::Status& status, absl::string_view id) {
  if (!absl::IsNotFound(status)) return status;
  return WithReason(absl::NotFoundError(absl::StrCat(
                        "datasets/", id,
                        ": no such data set; create it with \"percept dataset create\" "
                        "or choose one of \"percept dataset list\"")),
                    "DATASET_NOT_FOUND");
}

absl::StatusOr<Dataset> GenerateChecked(const DatasetRecord& record) {
  const auto* const source = std::get_if<GeneratorSource>(&record.source);
  if (source == nullptr || FindGenerator(source->generator) == nullptr) {
    return absl::InternalError(
        absl::StrCat("datasets/", record.id, ": its record names no known generator"));
  }
  Dataset dataset = Generate(*source);
  const std::string digest = ContentDigest(dataset);
  if (digest == record.digest) return dataset;
  return WithReason(absl::DataLossError(
                        absl::StrCat("datasets/", record.id, ": its content must have the digest ",
                                     record.digest, " that is on record, got ", digest)),
                    "DATASET_CORRUPT");
}

}  // namespace

Catalogue::Catalogue(Options options, DatasetRepository* repository, const Clock* clock)
    : options_(std::move(options)),
      repository_(repository),
      clock_(clock),
      contents_(options_.cache_bytes) {}

std::string Catalogue::mnist_folder() const { return absl::StrCat(options_.assets_dir, "/mnist"); }

absl::Status Catalogue::CheckInstalled() const {
  return CheckMnistInstalled(mnist_folder(), options_.install_command);
}

absl::StatusOr<DatasetRecord> Catalogue::Create(absl::string_view id, const Source& given,
                                                absl::string_view owner) {
  if (!std::holds_alternative<GeneratorSource>(given)) {
    return absl::UnimplementedError("dataset: this server makes data sets by a generator only");
  }
  const auto& source = std::get<GeneratorSource>(given);
  PERCEPT_RETURN_IF_ERROR(CheckRequest(id, source));
  if (id == kMnistId) return Exists(id);
  // Spares the work where it is in vain; Insert decides.
  const absl::StatusOr<DatasetRecord> existing = repository_->Get(id);
  if (existing.ok()) return Exists(id);
  if (!absl::IsNotFound(existing.status())) return existing.status();

  DatasetRecord record;
  record.id = std::string(id);
  record.source = source;
  record.owner = std::string(owner);
  record.create_time = absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now()));
  Dataset dataset = Generate(source);
  Describe(dataset, record);
  const absl::Status inserted = repository_->Insert(record);
  if (absl::IsAlreadyExists(inserted)) return Exists(id);
  PERCEPT_RETURN_IF_ERROR(inserted);
  // Whoever creates a set is about to use it. Where it finds no room, Load generates it again.
  contents_.Get(record.digest, [&] { return absl::StatusOr<Dataset>(std::move(dataset)); })
      .IgnoreError();
  return record;
}

absl::StatusOr<DatasetRecord> Catalogue::Get(absl::string_view id) {
  if (id == kMnistId) return GetInstalled();
  absl::StatusOr<DatasetRecord> record = repository_->Get(id);
  if (!record.ok()) return NamingWayOut(record.status(), id);
  return record;
}

absl::StatusOr<std::vector<DatasetRecord>> Catalogue::List(absl::string_view after, int limit) {
  PERCEPT_ASSIGN_OR_RETURN(std::vector<DatasetRecord> records, repository_->List(after, limit));
  if (kMnistId <= after || !CheckInstalled().ok()) return records;
  const auto place = std::find_if(records.begin(), records.end(),
                                  [](const DatasetRecord& record) { return record.id > kMnistId; });
  if (place - records.begin() >= limit) return records;
  absl::StatusOr<DatasetRecord> installed = GetInstalled();
  if (!installed.ok()) {
    // Whoever asks for it gets the error; the list of all others is not lost over it.
    log::Warning("an installed data set is left out of a list",
                 {{"error", installed.status().message()}});
    return records;
  }
  records.insert(place, *std::move(installed));
  if (static_cast<int>(records.size()) > limit) records.pop_back();
  return records;
}

absl::StatusOr<int64_t> Catalogue::Count() const {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t created, repository_->Count());
  return created + (CheckInstalled().ok() ? 1 : 0);
}

absl::StatusOr<std::shared_ptr<const Dataset>> Catalogue::Load(absl::string_view id,
                                                               TrainOn /*train_on*/) {
  if (id == kMnistId) return LoadInstalled();
  PERCEPT_ASSIGN_OR_RETURN(const DatasetRecord record, Get(id));
  return contents_.Get(record.digest, [&] { return GenerateChecked(record); });
}

absl::StatusOr<std::shared_ptr<const Dataset>> Catalogue::LoadInstalled() {
  PERCEPT_RETURN_IF_ERROR(CheckInstalled());
  return contents_.Get(kMnistId,
                       [&] { return LoadMnist(mnist_folder(), options_.install_command); });
}

absl::StatusOr<DatasetRecord> Catalogue::GetInstalled() {
  PERCEPT_RETURN_IF_ERROR(CheckInstalled());
  {
    absl::MutexLock lock(&mutex_);
    if (installed_record_.has_value()) return *installed_record_;
  }
  PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const Dataset> dataset, LoadInstalled());
  DatasetRecord record;
  record.id = std::string(kMnistId);
  record.source = InstalledSource{std::string(kMnistDescription)};
  Describe(*dataset, record);
  absl::MutexLock lock(&mutex_);
  installed_record_ = record;
  return record;
}

absl::Status Catalogue::Recover() { return absl::OkStatus(); }
absl::Status Catalogue::CheckNewId(absl::string_view) { return absl::UnimplementedError(""); }
absl::StatusOr<DatasetRecord> Catalogue::Add(absl::string_view, UploadSource, Dataset,
                                             absl::string_view) {
  return absl::UnimplementedError("");
}
absl::Status Catalogue::Delete(absl::string_view) { return absl::UnimplementedError(""); }
absl::Status Catalogue::RecordTestRead(absl::string_view) { return absl::UnimplementedError(""); }

}  // namespace percept::data
