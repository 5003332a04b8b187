#ifndef PERCEPT_SERVER_DATA_CATALOGUE_H_
#define PERCEPT_SERVER_DATA_CATALOGUE_H_

#include <array>
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
#include "server/data/content_cache.h"
#include "server/data/dataset.h"
#include "server/data/generators/generator.h"

namespace percept::data {

// What is known of a data set without its examples.
struct DatasetRecord {
  std::string id;                            // Last part of the resource name.
  std::optional<GeneratorSource> generator;  // Set unless installed.
  std::string description;                   // Installed sets: what it is and where it comes from.
  int32_t inputs = 0;
  int32_t classes = 0;
  std::optional<ImageShape> image_shape;
  struct SplitSummary {
    int64_t examples = 0;
    std::vector<int64_t> class_counts;  // By label, [K].

    bool operator==(const SplitSummary&) const = default;
  };
  std::array<SplitSummary, kSplitCount> splits;
  std::string digest;
  int64_t size_bytes = 0;
  absl::Time create_time = absl::InfinitePast();  // InfinitePast for installed sets.
  std::string owner;

  bool is_installed() const { return !generator.has_value(); }
  bool operator==(const DatasetRecord&) const = default;
};

// Where the records of created data sets are kept. Implementations are thread-safe.
class DatasetRepository {
 public:
  virtual ~DatasetRepository() = default;

  // Durable when it returns. AlreadyExists when the id is taken.
  virtual absl::Status Insert(const DatasetRecord& record) = 0;

  // NotFound.
  virtual absl::StatusOr<DatasetRecord> Get(absl::string_view id) const = 0;

  // Up to `limit` records with ids after `after`, in order of id.
  virtual absl::StatusOr<std::vector<DatasetRecord>> List(absl::string_view after,
                                                          int limit) const = 0;

  // Number of records.
  virtual absl::StatusOr<int64_t> Count() const = 0;
};

// All data sets of a server: those installed in the assets folder and those created by clients.
// Content is loaded or generated when first asked for, shared while anybody uses it, and kept
// beyond that up to a bound, the least recently used going first. Thread-safe.
class Catalogue {
 public:
  struct Options {
    std::string assets_dir;                                     // Holds mnist/.
    std::string install_command = "script/bootstrap --assets";  // Named where MNIST is missing.
    int64_t cache_bytes = int64_t{256} << 20;                   // Unused content kept, at most.
  };

  // `repository` and `clock` must outlive the catalogue.
  Catalogue(Options options, DatasetRepository* repository, const Clock* clock);

  // Checks, generates and stores a data set. InvalidArgument naming the field (as in
  // `dataset.generator.train_per_class`), AlreadyExists.
  absl::StatusOr<DatasetRecord> Create(absl::string_view id, const GeneratorSource& source,
                                       absl::string_view owner);

  // NotFound, naming what there is to do; FailedPrecondition for an installed set whose files are
  // missing, DataLoss for one whose files are not the published ones.
  absl::StatusOr<DatasetRecord> Get(absl::string_view id);

  // Up to `limit` records with ids after `after`, in order of id; installed ones that are missing
  // are left out.
  absl::StatusOr<std::vector<DatasetRecord>> List(absl::string_view after, int limit);

  // Number of data sets, installed ones among them. Loads none.
  absl::StatusOr<int64_t> Count() const;

  // The examples, with their digest checked against the record (DataLoss). May take a second for
  // a large set that is not in memory.
  absl::StatusOr<std::shared_ptr<const Dataset>> Load(absl::string_view id);

  // Ok when MNIST is there; otherwise says what to run. Reads no file contents.
  absl::Status CheckInstalled() const;

 private:
  std::string mnist_folder() const;
  absl::StatusOr<std::shared_ptr<const Dataset>> LoadInstalled();
  absl::StatusOr<DatasetRecord> GetInstalled();

  const Options options_;
  DatasetRepository* const repository_;  // Thread-safe.
  const Clock* const clock_;             // Thread-safe.
  ContentCache contents_;                // Thread-safe. Generated content is known by its digest.
  absl::Mutex mutex_;
  // MNIST's, once its content was looked at; outlives the content.
  std::optional<DatasetRecord> installed_record_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_CATALOGUE_H_
