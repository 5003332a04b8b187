#include "server/storage/sqlite/job_list_query.h"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

#include "server/base/status.h"
#include "server/storage/sqlite/job_row.h"

namespace percept::storage {
namespace {

// A column that must have a value, and the index by which to find those that do.
struct Condition {
  absl::string_view column;
  absl::string_view index;
  std::variant<int64_t, absl::string_view> value;
};

std::vector<Condition> ConditionsOf(const JobFilter& filter) {
  std::vector<Condition> conditions;
  if (filter.state.has_value()) {
    conditions.push_back({"state", "jobs_by_state", static_cast<int64_t>(*filter.state)});
  }
  if (filter.owner.has_value()) conditions.push_back({"owner", "jobs_by_owner", *filter.owner});
  if (filter.dataset.has_value()) {
    conditions.push_back({"dataset", "jobs_by_dataset", *filter.dataset});
  }
  if (filter.label.has_value()) conditions.push_back({"label", "jobs_by_label", *filter.label});
  return conditions;
}

void Bind(Statement& statement, int parameter, const Condition& condition) {
  std::visit([&](const auto& value) { statement.Bind(parameter, value); }, condition.value);
}

// More rows than this are not looked up one by one.
constexpr int64_t kFewRows = 1000;

absl::StatusOr<int64_t> CountUpToFew(Connection& connection, const Condition& condition) {
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(absl::StrCat("SELECT count(*) FROM (SELECT 1 FROM jobs INDEXED BY ",
                                      condition.index, " WHERE ", condition.column, " = ?1 LIMIT ",
                                      kFewRows, ")")));
  Bind(statement, 1, condition);
  PERCEPT_RETURN_IF_ERROR(statement.Step().status());
  return statement.Integer(0);
}

// SQLite cannot know which condition holds for few jobs. One alone can be followed by its index to
// the end of the page; of several that hold for many, the rows of `jobs_filtered`, which has all
// columns that filters look at, are gone through one after the other.
absl::StatusOr<std::string> ChooseIndex(Connection& connection,
                                        const std::vector<Condition>& conditions) {
  if (conditions.empty()) return "";
  absl::string_view index = conditions.front().index;
  if (conditions.size() > 1) {
    index = "jobs_filtered";
    int64_t fewest = kFewRows;
    for (const Condition& condition : conditions) {
      PERCEPT_ASSIGN_OR_RETURN(const int64_t rows, CountUpToFew(connection, condition));
      if (rows >= fewest) continue;
      fewest = rows;
      index = condition.index;
    }
  }
  return absl::StrCat("INDEXED BY ", index, " ");
}

// `first_parameter` is the number of the first condition's parameter; those of the reader follow.
std::string WhereSql(std::vector<std::string> terms, const std::vector<Condition>& conditions,
                     const std::optional<Reader>& reader, int first_parameter) {
  for (const Condition& condition : conditions) {
    terms.push_back(absl::StrCat(condition.column, " = ?", first_parameter++));
  }
  if (reader.has_value()) {
    terms.push_back(absl::StrCat("(owner = ?", first_parameter, " OR coalesce(visibility, ",
                                 static_cast<int>(Visibility::kClass), ") >= ?",
                                 first_parameter + 1, ")"));
  }
  return terms.empty() ? "" : absl::StrCat("WHERE ", absl::StrJoin(terms, " AND "), " ");
}

void BindAll(Statement& statement, const std::vector<Condition>& conditions,
             const std::optional<Reader>& reader, int first_parameter) {
  for (const Condition& condition : conditions) Bind(statement, first_parameter++, condition);
  if (!reader.has_value()) return;
  statement.Bind(first_parameter, reader->name);
  statement.Bind(first_parameter + 1, static_cast<int64_t>(reader->least));
}

}  // namespace

absl::StatusOr<Statement> PrepareJobList(Connection& connection, const JobFilter& filter,
                                         bool newest_first,
                                         std::optional<JobRepository::Cursor> cursor, int limit) {
  constexpr int kLimitParameter = 1;
  constexpr int kCursorParameter = 2;
  constexpr int kFirstConditionParameter = 3;
  const std::vector<Condition> conditions = ConditionsOf(filter);
  PERCEPT_ASSIGN_OR_RETURN(const std::string index, ChooseIndex(connection, conditions));
  std::vector<std::string> terms;
  if (cursor.has_value()) {
    terms.push_back(absl::StrCat("sequence ", newest_first ? "<" : ">", " ?", kCursorParameter));
  }
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(SelectJobsSql(absl::StrCat(
          index,
          WhereSql(std::move(terms), conditions, filter.readable_by, kFirstConditionParameter),
          "ORDER BY sequence ", newest_first ? "DESC" : "ASC", " LIMIT ?", kLimitParameter,
          " + 1"))));
  statement.Bind(kLimitParameter, int64_t{limit});
  if (cursor.has_value()) statement.Bind(kCursorParameter, cursor->sequence);
  BindAll(statement, conditions, filter.readable_by, kFirstConditionParameter);
  return statement;
}

absl::StatusOr<Statement> PrepareJobCount(Connection& connection, const JobFilter& filter) {
  const std::vector<Condition> conditions = ConditionsOf(filter);
  PERCEPT_ASSIGN_OR_RETURN(const std::string index, ChooseIndex(connection, conditions));
  PERCEPT_ASSIGN_OR_RETURN(
      Statement statement,
      connection.Prepare(
          absl::StrCat("SELECT count(*) FROM jobs ", index,
                       WhereSql({}, conditions, filter.readable_by, /*first_parameter=*/1))));
  BindAll(statement, conditions, filter.readable_by, /*first_parameter=*/1);
  return statement;
}

}  // namespace percept::storage
