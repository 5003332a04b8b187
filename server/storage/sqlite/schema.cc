#include "server/storage/sqlite/schema.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "server/base/status.h"
#include "server/storage/sqlite/pack_snapshot_rows.h"

namespace percept::storage {
namespace {

// Times and durations are in microseconds, times since 1970 (UTC). `crc32c` covers the other
// columns of its row, as in row.h. Enumerations are stored by the values in records.h, model_spec.h
// and source_columns.h.
constexpr char kVersion1[] = R"sql(
-- One row. `is_open` is 1 from a start to a clean stop.
CREATE TABLE store (is_open INTEGER NOT NULL, flushes INTEGER NOT NULL) STRICT;
INSERT INTO store VALUES (0, 0);

CREATE TABLE datasets (
  id TEXT NOT NULL PRIMARY KEY,
  generator INTEGER NOT NULL,  -- 0: none.
  train_per_class INTEGER NOT NULL,
  validation_per_class INTEGER NOT NULL,
  test_per_class INTEGER NOT NULL,
  seed INTEGER NOT NULL,  -- The bits of an unsigned number.
  description TEXT NOT NULL,
  inputs INTEGER NOT NULL,
  classes INTEGER NOT NULL,
  image_height INTEGER,
  image_width INTEGER,
  image_channels INTEGER,
  train_examples INTEGER NOT NULL,
  train_class_counts TEXT NOT NULL,  -- Numbers with commas between.
  validation_examples INTEGER NOT NULL,
  validation_class_counts TEXT NOT NULL,
  test_examples INTEGER NOT NULL,
  test_class_counts TEXT NOT NULL,
  digest TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  owner TEXT NOT NULL,
  crc32c INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  sequence INTEGER PRIMARY KEY,  -- In order of creation.
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  request_id TEXT NOT NULL,
  dataset TEXT NOT NULL,
  model INTEGER NOT NULL,
  hidden_units TEXT NOT NULL,  -- Numbers with commas between.
  activation INTEGER NOT NULL,
  initialization INTEGER NOT NULL,
  learning_rate REAL NOT NULL,
  epochs INTEGER NOT NULL,
  batch_size INTEGER NOT NULL,
  shuffle INTEGER NOT NULL,
  report_frequency INTEGER NOT NULL,
  evaluate_every INTEGER NOT NULL,
  evaluate INTEGER NOT NULL,
  optimizer INTEGER NOT NULL,
  schedule INTEGER NOT NULL,
  seed INTEGER NOT NULL,  -- The bits of an unsigned number.
  label TEXT NOT NULL,
  priority INTEGER NOT NULL,
  time_limit_us INTEGER NOT NULL,
  state INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  start_time_us INTEGER,
  end_time_us INTEGER,
  error_reason INTEGER NOT NULL,
  error_message TEXT NOT NULL,
  cancel_requested INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  run_time_us INTEGER NOT NULL,
  instruction_set TEXT NOT NULL,
  dataset_digest TEXT NOT NULL,
  inputs INTEGER NOT NULL,
  classes INTEGER NOT NULL,
  train_examples INTEGER NOT NULL,
  parameter_count INTEGER NOT NULL,
  memory_estimate_bytes INTEGER NOT NULL,
  crc32c INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX jobs_by_request_id ON jobs (owner, request_id) WHERE request_id <> '';
-- Each ends with the sequence, by which a page continues.
CREATE INDEX jobs_by_state ON jobs (state);
CREATE INDEX jobs_by_owner ON jobs (owner);
CREATE INDEX jobs_by_dataset ON jobs (dataset);
CREATE INDEX jobs_by_label ON jobs (label);

CREATE TABLE snapshots (
  job INTEGER NOT NULL REFERENCES jobs (sequence) ON DELETE CASCADE,
  snapshot_index INTEGER NOT NULL,
  step INTEGER NOT NULL,
  instances INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  validation_accuracy ANY,  -- REAL, or the text 'nan', which REAL cannot hold.
  validation_loss ANY,
  training_accuracy ANY,
  training_loss ANY,
  create_time_us INTEGER NOT NULL,
  parameters_crc32c INTEGER NOT NULL,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (job, snapshot_index)
) STRICT, WITHOUT ROWID;

-- Large, hence apart from the metrics.
CREATE TABLE snapshot_parameters (
  job INTEGER NOT NULL,
  snapshot_index INTEGER NOT NULL,
  parameters BLOB NOT NULL,
  batch_indices BLOB NOT NULL,  -- Little-endian 32-bit numbers.
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (job, snapshot_index),
  FOREIGN KEY (job, snapshot_index) REFERENCES snapshots (job, snapshot_index) ON DELETE CASCADE
) STRICT;
)sql";

// What is NULL in rows of version 1 reads as job_row.h and source_columns.h say.
constexpr char kVersion2[] = R"sql(
ALTER TABLE datasets ADD COLUMN source INTEGER;  -- Its kind.
ALTER TABLE datasets ADD COLUMN from_dataset TEXT;
ALTER TABLE datasets ADD COLUMN positive_label INTEGER;
ALTER TABLE datasets ADD COLUMN negative_label INTEGER;
ALTER TABLE datasets ADD COLUMN features TEXT;  -- A line each, escaped as in C.
ALTER TABLE datasets ADD COLUMN nonfinite_replacement ANY;  -- REAL, or the text 'nan'.
ALTER TABLE datasets ADD COLUMN file_names TEXT;  -- As `features`.
ALTER TABLE datasets ADD COLUMN format INTEGER;
ALTER TABLE datasets ADD COLUMN label_column TEXT;
ALTER TABLE datasets ADD COLUMN validation_fraction REAL;
ALTER TABLE datasets ADD COLUMN test_fraction REAL;
CREATE INDEX datasets_by_digest ON datasets (digest);

-- Uses of test splits. An installed set has a row here without one in `datasets`.
CREATE TABLE test_reads (
  dataset TEXT NOT NULL PRIMARY KEY,
  reads INTEGER NOT NULL,
  last_time_us INTEGER NOT NULL,
  crc32c INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE jobs ADD COLUMN iterations INTEGER;
ALTER TABLE jobs ADD COLUMN momentum REAL;
ALTER TABLE jobs ADD COLUMN beta1 REAL;
ALTER TABLE jobs ADD COLUMN beta2 REAL;
ALTER TABLE jobs ADD COLUMN epsilon REAL;
ALTER TABLE jobs ADD COLUMN weight_decay REAL;
ALTER TABLE jobs ADD COLUMN schedule_gamma REAL;
ALTER TABLE jobs ADD COLUMN schedule_sigma INTEGER;
ALTER TABLE jobs ADD COLUMN schedule_rho REAL;
ALTER TABLE jobs ADD COLUMN patience INTEGER;
ALTER TABLE jobs ADD COLUMN init_from_job TEXT;
ALTER TABLE jobs ADD COLUMN init_from_index INTEGER;
ALTER TABLE jobs ADD COLUMN train_on INTEGER;

CREATE TABLE epochs (
  job INTEGER NOT NULL REFERENCES jobs (sequence) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  validation_accuracy ANY,  -- As in `snapshots`.
  validation_loss ANY,
  training_accuracy ANY,
  training_loss ANY,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (job, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE test_evaluations (
  job INTEGER NOT NULL REFERENCES jobs (sequence) ON DELETE CASCADE,
  number INTEGER NOT NULL,  -- 0, 1, 2, … within the job.
  time_us INTEGER NOT NULL,
  snapshot_index INTEGER NOT NULL,
  accuracy ANY NOT NULL,  -- REAL, or the text 'nan'.
  loss ANY NOT NULL,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
  id TEXT NOT NULL PRIMARY KEY,
  dataset TEXT NOT NULL,  -- To be made.
  format INTEGER NOT NULL,
  label_column TEXT NOT NULL,
  validation_fraction REAL NOT NULL,
  test_fraction REAL NOT NULL,
  seed INTEGER NOT NULL,  -- The bits of an unsigned number.
  owner TEXT NOT NULL,
  expire_time_us INTEGER NOT NULL,
  finished INTEGER NOT NULL,
  files INTEGER NOT NULL,  -- How many rows of `upload_files` belong to it.
  crc32c INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE upload_files (
  upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,  -- 0, 1, 2, … within the upload.
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 BLOB NOT NULL,  -- Empty where the client gave none.
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
)sql";

// Snapshots in blocks, as snapshot_block.h packs them.
constexpr char kVersion3[] = R"sql(
-- Not WITHOUT ROWID: a search there reads all of each row that it compares with.
CREATE TABLE snapshot_blocks (
  job INTEGER NOT NULL REFERENCES jobs (sequence) ON DELETE CASCADE,
  first_index INTEGER NOT NULL,
  snapshots INTEGER NOT NULL,  -- How many.
  best_index INTEGER NOT NULL,  -- The best of them, with its validation figures.
  best_accuracy ANY,  -- REAL, or the text 'nan', which REAL cannot hold.
  best_loss ANY,
  heads BLOB NOT NULL,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (job, first_index)
) STRICT;

-- Large, hence apart from the metrics.
CREATE TABLE parameter_blocks (
  job INTEGER NOT NULL,
  first_index INTEGER NOT NULL,
  snapshots INTEGER NOT NULL,
  parameters BLOB NOT NULL,
  batch_indices BLOB NOT NULL,
  ends BLOB NOT NULL,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (job, first_index),
  FOREIGN KEY (job, first_index) REFERENCES snapshot_blocks (job, first_index) ON DELETE CASCADE
) STRICT;
)sql";

// What is NULL in older rows reads as 0: an unknown engine revision, nothing asked for or changed.
constexpr char kVersion4[] = R"sql(
ALTER TABLE jobs ADD COLUMN pause_requested INTEGER;
ALTER TABLE jobs ADD COLUMN engine_revision INTEGER;
ALTER TABLE jobs ADD COLUMN engine_changed INTEGER;
ALTER TABLE jobs ADD COLUMN thinned_count INTEGER;
-- How many rows of other tables there must be, so that one that has gone is missed. The first two
-- are NULL until the job has ended, all are in rows older than this version.
ALTER TABLE jobs ADD COLUMN snapshot_count INTEGER;
ALTER TABLE jobs ADD COLUMN epoch_count INTEGER;
ALTER TABLE jobs ADD COLUMN test_evaluation_count INTEGER;
-- In order of creation, with all that a list can be filtered by.
CREATE INDEX jobs_filtered ON jobs (sequence, state, owner, dataset, label);
CREATE INDEX jobs_by_init_from ON jobs (init_from_job) WHERE init_from_job IS NOT NULL;

-- Deleted, but for the rows of other tables, which are removed piece by piece.
CREATE TABLE deleted_jobs (
  sequence INTEGER PRIMARY KEY,  -- Given to no other job before this row has gone.
  crc32c INTEGER NOT NULL
) STRICT;

CREATE TABLE checkpoints (
  job INTEGER PRIMARY KEY REFERENCES jobs (sequence) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  run_time_us INTEGER NOT NULL,
  instruction_set TEXT NOT NULL,
  engine_revision INTEGER NOT NULL,
  step INTEGER NOT NULL,
  snapshot_count INTEGER NOT NULL,
  state_bytes INTEGER NOT NULL,  -- Of all its pieces.
  crc32c INTEGER NOT NULL
) STRICT;

-- A state in pieces: SQLite holds no value of a gigabyte.
CREATE TABLE checkpoint_pieces (
  job INTEGER NOT NULL REFERENCES jobs (sequence) ON DELETE CASCADE,
  number INTEGER NOT NULL,  -- 0, 1, 2, … within the checkpoint.
  state BLOB NOT NULL,
  crc32c INTEGER NOT NULL,
  PRIMARY KEY (job, number)
) STRICT;
)sql";

// What is NULL in older rows reads as visible to the class, and as inputs that are no picture.
constexpr char kVersion5[] = R"sql(
ALTER TABLE jobs ADD COLUMN visibility INTEGER;
ALTER TABLE jobs ADD COLUMN image_height INTEGER;
ALTER TABLE jobs ADD COLUMN image_width INTEGER;
ALTER TABLE jobs ADD COLUMN image_channels INTEGER;
ALTER TABLE datasets ADD COLUMN visibility INTEGER;
)sql";

constexpr Migration kMigrations[] = {
    {kVersion1}, {kVersion2}, {kVersion3, PackSnapshotRows}, {kVersion4}, {kVersion5}};

absl::Status Apply(Connection& connection, const Migration& migration, int64_t version) {
  PERCEPT_RETURN_IF_ERROR(connection.Execute(migration.sql));
  if (migration.convert != nullptr) PERCEPT_RETURN_IF_ERROR(migration.convert(connection));
  return connection.Execute(
      absl::StrCat("PRAGMA application_id = ", kApplicationId, ";PRAGMA user_version = ", version));
}

}  // namespace

absl::Span<const Migration> Migrations() { return kMigrations; }

absl::Status CheckSchema(Connection& connection, const std::string& file,
                         absl::Span<const Migration> migrations) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t application_id,
                           connection.QueryInteger("PRAGMA application_id"));
  PERCEPT_ASSIGN_OR_RETURN(const int64_t version, connection.QueryInteger("PRAGMA user_version"));
  if (application_id != kApplicationId) {
    PERCEPT_ASSIGN_OR_RETURN(const int64_t tables,
                             connection.QueryInteger("SELECT count(*) FROM sqlite_schema"));
    if (application_id == 0 && version == 0 && tables == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: is a database of another program: its application id must be 0x%08x, got 0x%08x", file,
        kApplicationId, application_id));
  }
  const auto newest = static_cast<int64_t>(migrations.size());
  if (version <= newest) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      file, ": was written by a newer perceptd: its schema version must be at most ", newest,
      ", got ", version, "; start that perceptd, or choose another data folder"));
}

absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations) {
  PERCEPT_ASSIGN_OR_RETURN(const int64_t version, connection.QueryInteger("PRAGMA user_version"));
  for (size_t next = static_cast<size_t>(version); next < migrations.size(); ++next) {
    PERCEPT_RETURN_IF_ERROR(connection.InTransaction(
        [&] { return Apply(connection, migrations[next], static_cast<int64_t>(next) + 1); }));
  }
  return absl::OkStatus();
}

}  // namespace percept::storage
