#include "server/rpc/access/permissions.h"

#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include <google/protobuf/descriptor.h>

#include "percept/v1/access_service.pb.h"
#include "percept/v1/dataset_service.pb.h"
#include "percept/v1/demo_service.pb.h"
#include "percept/v1/inspect_service.pb.h"
#include "percept/v1/job_service.pb.h"
#include "percept/v1/server_service.pb.h"
#include "percept/v1/snapshot_service.pb.h"
#include "percept/v1/subscription_service.pb.h"

namespace percept::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using ::testing::Contains;
using ::testing::UnorderedElementsAreArray;

// Each file of a service, whose descriptor is linked in by naming a message of it.
std::vector<const FileDescriptor*> ServiceFiles() {
  return {
      v1::GetCallerRequest::descriptor()->file(),   v1::GetDatasetRequest::descriptor()->file(),
      v1::ScheduleRequest::descriptor()->file(),    v1::PredictRequest::descriptor()->file(),
      v1::GetJobRequest::descriptor()->file(),      v1::GetServerInfoRequest::descriptor()->file(),
      v1::GetSnapshotRequest::descriptor()->file(), v1::SubscribeRequest::descriptor()->file()};
}

std::vector<const MethodDescriptor*> Methods() {
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : ServiceFiles()) {
    for (int service = 0; service < file->service_count(); ++service) {
      for (int method = 0; method < file->service(service)->method_count(); ++method) {
        methods.push_back(file->service(service)->method(method));
      }
    }
  }
  return methods;
}

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

TEST(Permissions, HaveARowForEveryMethodAndNoOther) {
  std::multiset<std::string> expected = {
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
  for (const MethodDescriptor* method : Methods()) expected.insert(PathOf(*method));
  std::multiset<std::string> rows;
  for (const Permission& permission : Permissions()) rows.insert(permission.method);
  EXPECT_THAT(rows, UnorderedElementsAreArray(expected));
}

TEST(Permissions, AreFoundByMethod) {
  for (const Permission& permission : Permissions()) {
    EXPECT_EQ(FindPermission(permission.method), &permission);
  }
  EXPECT_EQ(FindPermission("/percept.v1.JobService/"), nullptr);
  EXPECT_EQ(FindPermission(""), nullptr);
}

// A method whose request names a job, a data set or an upload must look whose it is: in the table,
// or by itself.
TEST(Permissions, LookAtWhatARequestNames) {
  const std::set<std::string> look_themselves = {"/percept.v1.SnapshotService/WatchSnapshots"};
  for (const MethodDescriptor* method : Methods()) {
    const Permission& permission = *FindPermission(PathOf(*method));
    for (int i = 0; i < method->input_type()->field_count(); ++i) {
      const FieldDescriptor& field = *method->input_type()->field(i);
      const std::set<std::string> names = {"name", "parent", "snapshot", "job", "dataset"};
      if (field.type() != FieldDescriptor::TYPE_STRING || !names.contains(field.name())) continue;
      EXPECT_TRUE(permission.targets != nullptr || look_themselves.contains(permission.method))
          << permission.method << " names something in " << field.name();
    }
  }
}

TEST(Permissions, FindWhatARequestIsAbout) {
  v1::CancelJobRequest cancel;
  cancel.set_name("jobs/7x2k");
  const Targets cancelled = FindPermission("/percept.v1.JobService/CancelJob")->targets(&cancel);
  ASSERT_EQ(cancelled.size(), 1u);
  EXPECT_EQ(cancelled[0].name, "jobs/7x2k");
  EXPECT_EQ(cancelled[0].use, Target::Use::kChange);

  v1::CreateJobRequest create;
  create.mutable_spec()->set_dataset("datasets/points");
  create.mutable_spec()->set_init_from("jobs/7x2k/snapshots/3");
  const Targets origins = FindPermission("/percept.v1.JobService/CreateJob")->targets(&create);
  ASSERT_EQ(origins.size(), 2u);
  EXPECT_EQ(origins[0].kind, Target::Kind::kDataset);
  EXPECT_EQ(origins[1].name, "jobs/7x2k/snapshots/3");
  EXPECT_EQ(origins[1].use, Target::Use::kRead);
}

TEST(Permissions, LeaveHealthAloneOpen) {
  EXPECT_TRUE(IsOpenToAll("/grpc.health.v1.Health/Check"));
  EXPECT_TRUE(IsOpenToAll("/grpc.health.v1.Health/Watch"));
  for (const Permission& permission : Permissions()) {
    EXPECT_FALSE(IsOpenToAll(permission.method)) << permission.method;
  }
}

TEST(Permissions, LetStudentsChangeAndViewersReadOnly) {
  for (const MethodDescriptor* method : Methods()) {
    const std::string& name = method->name();
    const bool changes = absl::StartsWith(name, "Create") || absl::StartsWith(name, "Delete") ||
                         absl::StartsWith(name, "Share") || absl::StartsWith(name, "Cancel") ||
                         absl::StartsWith(name, "Upload") || absl::StartsWith(name, "Finish");
    const Permission& permission = *FindPermission(PathOf(*method));
    if (changes) {
      EXPECT_GE(permission.least, Role::kStudent) << name;
      // Of an upload's parts only the end is.
      EXPECT_EQ(permission.is_audited, name != "UploadChunk") << name;
    }
  }
}

}  // namespace
}  // namespace percept::rpc
