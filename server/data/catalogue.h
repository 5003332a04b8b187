#ifndef PERCEPT_SERVER_DATA_CATALOGUE_H_
#define PERCEPT_SERVER_DATA_CATALOGUE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/base/model_spec.h"
#include "server/data/content_cache.h"
#include "server/data/content_store.h"
#include "server/data/dataset.h"
#include "server/data/repositories.h"
#include "server/data/sources.h"

namespace percept::data {

// All data sets of a server: those installed in the assets folder and those created by clients.
// Content is loaded or generated when first asked for, shared while anybody uses it, and kept
// beyond that up to a bound, the least recently used going first. Generated content is drawn again;
// what was computed or uploaded lies in the content folder, one file per digest. Thread-safe.
class Catalogue {
 public:
  struct Options {
    std::string assets_dir;                                     // Holds mnist/.
    std::string content_dir;                                    // Made where it is not there.
    std::string install_command = "script/bootstrap --assets";  // Named where MNIST is missing.
    int64_t cache_bytes = int64_t{256} << 20;                   // Unused content kept, at most.
    int64_t max_content_bytes = int64_t{2} << 30;               // Of one data set.
    int64_t max_feature_operations = int64_t{4} << 30;          // Of all rows of a derived set.
    int64_t max_bytes_per_owner = 0;  // Of all data sets of an owner; 0 for no limit.
    int64_t max_bytes = 0;            // Likewise, of everybody's.
  };

  // `repository` and `clock` must outlive the catalogue.
  Catalogue(Options options, DatasetRepository* repository, const Clock* clock);

  // Makes the content folder, and deletes the files in it that no record refers to, left by a
  // crash. Call once, before any other.
  absl::Status Recover();

  // Ok where a data set may be made under `id`: InvalidArgument naming `dataset_id`,
  // AlreadyExists.
  absl::Status CheckNewId(absl::string_view id);

  // Checks, makes and stores a data set by a generator or from another one. InvalidArgument naming
  // the field (as in `dataset.generator.train_per_class`), AlreadyExists, ResourceExhausted when it
  // would be too large or cost too much, or its owner would have too many bytes; NotFound and what
  // else `Load` says of the set it is made from.
  absl::StatusOr<DatasetRecord> Create(absl::string_view id, const Source& source,
                                       absl::string_view owner,
                                       Visibility visibility = Visibility::kClass);

  // Stores a data set that was uploaded. As above.
  absl::StatusOr<DatasetRecord> Add(absl::string_view id, UploadSource source, Dataset content,
                                    absl::string_view owner);

  // Deletes a data set and its content. NotFound; FailedPrecondition for an installed one and, with
  // their number, while jobs refer to it.
  absl::Status Delete(absl::string_view id);

  // Held shared while a job is made from a record that `Get` gave: no data set is deleted
  // meanwhile.
  absl::Mutex* deletion_mutex() ABSL_LOCK_RETURNED(deletion_mutex_) { return &deletion_mutex_; }

  // NotFound, naming what there is to do; FailedPrecondition for an installed set whose files are
  // missing, DataLoss for one whose files are not the published ones.
  absl::StatusOr<DatasetRecord> Get(absl::string_view id);

  // Up to `limit` records with ids after `after`, in order of id, of those that `reader` may read
  // where it is set; installed ones that are missing are left out.
  absl::StatusOr<std::vector<DatasetRecord>> List(
      absl::string_view after, int limit, const std::optional<Reader>& reader = std::nullopt);

  // Says who may read a data set; durable when it returns. NotFound; FailedPrecondition for an
  // installed one.
  absl::StatusOr<DatasetRecord> Share(absl::string_view id, Visibility visibility);

  // Number of data sets, installed ones among them. Loads none.
  absl::StatusOr<int64_t> Count() const;

  // The examples, with their digest checked against the record (DataLoss). With
  // `kTrainAndValidation` the training split is both, one after the other. May take a second for a
  // large set that is not in memory.
  absl::StatusOr<std::shared_ptr<const Dataset>> Load(absl::string_view id,
                                                      TrainOn train_on = TrainOn::kTrain);

  // Puts a use of a data set's test split on its record. NotFound.
  absl::Status RecordTestRead(absl::string_view id);

  // Ok when MNIST is there; otherwise says what to run. Reads no file contents.
  absl::Status CheckInstalled() const;

  // Bytes that the data sets of an owner may have together; 0 for no limit.
  int64_t max_bytes_per_owner() const { return options_.max_bytes_per_owner; }
  int64_t max_bytes() const { return options_.max_bytes; }

  // Memory that a data set may take.
  int64_t max_content_bytes() const { return options_.max_content_bytes; }

 private:
  std::string mnist_folder() const;
  DatasetRecord NewRecord(absl::string_view id, Source source, absl::string_view owner) const;
  absl::StatusOr<Dataset> Make(const Source& source);
  absl::StatusOr<DatasetRecord> Keep(DatasetRecord record, Dataset content);
  absl::Status Insert(const DatasetRecord& record, const Dataset& content)
      ABSL_LOCKS_EXCLUDED(quota_mutex_);
  absl::Status CheckRoom(const DatasetRecord& record) const;
  absl::StatusOr<Dataset> MakeAgain(const DatasetRecord& record) const;
  absl::StatusOr<std::shared_ptr<const Dataset>> LoadCreated(absl::string_view id);
  absl::StatusOr<std::shared_ptr<const Dataset>> LoadInstalled();
  absl::StatusOr<DatasetRecord> DescribeInstalled();
  absl::StatusOr<DatasetRecord> GetInstalled();

  const Options options_;
  DatasetRepository* const repository_;  // Thread-safe.
  const Clock* const clock_;             // Thread-safe.
  ContentStore store_;                   // Thread-safe.
  // Thread-safe. Contents are known by their digests, so that one of a deleted set does no harm;
  // MNIST's by its id, as its digest is not known before it is read.
  ContentCache contents_;
  absl::Mutex deletion_mutex_;  // Taken before any other.
  absl::Mutex quota_mutex_;     // Held while a set is added under a limit of its owner.
  absl::Mutex mutex_;
  // MNIST's, once its content was looked at; outlives the content.
  std::optional<DatasetRecord> installed_record_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_CATALOGUE_H_
