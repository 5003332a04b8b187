#include "server/data/uploads.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"

#include "server/base/crc32c.h"
#include "server/base/id.h"
#include "server/base/logging.h"
#include "server/base/status.h"
#include "server/data/check_upload.h"
#include "server/data/read_upload.h"
#include "server/data/within_memory.h"

namespace percept::data {
namespace {

// How far a chunk must move the end of an upload's life to be worth a commit.
constexpr absl::Duration kLeastTouch = absl::Minutes(1);

absl::Time InMicroseconds(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

absl::Status NoSuchUpload(absl::string_view id) {
  return WithReason(absl::NotFoundError(absl::StrCat(
                        "uploads/", id, ": no such upload; it was given up, refused or expired")),
                    "UPLOAD_NOT_FOUND");
}

absl::Status NoMoreBytes(absl::string_view id, absl::string_view why) {
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat("uploads/", id, ": takes no more bytes, ", why)),
      "UPLOAD_FINISHED");
}

absl::Status CheckBytes(absl::string_view bytes, std::optional<uint32_t> crc32c) {
  FieldViolations violations;
  const auto size = static_cast<int64_t>(bytes.size());
  if (size < 1 || size > Uploads::kMaxChunkBytes) {
    violations.Add("data", absl::StrCat("must be 1 to ", Uploads::kMaxChunkBytes, " bytes"), size);
  }
  PERCEPT_RETURN_IF_ERROR(violations.ToStatus());
  if (!crc32c.has_value() || *crc32c == Crc32c(bytes)) return absl::OkStatus();
  return WithReason(absl::DataLossError(absl::StrCat("crc32c: must be that of the data, ",
                                                     Crc32c(bytes), ", got ", *crc32c)),
                    "UPLOAD_CORRUPT");
}

void MarkReceived(UploadRecord& record) {
  for (UploadFile& file : record.files) file.received_bytes = file.size_bytes;
}

// Whether it looks like the data set of this upload.
bool IsMadeFrom(const UploadRecord& upload, const DatasetRecord& dataset) {
  const auto* const source = std::get_if<UploadSource>(&dataset.source);
  return source != nullptr && *source == upload.source && dataset.owner == upload.owner;
}

}  // namespace

// The right to use an upload, waited for. What happens to an upload happens one after the other.
class Uploads::Turn {
 public:
  // A brief use does not wait for one that is alone: then it has no turn.
  Turn(Uploads* uploads, absl::string_view id, Use use) : uploads_(uploads), id_(id) {
    const auto can_decide = [this, use] {
      uploads_->mutex_.AssertHeld();
      const auto other = uploads_->busy_.find(id_);
      return other == uploads_->busy_.end() ||
             (use == Use::kBriefly && other->second == Use::kAlone);
    };
    absl::MutexLock lock(&uploads_->mutex_, absl::Condition(&can_decide));
    is_mine_ = uploads_->busy_.try_emplace(id_, use).second;
  }
  ~Turn() {
    if (!is_mine_) return;
    absl::MutexLock lock(&uploads_->mutex_);
    uploads_->busy_.erase(id_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  bool is_mine() const { return is_mine_; }

 private:
  Uploads* const uploads_;
  const std::string id_;
  bool is_mine_ = false;
};

Uploads::Uploads(Options options, UploadRepository* repository, Catalogue* catalogue,
                 const Clock* clock)
    : options_(std::move(options)),
      repository_(repository),
      catalogue_(catalogue),
      clock_(clock),
      folder_(options_.folder) {}

absl::Status Uploads::Recover() {
  PERCEPT_RETURN_IF_ERROR(folder_.Make());
  absl::MutexLock lock(&creation_mutex_);
  PERCEPT_RETURN_IF_ERROR(RemoveExpired());
  PERCEPT_ASSIGN_OR_RETURN(const UploadRepository::Listing listing, repository_->List());
  std::set<std::string> under_way;
  for (const UploadRecord& record : listing.uploads) {
    if (!record.finished) under_way.insert(record.id);
  }
  // Nobody can go on with it: it has to be begun again.
  for (const std::string& id : listing.damaged) {
    log::Warning("deleted an upload whose record is damaged", {{"upload", id}});
    PERCEPT_RETURN_IF_ERROR(repository_->Delete(id));
  }
  PERCEPT_ASSIGN_OR_RETURN(const std::vector<std::string> folders, folder_.List());
  for (const std::string& id : folders) {
    if (under_way.contains(id)) continue;
    PERCEPT_RETURN_IF_ERROR(folder_.Remove(id));
    log::Info("deleted the files of an upload that is over", {{"upload", id}});
  }
  return absl::OkStatus();
}

absl::StatusOr<UploadRecord> Uploads::Create(UploadRecord request, absl::string_view owner) {
  PERCEPT_RETURN_IF_ERROR(CheckUpload(request, options_.max_upload_bytes));
  PERCEPT_RETURN_IF_ERROR(catalogue_->CheckNewId(request.dataset_id));

  absl::MutexLock lock(&creation_mutex_);
  PERCEPT_RETURN_IF_ERROR(RemoveExpired());
  PERCEPT_ASSIGN_OR_RETURN(const UploadRepository::Listing listing, repository_->List());
  const auto under_way = std::count_if(listing.uploads.begin(), listing.uploads.end(),
                                       [](const UploadRecord& other) { return !other.finished; });
  if (under_way >= options_.max_uploads) {
    return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                          "uploads: at most ", options_.max_uploads,
                          " can be under way at once; finish or give up one of them first")),
                      "TOO_MANY_UPLOADS");
  }
  request.id = NewId();
  request.owner = std::string(owner);
  request.expire_time = InMicroseconds(clock_->Now() + options_.lifetime);
  request.finished = false;
  request.source.file_names.clear();
  for (UploadFile& file : request.files) {
    file.received_bytes = 0;
    request.source.file_names.push_back(file.name);
  }
  PERCEPT_RETURN_IF_ERROR(folder_.Add(request.id, request.files.size()));
  if (const absl::Status inserted = repository_->Insert(request); !inserted.ok()) {
    folder_.Remove(request.id).IgnoreError();
    return inserted;
  }
  return request;
}

absl::StatusOr<UploadRecord> Uploads::Get(absl::string_view id) {
  PERCEPT_ASSIGN_OR_RETURN(UploadRecord record, Find(id));
  PERCEPT_RETURN_IF_ERROR(Measure(record));
  // Files go after the record says so: what was measured counts if it still does not.
  PERCEPT_ASSIGN_OR_RETURN(const UploadRecord later, Find(id));
  if (later.finished) MarkReceived(record);
  return record;
}

absl::StatusOr<UploadRecord> Uploads::Append(absl::string_view id, int32_t file_index,
                                             int64_t offset, absl::string_view bytes,
                                             std::optional<uint32_t> crc32c) {
  PERCEPT_RETURN_IF_ERROR(CheckBytes(bytes, crc32c));
  const Turn turn(this, id, Use::kBriefly);
  PERCEPT_ASSIGN_OR_RETURN(UploadRecord record, Find(id));
  if (record.finished) return NoMoreBytes(id, "it is finished");
  if (!turn.is_mine()) return NoMoreBytes(id, "it is being finished or given up");
  PERCEPT_RETURN_IF_ERROR(Measure(record));
  const auto size = static_cast<int64_t>(bytes.size());
  PERCEPT_RETURN_IF_ERROR(CheckPlace(record, file_index, offset, size));
  PERCEPT_RETURN_IF_ERROR(Touch(record));
  const auto file = static_cast<size_t>(file_index);
  PERCEPT_RETURN_IF_ERROR(folder_.Append(id, file, offset, bytes));
  record.files[file].received_bytes += size;
  return record;
}

absl::StatusOr<DatasetRecord> Uploads::Finish(absl::string_view id) {
  const Turn turn(this, id, Use::kAlone);
  PERCEPT_ASSIGN_OR_RETURN(UploadRecord record, Find(id));
  if (record.finished) {
    PERCEPT_ASSIGN_OR_RETURN(DatasetRecord dataset, catalogue_->Get(record.dataset_id));
    if (IsMadeFrom(record, dataset)) return dataset;
    return WithReason(absl::NotFoundError(absl::StrCat("datasets/", record.dataset_id,
                                                       ": what was uploaded is deleted")),
                      "DATASET_NOT_FOUND");
  }
  PERCEPT_RETURN_IF_ERROR(Measure(record));
  PERCEPT_RETURN_IF_ERROR(CheckComplete(record));
  PERCEPT_ASSIGN_OR_RETURN(DatasetRecord dataset, MakeDataset(record));
  record.finished = true;
  record.expire_time = InMicroseconds(clock_->Now() + options_.lifetime);
  PERCEPT_RETURN_IF_ERROR(repository_->Update(record));
  if (const absl::Status removed = folder_.Remove(id); !removed.ok()) {
    log::Warning("the files of a finished upload stay until the next start",
                 {{"upload", id}, {"error", removed.message()}});
  }
  return dataset;
}

absl::Status Uploads::Delete(absl::string_view id) {
  const Turn turn(this, id, Use::kAlone);
  PERCEPT_ASSIGN_OR_RETURN(const UploadRecord record, Find(id));
  return Remove(record);
}

absl::StatusOr<UploadRecord> Uploads::Find(absl::string_view id) const {
  absl::StatusOr<UploadRecord> record = repository_->Get(id);
  if (absl::IsNotFound(record.status())) return NoSuchUpload(id);
  PERCEPT_RETURN_IF_ERROR(record.status());
  if (clock_->Now() >= record->expire_time) return NoSuchUpload(id);
  return record;
}

// Lets the upload live on.
absl::Status Uploads::Touch(UploadRecord& record) {
  const absl::Time expire_time = InMicroseconds(clock_->Now() + options_.lifetime);
  if (expire_time - record.expire_time < kLeastTouch) return absl::OkStatus();
  record.expire_time = expire_time;
  return repository_->Update(record);
}

// Fills in what has been received.
absl::Status Uploads::Measure(UploadRecord& record) const {
  if (record.finished) {
    MarkReceived(record);
    return absl::OkStatus();
  }
  for (size_t file = 0; file < record.files.size(); ++file) {
    PERCEPT_ASSIGN_OR_RETURN(record.files[file].received_bytes, folder_.Size(record.id, file));
  }
  return absl::OkStatus();
}

absl::StatusOr<DatasetRecord> Uploads::MakeDataset(const UploadRecord& record) {
  absl::StatusOr<DatasetRecord> existing = catalogue_->Get(record.dataset_id);
  if (!existing.ok() && !absl::IsNotFound(existing.status())) return existing.status();
  if (existing.ok() && !IsMadeFrom(record, *existing)) {
    PERCEPT_RETURN_IF_ERROR(catalogue_->CheckNewId(record.dataset_id));
  }
  absl::MutexLock lock(&reading_mutex_);
  PERCEPT_ASSIGN_OR_RETURN(Dataset content, Read(record));
  // A crash may have come between the data set and the mark that the upload is finished.
  if (existing.ok() && existing->digest == ContentDigest(content)) return existing;
  return catalogue_->Add(record.dataset_id, record.source, std::move(content), record.owner);
}

// Reads the files, and removes the upload where they are not what they must be.
absl::StatusOr<Dataset> Uploads::Read(const UploadRecord& record) {
  bool is_judged = false;
  absl::StatusOr<Dataset> content = WithinMemory([&] {
    absl::StatusOr<Dataset> read = ReadUpload(record, folder_,
                                              {.decompressed_bytes = options_.max_upload_bytes,
                                               .content_bytes = catalogue_->max_content_bytes()});
    is_judged = !absl::IsUnavailable(read.status()) && !absl::IsInternal(read.status());
    return read;
  });
  if (!content.ok() && is_judged) {
    if (const absl::Status removed = Remove(record); !removed.ok()) {
      log::Warning("a refused upload stays until it expires",
                   {{"upload", record.id}, {"error", removed.message()}});
    }
  }
  return content;
}

// The record first: files without one are found at the next start.
absl::Status Uploads::Remove(const UploadRecord& record) {
  PERCEPT_RETURN_IF_ERROR(repository_->Delete(record.id));
  return folder_.Remove(record.id);
}

absl::Status Uploads::RemoveExpired() {
  PERCEPT_ASSIGN_OR_RETURN(const UploadRepository::Listing listing, repository_->List());
  for (const UploadRecord& record : listing.uploads) {
    if (clock_->Now() < record.expire_time) continue;
    const Turn turn(this, record.id, Use::kBriefly);
    // It may just be finished or given up, or have been until now, or have got another chunk.
    if (!turn.is_mine() || Find(record.id).ok()) continue;
    const absl::Status removed = Remove(record);
    log::Info("deleted an upload that has expired",
              {{"upload", record.id}, {"status", removed.ToString()}});
  }
  return absl::OkStatus();
}

}  // namespace percept::data
