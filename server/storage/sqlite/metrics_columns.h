#ifndef PERCEPT_SERVER_STORAGE_SQLITE_METRICS_COLUMNS_H_
#define PERCEPT_SERVER_STORAGE_SQLITE_METRICS_COLUMNS_H_

namespace percept::storage {

// The columns of metrics in the rows that have some, as row.h says. `Measures` is Metrics, const or
// not.
template <typename Row, typename Measures>
void VisitMetricsColumns(Row& row, Measures& metrics) {
  row.Column("validation_accuracy", metrics.validation_accuracy);
  row.Column("validation_loss", metrics.validation_loss);
  row.Column("training_accuracy", metrics.training_accuracy);
  row.Column("training_loss", metrics.training_loss);
}

}  // namespace percept::storage

#endif  // PERCEPT_SERVER_STORAGE_SQLITE_METRICS_COLUMNS_H_
