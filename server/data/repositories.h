#ifndef PERCEPT_SERVER_DATA_REPOSITORIES_H_
#define PERCEPT_SERVER_DATA_REPOSITORIES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "server/base/access.h"
#include "server/data/dataset.h"
#include "server/data/sources.h"

// Where what is known of data sets and uploads is kept. Implementations are thread-safe. Errors are
// those of storage/repositories.h.
namespace percept::data {

// What is known of a data set without its examples.
struct DatasetRecord {
  std::string id;  // Last part of the resource name.
  Source source;
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
  Visibility visibility = Visibility::kClass;
  // Read only: kept by DatasetRepository::RecordTestRead.
  int64_t test_read_count = 0;                    // Times the test split was shown or exported,
  std::optional<absl::Time> last_test_read_time;  // and when that was last.

  bool is_installed() const { return std::holds_alternative<InstalledSource>(source); }
  bool is_generated() const { return std::holds_alternative<GeneratorSource>(source); }
  bool operator==(const DatasetRecord&) const = default;
};

// Uses of a data set's test split.
struct TestReads {
  int64_t count = 0;
  std::optional<absl::Time> last_time;

  bool operator==(const TestReads&) const = default;
};

// The records of created data sets; installed ones have none.
class DatasetRepository {
 public:
  virtual ~DatasetRepository() = default;

  // Durable when it returns. AlreadyExists when the id is taken.
  virtual absl::Status Insert(const DatasetRecord& record) = 0;

  // NotFound.
  virtual absl::StatusOr<DatasetRecord> Get(absl::string_view id) const = 0;

  // Up to `limit` records with ids after `after`, in order of id; those that `reader` may read,
  // where it is set.
  virtual absl::StatusOr<std::vector<DatasetRecord>> List(
      absl::string_view after, int limit, const std::optional<Reader>& reader) const = 0;

  // Durable when it returns. NotFound.
  virtual absl::Status SetVisibility(absl::string_view id, Visibility visibility) = 0;

  // Bytes of the content of one owner's data sets, or of everybody's.
  virtual absl::StatusOr<int64_t> TotalBytes(std::optional<absl::string_view> owner) const = 0;

  // Number of records.
  virtual absl::StatusOr<int64_t> Count() const = 0;

  // Number of records with this digest.
  virtual absl::StatusOr<int64_t> CountByDigest(absl::string_view digest) const = 0;

  // Durable when it returns; what was counted of its test split goes with it. NotFound;
  // FailedPrecondition, naming their number, while jobs refer to the data set.
  virtual absl::Status Delete(absl::string_view id) = 0;

  // Counts a use of the test split, durable when it returns. Whether there is a record of that id
  // is not looked at, since installed sets have none.
  virtual absl::Status RecordTestRead(absl::string_view id, absl::Time time) = 0;

  // What was counted, also for an installed set; none for an id that is not known.
  virtual absl::StatusOr<TestReads> GetTestReads(absl::string_view id) const = 0;
};

// One file of an upload.
struct UploadFile {
  std::string name;            // For people; never opened.
  int64_t size_bytes = 0;      // As announced.
  std::string sha256;          // 32 bytes; empty where the client gave none.
  int64_t received_bytes = 0;  // Not kept: what lies in the folder decides.

  bool operator==(const UploadFile&) const = default;
};

// A data set on its way to the server.
struct UploadRecord {
  std::string id;
  std::string dataset_id;  // Of the data set to be.
  UploadSource source;     // `file_names` are those of `files`.
  std::vector<UploadFile> files;
  std::string owner;
  absl::Time expire_time;
  bool finished = false;  // The data set is there; the files are gone.

  bool operator==(const UploadRecord&) const = default;
};

class UploadRepository {
 public:
  virtual ~UploadRepository() = default;

  // Durable when it returns. AlreadyExists when the id is taken.
  virtual absl::Status Insert(const UploadRecord& record) = 0;

  // NotFound.
  virtual absl::StatusOr<UploadRecord> Get(absl::string_view id) const = 0;

  struct Listing {
    std::vector<UploadRecord> uploads;
    std::vector<std::string> damaged;  // Ids of those that cannot be read.
  };
  // All of them, in order of id.
  virtual absl::StatusOr<Listing> List() const = 0;

  // Overwrites `finished` and `expire_time`, durable when it returns. NotFound.
  virtual absl::Status Update(const UploadRecord& record) = 0;

  // Durable when it returns. Ok also when there is none.
  virtual absl::Status Delete(absl::string_view id) = 0;
};

}  // namespace percept::data

#endif  // PERCEPT_SERVER_DATA_REPOSITORIES_H_
