#include "server/data/catalogue.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/data/generators/generator.h"
#include "server/data/make_dataset.h"
#include "server/data/mnist.h"
#include "server/data/transforms.h"
#include "server/data/within_memory.h"

namespace percept::data {
namespace {

constexpr absl::string_view kMnistId = "mnist";
// Follows the key of a content in the cache where its training split is both.
constexpr absl::string_view kJoinedSuffix = "+validation";

absl::Status Exists(absl::string_view id) {
  return WithReason(absl::AlreadyExistsError(
                        absl::StrCat("datasets/", id, ": exists already; choose another id")),
                    "DATASET_EXISTS");
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

// As precise as a record keeps it.
absl::Time InMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

std::string NameOf(absl::string_view id) { return absl::StrCat("datasets/", id); }

// The error, beginning with the data set's name.
absl::Status NamingDataset(const absl::Status& status, absl::string_view id) {
  const std::string name = NameOf(id);
  return absl::StartsWith(status.message(), name) ? status : Annotate(status, name);
}

absl::Status Corrupt(absl::string_view what) {
  return WithReason(absl::DataLossError(what), "DATASET_CORRUPT");
}

}  // namespace

Catalogue::Catalogue(Options options, DatasetRepository* repository, const Clock* clock)
    : options_(std::move(options)),
      repository_(repository),
      clock_(clock),
      store_(options_.content_dir, repository),
      contents_(options_.cache_bytes) {}

std::string Catalogue::mnist_folder() const { return absl::StrCat(options_.assets_dir, "/mnist"); }

absl::Status Catalogue::CheckInstalled() const {
  return CheckMnistInstalled(mnist_folder(), options_.install_command);
}

absl::Status Catalogue::Recover() { return store_.Recover(); }

absl::Status Catalogue::CheckNewId(absl::string_view id) {
  FieldViolations violations;
  CheckDatasetId("dataset_id", id, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  if (id == kMnistId) return Exists(id);
  const absl::Status existing = repository_->Get(id).status();
  if (existing.ok()) return Exists(id);
  return absl::IsNotFound(existing) ? absl::OkStatus() : existing;
}

absl::StatusOr<DatasetRecord> Catalogue::Create(absl::string_view id, const Source& source,
                                                absl::string_view owner, Visibility visibility) {
  FieldViolations violations;
  CheckDatasetId("dataset_id", id, violations);
  CheckSource(source, violations);
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  // Spares the work where it is in vain; inserting decides.
  PERCEPT_RETURN_IF_ERROR(CheckNewId(id));
  PERCEPT_ASSIGN_OR_RETURN(Dataset content, Make(source));
  DatasetRecord record = NewRecord(id, source, owner);
  record.visibility = visibility;
  return Keep(std::move(record), std::move(content));
}

absl::StatusOr<DatasetRecord> Catalogue::Add(absl::string_view id, UploadSource source,
                                             Dataset content, absl::string_view owner) {
  PERCEPT_RETURN_IF_ERROR(CheckNewId(id));
  PERCEPT_RETURN_IF_ERROR(
      CheckContentSize(NameOf(id), content.size_bytes(), options_.max_content_bytes));
  return Keep(NewRecord(id, std::move(source), owner), std::move(content));
}

DatasetRecord Catalogue::NewRecord(absl::string_view id, Source source,
                                   absl::string_view owner) const {
  DatasetRecord record;
  record.id = std::string(id);
  record.source = std::move(source);
  record.owner = std::string(owner);
  record.create_time = InMicroseconds(clock_->Now());
  return record;
}

absl::StatusOr<Dataset> Catalogue::Make(const Source& source) {
  const Origin origin = OriginOf(source);
  std::shared_ptr<const Dataset> from;
  if (!origin.field.empty()) {
    absl::StatusOr<std::shared_ptr<const Dataset>> loaded = Load(origin.dataset);
    if (!loaded.ok()) return Annotate(loaded.status(), origin.field);
    from = *std::move(loaded);
  }
  return WithinMemory([&] {
    return MakeDataset(source, from.get(),
                       {.content_bytes = options_.max_content_bytes,
                        .feature_operations = options_.max_feature_operations});
  });
}

absl::Status Catalogue::CheckRoom(const DatasetRecord& record) const {
  if (options_.max_bytes_per_owner > 0) {
    PERCEPT_ASSIGN_OR_RETURN(const int64_t owned, repository_->TotalBytes(record.owner));
    if (owned + record.size_bytes > options_.max_bytes_per_owner) {
      return WithReason(
          absl::ResourceExhaustedError(absl::StrCat(
              "owner: may have data sets of at most ", options_.max_bytes_per_owner,
              " bytes together (--max-dataset-bytes-per-owner), ", record.owner, " has ", owned,
              " and this one has ", record.size_bytes, "; delete some first")),
          "OWNER_DATASETS_TOO_LARGE");
    }
  }
  if (options_.max_bytes > 0) {
    PERCEPT_ASSIGN_OR_RETURN(const int64_t total, repository_->TotalBytes(std::nullopt));
    if (total + record.size_bytes > options_.max_bytes) {
      return WithReason(absl::ResourceExhaustedError(
                            absl::StrCat("data sets: may have at most ", options_.max_bytes,
                                         " bytes together (--max-dataset-bytes), have ", total,
                                         " and this one has ", record.size_bytes)),
                        "DATASETS_TOO_LARGE");
    }
  }
  return absl::OkStatus();
}

absl::Status Catalogue::Insert(const DatasetRecord& record, const Dataset& content) {
  const bool is_limited = options_.max_bytes_per_owner > 0 || options_.max_bytes > 0;
  absl::MutexLockMaybe lock(is_limited ? &quota_mutex_ : nullptr);
  PERCEPT_RETURN_IF_ERROR(CheckRoom(record));
  return record.is_generated() ? repository_->Insert(record) : store_.Insert(record, content);
}

// Stores a new data set.
absl::StatusOr<DatasetRecord> Catalogue::Keep(DatasetRecord record, Dataset content) {
  Describe(content, record);
  const absl::Status inserted = Insert(record, content);
  if (absl::IsAlreadyExists(inserted)) return Exists(record.id);
  PERCEPT_RETURN_IF_ERROR(inserted);
  // Whoever creates a set is about to use it. Where it finds no room, Load brings it again.
  contents_.Get(record.digest, [&] { return absl::StatusOr<Dataset>(std::move(content)); })
      .IgnoreError();
  return record;
}

absl::Status Catalogue::Delete(absl::string_view id) {
  if (id == kMnistId) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          NameOf(id), ": is installed with the server and cannot be deleted")),
                      "DATASET_INSTALLED");
  }
  absl::WriterMutexLock lock(&deletion_mutex_);
  PERCEPT_ASSIGN_OR_RETURN(const DatasetRecord record, Get(id));
  return store_.Delete(record);
}

absl::StatusOr<DatasetRecord> Catalogue::Get(absl::string_view id) {
  if (id == kMnistId) return GetInstalled();
  absl::StatusOr<DatasetRecord> record = repository_->Get(id);
  if (!record.ok()) return NamingWayOut(record.status(), id);
  return record;
}

absl::StatusOr<DatasetRecord> Catalogue::Share(absl::string_view id, Visibility visibility) {
  if (id == kMnistId) {
    return WithReason(absl::FailedPreconditionError(
                          absl::StrCat(NameOf(id), ": is installed with the server and public")),
                      "DATASET_INSTALLED");
  }
  PERCEPT_RETURN_IF_ERROR(repository_->SetVisibility(id, visibility));
  return Get(id);
}

absl::StatusOr<std::vector<DatasetRecord>> Catalogue::List(absl::string_view after, int limit,
                                                           const std::optional<Reader>& reader) {
  PERCEPT_ASSIGN_OR_RETURN(std::vector<DatasetRecord> records,
                           repository_->List(after, limit, reader));
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
                                                               TrainOn train_on) {
  const auto load = [&] { return id == kMnistId ? LoadInstalled() : LoadCreated(id); };
  if (train_on == TrainOn::kTrain) return load();
  PERCEPT_ASSIGN_OR_RETURN(const DatasetRecord record, Get(id));
  // Loading the parts within the other's load takes no lock: nothing can wait in a circle.
  absl::StatusOr<std::shared_ptr<const Dataset>> joined =
      contents_.Get(absl::StrCat(record.digest, kJoinedSuffix), [&]() -> absl::StatusOr<Dataset> {
        PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const Dataset> parts, load());
        return JoinTrainAndValidation(*parts);
      });
  if (!joined.ok()) return NamingDataset(joined.status(), id);
  return joined;
}

absl::StatusOr<std::shared_ptr<const Dataset>> Catalogue::LoadCreated(absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(const DatasetRecord record, Get(id));
  absl::StatusOr<std::shared_ptr<const Dataset>> content =
      contents_.Get(record.digest, [&] { return MakeAgain(record); });
  if (content.ok()) return content;
  // Its file goes with its record: where both went meanwhile, nothing was lost.
  PERCEPT_RETURN_IF_ERROR(Get(id).status());
  return NamingDataset(content.status(), id);
}

// The content of a record. Shared by all records of the digest, hence errors do not name this one.
absl::StatusOr<Dataset> Catalogue::MakeAgain(const DatasetRecord& record) const {
  absl::StatusOr<Dataset> content;
  if (const auto* const source = std::get_if<GeneratorSource>(&record.source)) {
    if (FindGenerator(source->generator) == nullptr)
      return absl::InternalError("its record names no known generator");
    content = Generate(*source);
  } else {
    content = store_.Read(record.digest);
  }
  if (absl::IsDataLoss(content.status())) return Corrupt(content.status().message());
  PERCEPT_RETURN_IF_ERROR(content.status());
  const std::string digest = ContentDigest(*content);
  if (digest == record.digest) return content;
  return Corrupt(absl::StrCat("its content must have the digest ", record.digest,
                              " that is on record, got ", digest));
}

absl::StatusOr<std::shared_ptr<const Dataset>> Catalogue::LoadInstalled() {
  PERCEPT_RETURN_IF_ERROR(CheckInstalled());
  absl::StatusOr<std::shared_ptr<const Dataset>> content =
      contents_.Get(kMnistId, [&] { return LoadMnist(mnist_folder(), options_.install_command); });
  if (!content.ok()) return NamingDataset(content.status(), kMnistId);
  return content;
}

// MNIST's record but for what was counted.
absl::StatusOr<DatasetRecord> Catalogue::DescribeInstalled() {
  PERCEPT_RETURN_IF_ERROR(CheckInstalled());
  {
    absl::MutexLock lock(&mutex_);
    if (installed_record_.has_value()) return *installed_record_;
  }
  PERCEPT_ASSIGN_OR_RETURN(const std::shared_ptr<const Dataset> dataset, LoadInstalled());
  DatasetRecord record;
  record.id = std::string(kMnistId);
  record.source = InstalledSource{std::string(kMnistDescription)};
  record.visibility = Visibility::kPublic;
  Describe(*dataset, record);
  absl::MutexLock lock(&mutex_);
  installed_record_ = record;
  return record;
}

absl::StatusOr<DatasetRecord> Catalogue::GetInstalled() {
  PERCEPT_ASSIGN_OR_RETURN(DatasetRecord record, DescribeInstalled());
  PERCEPT_ASSIGN_OR_RETURN(const TestReads reads, repository_->GetTestReads(kMnistId));
  record.test_read_count = reads.count;
  record.last_test_read_time = reads.last_time;
  return record;
}

absl::Status Catalogue::RecordTestRead(absl::string_view id) {
  // What is counted is gone with its set: none is deleted in between.
  absl::ReaderMutexLock lock(&deletion_mutex_);
  PERCEPT_RETURN_IF_ERROR(Get(id).status());
  return repository_->RecordTestRead(id, InMicroseconds(clock_->Now()));
}

}  // namespace percept::data
