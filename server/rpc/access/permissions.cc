#include "server/rpc/access/permissions.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "percept/v1/dataset_service.pb.h"
#include "percept/v1/demo_service.pb.h"
#include "percept/v1/inspect_service.pb.h"
#include "percept/v1/job_service.pb.h"
#include "percept/v1/snapshot_service.pb.h"

namespace percept::rpc {
namespace {

using enum Role;
using Kind = Target::Kind;
using Use = Target::Use;

// Requests that name one thing in one field.
template <typename Request>
std::function<Targets(const void*)> About(Kind kind, Use use,
                                          const std::string& (Request::*field)() const) {
  return [kind, use, field](const void* request) -> Targets {
    return {{kind, use, (static_cast<const Request*>(request)->*field)()}};
  };
}

template <typename Request>
std::function<Targets(const void*)> Reads(Kind kind, const std::string& (Request::*field)() const) {
  return About(kind, Use::kRead, field);
}

template <typename Request>
std::function<Targets(const void*)> Changes(Kind kind,
                                            const std::string& (Request::*field)() const) {
  return About(kind, Use::kChange, field);
}

// What a new job is made from.
Targets OriginsOfJob(const void* request) {
  const v1::JobSpec& spec = static_cast<const v1::CreateJobRequest*>(request)->spec();
  return {{Kind::kDataset, Use::kRead, spec.dataset()}, {Kind::kJob, Use::kRead, spec.init_from()}};
}

// What a new data set is made from.
Targets OriginsOfDataset(const void* request) {
  const v1::Dataset& dataset = static_cast<const v1::CreateDatasetRequest*>(request)->dataset();
  Targets origins;
  const auto add = [&](const std::string& name) {
    origins.push_back({Kind::kDataset, Use::kRead, name});
  };
  if (dataset.has_binary()) add(dataset.binary().dataset());
  if (dataset.has_derived()) add(dataset.derived().dataset());
  if (dataset.has_normalised()) add(dataset.normalised().dataset());
  return origins;
}

// Methods that change something, but for the parts of uploads, whose end is on record.
bool IsAudited(absl::string_view method) {
  static constexpr absl::string_view kMethods[] = {
      "OpenClassLink", "CloseClassLink", "CreateDataset", "DeleteDataset",
      "ShareDataset",  "CreateUpload",   "FinishUpload",  "DeleteUpload",
      "EvaluateTest",  "CreateJob",      "CancelJob",     "PauseJob",
      "ResumeJob",     "DeleteJob",      "ShareJob",      "SetLogLevel"};
  return std::find(std::begin(kMethods), std::end(kMethods), method) != std::end(kMethods);
}

std::vector<Permission> MakeTable() {
  using namespace v1;  // The requests.
  std::vector<Permission> table;
  const auto in = [&](absl::string_view service) {
    return [&table, service](absl::string_view method, percept::Role least,
                             std::function<Targets(const void*)> targets = nullptr) {
      table.push_back({.method = absl::StrCat("/percept.v1.", service, "/", method),
                       .least = least,
                       .targets = std::move(targets),
                       .is_audited = IsAudited(method),
                       .is_viewing = method == "WatchSnapshots" || method == "Subscribe"});
    };
  };
  const auto access = in("AccessService");
  access("GetCaller", kGuest);
  access("OpenClassLink", kInstructor);
  access("CloseClassLink", kInstructor);

  const auto dataset = in("DatasetService");
  dataset("CreateDataset", kStudent, OriginsOfDataset);
  dataset("GetDataset", kGuest, Reads(Kind::kDataset, &GetDatasetRequest::name));
  dataset("ListDatasets", kGuest);  // Shows what may be read.
  dataset("DeleteDataset", kStudent, Changes(Kind::kDataset, &DeleteDatasetRequest::name));
  dataset("ShareDataset", kStudent, Changes(Kind::kDataset, &ShareDatasetRequest::name));
  dataset("ReadExamples", kGuest, Reads(Kind::kDataset, &ReadExamplesRequest::name));
  dataset("ExportDataset", kViewer, Reads(Kind::kDataset, &ExportDatasetRequest::name));
  dataset("CreateUpload", kStudent);
  dataset("GetUpload", kStudent, Changes(Kind::kUpload, &GetUploadRequest::name));
  dataset("UploadChunk", kStudent, Changes(Kind::kUpload, &UploadChunkRequest::name));
  dataset("FinishUpload", kStudent, Changes(Kind::kUpload, &FinishUploadRequest::name));
  dataset("DeleteUpload", kStudent, Changes(Kind::kUpload, &DeleteUploadRequest::name));

  const auto demo = in("DemoService");
  demo("OptimizeScalar", kGuest);
  demo("CompareActivations", kGuest);
  demo("CrossEntropy", kGuest);
  demo("BackpropExample", kGuest);
  demo("Schedule", kGuest);
  demo("GradientFlow", kGuest);
  demo("ImageStructure", kGuest);
  demo("ManualClassifier", kGuest, Reads(Kind::kDataset, &ManualClassifierRequest::dataset));

  const auto inspect = in("InspectService");
  inspect("Predict", kGuest, Reads(Kind::kJob, &PredictRequest::snapshot));
  // On record with the job.
  inspect("EvaluateTest", kStudent, Changes(Kind::kJob, &EvaluateTestRequest::snapshot));
  inspect("EvaluateValidation", kGuest, Reads(Kind::kJob, &EvaluateValidationRequest::snapshot));
  inspect("DecisionGrid", kGuest, Reads(Kind::kJob, &DecisionGridRequest::snapshot));
  inspect("Latent", kGuest, Reads(Kind::kJob, &LatentRequest::snapshot));
  inspect("WeightImages", kGuest, Reads(Kind::kJob, &WeightImagesRequest::snapshot));
  inspect("Batch", kGuest, Reads(Kind::kJob, &BatchRequest::snapshot));
  inspect("ConfusionMatrix", kGuest, Reads(Kind::kJob, &ConfusionMatrixRequest::snapshot));
  inspect("Explore", kGuest, Reads(Kind::kJob, &ExploreRequest::snapshot));
  inspect("Attack", kGuest, Reads(Kind::kJob, &AttackRequest::snapshot));
  inspect("Capacity", kGuest, Reads(Kind::kJob, &CapacityRequest::job));

  const auto job = in("JobService");
  job("CreateJob", kStudent, OriginsOfJob);
  job("GetJob", kGuest, Reads(Kind::kJob, &GetJobRequest::name));
  job("ListJobs", kGuest);  // Shows what may be read.
  job("CancelJob", kStudent, Changes(Kind::kJob, &CancelJobRequest::name));
  job("PauseJob", kStudent, Changes(Kind::kJob, &PauseJobRequest::name));
  job("ResumeJob", kStudent, Changes(Kind::kJob, &ResumeJobRequest::name));
  job("DeleteJob", kStudent, Changes(Kind::kJob, &DeleteJobRequest::name));
  job("ShareJob", kStudent, Changes(Kind::kJob, &ShareJobRequest::name));

  const auto snapshot = in("SnapshotService");
  snapshot("WatchSnapshots", kGuest);  // Looks itself, as the two of SubscriptionService.
  snapshot("ListSnapshots", kGuest, Reads(Kind::kJob, &ListSnapshotsRequest::parent));
  snapshot("GetSnapshot", kGuest, Reads(Kind::kJob, &GetSnapshotRequest::name));
  snapshot("GetMetricSeries", kGuest, Reads(Kind::kJob, &GetMetricSeriesRequest::name));
  snapshot("ListEpochs", kGuest, Reads(Kind::kJob, &ListEpochsRequest::parent));
  snapshot("ExportModel", kGuest, Reads(Kind::kJob, &ExportModelRequest::name));

  const auto subscription = in("SubscriptionService");
  subscription("Subscribe", kGuest);
  subscription("UpdateSubscription", kGuest);

  const auto server = in("ServerService");
  server("GetServerInfo", kGuest);
  server("SetLogLevel", kAdmin);

  table.push_back({.method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                   .least = kGuest});
  return table;
}

}  // namespace

const std::vector<Permission>& Permissions() {
  static const auto* const table = new std::vector<Permission>(MakeTable());
  return *table;
}

const Permission* FindPermission(absl::string_view method) {
  static const auto* const by_method = [] {
    auto* index = new std::map<absl::string_view, const Permission*, std::less<>>;
    for (const Permission& permission : Permissions()) {
      index->emplace(permission.method, &permission);
    }
    return index;
  }();
  const auto found = by_method->find(method);
  return found == by_method->end() ? nullptr : found->second;
}

bool IsOpenToAll(absl::string_view method) {
  return absl::StartsWith(method, "/grpc.health.v1.Health/");
}

}  // namespace percept::rpc
