// Every field of every request of every method, as the descriptors name them, with values that
// nobody should send: each is answered, with no error that would be the server's own.
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "percept/v1/access_service.pb.h"
#include "percept/v1/demo_service.pb.h"
#include "percept/v1/subscription_service.pb.h"
#include "tests/robustness/attack_fixture.h"
#include "tests/support/rpc_client.h"

namespace percept::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;
using ::testing::AnyOf;

using Path = std::vector<const FieldDescriptor*>;
// Sets a field of a message; adds a value where it is repeated.
using Change = std::function<void(Message&, const FieldDescriptor&)>;

constexpr size_t kMostDepth = 6;
constexpr size_t kMostErrorBytes = 4000;  // What was sent is not sent back whole.

// All methods there are; the includes above bring their descriptors.
std::vector<const MethodDescriptor*> AllMethods() {
  const FileDescriptor* const files[] = {v1::OpenClassLinkRequest::descriptor()->file(),
                                         v1::CreateDatasetRequest::descriptor()->file(),
                                         v1::ScheduleRequest::descriptor()->file(),
                                         v1::PredictRequest::descriptor()->file(),
                                         v1::CreateJobRequest::descriptor()->file(),
                                         v1::GetServerInfoRequest::descriptor()->file(),
                                         v1::GetSnapshotRequest::descriptor()->file(),
                                         v1::SubscribeRequest::descriptor()->file()};
  std::vector<const MethodDescriptor*> methods;
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        methods.push_back(file->service(i)->method(j));
      }
    }
  }
  return methods;
}

void AddPaths(const Descriptor& type, const Path& above, std::vector<Path>& paths) {
  for (int i = 0; i < type.field_count(); ++i) {
    Path path = above;
    path.push_back(type.field(i));
    paths.push_back(path);
    const Descriptor* const inner = type.field(i)->message_type();
    if (inner != nullptr && path.size() < kMostDepth) AddPaths(*inner, path, paths);
  }
}

std::string NameOf(const Path& path) {
  return absl::StrJoin(path, ".", [](std::string* out, const FieldDescriptor* field) {
    absl::StrAppend(out, field->name());
  });
}

void SetAt(Message& message, const Path& path, const Change& change) {
  Message* inner = &message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const Reflection* reflection = inner->GetReflection();
    inner = path[i]->is_repeated() ? reflection->AddMessage(inner, path[i])
                                   : reflection->MutableMessage(inner, path[i]);
  }
  change(*inner, *path.back());
}

template <typename Value>
Change Put(Value value, void (Reflection::*set)(Message*, const FieldDescriptor*, Value) const,
           void (Reflection::*add)(Message*, const FieldDescriptor*, Value) const) {
  return [=](Message& message, const FieldDescriptor& field) {
    (message.GetReflection()->*(field.is_repeated() ? add : set))(&message, &field, value);
  };
}

// As many values as a message may hold.
Change Many(Change once) {
  return [once = std::move(once)](Message& message, const FieldDescriptor& field) {
    constexpr int kValues = 200'000;
    for (int i = 0; i < kValues; ++i) once(message, field);
  };
}

std::vector<std::string> OddTexts() {
  return {"",
          std::string("nul\0byte", 8),
          "../../../etc/passwd",
          "datasets/../points",
          "datasets/%2e%2e",
          "<script>alert(1)</script>",
          "'; DROP TABLE jobs; --",
          "%s%n%x",
          "line\r\nbreak: x",
          "\xe2\x80\xae"
          "desrever",
          "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
          "Z\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85",
          "\xef\xbf\xbf\xef\xbb\xbf",
          std::string(1 << 20, 'x')};
}

// What no text of protobuf may be.
std::vector<std::string> TextsThatAreNoUtf8() {
  return {"overlong \xc0\xaf", "broken \xff\xfe", "surrogate \xed\xa0\x80"};
}

std::vector<Change> Puts(const std::vector<std::string>& texts) {
  std::vector<Change> changes;
  for (const std::string& text : texts) {
    changes.push_back(Put<std::string>(text, &Reflection::SetString, &Reflection::AddString));
  }
  return changes;
}

template <typename Number>
std::vector<Change> Extremes(void (Reflection::*set)(Message*, const FieldDescriptor*, Number)
                                 const,
                             void (Reflection::*add)(Message*, const FieldDescriptor*, Number)
                                 const) {
  using Limits = std::numeric_limits<Number>;
  std::vector<Number> numbers = {Limits::lowest(), Limits::max(), Number{0},
                                 static_cast<Number>(Limits::max() / 2)};
  if (Limits::is_signed) numbers.push_back(static_cast<Number>(-1));
  if (Limits::has_infinity) {
    for (const Number number : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(),
                                Limits::denorm_min(), static_cast<Number>(-0.0)}) {
      numbers.push_back(number);
    }
  }
  std::vector<Change> changes;
  for (const Number number : numbers) changes.push_back(Put<Number>(number, set, add));
  return changes;
}

std::vector<Change> ChangesTo(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Extremes<double>(&Reflection::SetDouble, &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Extremes<float>(&Reflection::SetFloat, &Reflection::AddFloat);
    case FieldDescriptor::CPPTYPE_INT32:
      return Extremes<int32_t>(&Reflection::SetInt32, &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Extremes<int64_t>(&Reflection::SetInt64, &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Extremes<uint32_t>(&Reflection::SetUInt32, &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return Extremes<uint64_t>(&Reflection::SetUInt64, &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Extremes<int>(&Reflection::SetEnumValue, &Reflection::AddEnumValue);
    case FieldDescriptor::CPPTYPE_BOOL:
      return {Put<bool>(true, &Reflection::SetBool, &Reflection::AddBool)};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return {[](Message& message, const FieldDescriptor& it) {
        it.is_repeated() ? message.GetReflection()->AddMessage(&message, &it)
                         : message.GetReflection()->MutableMessage(&message, &it);
      }};
    case FieldDescriptor::CPPTYPE_STRING:
      break;
  }
  return Puts(OddTexts());
}

class ValueAttackTest : public AttackTest {
 protected:
  ValueAttackTest() {
    RpcClient client(grpc());
    v1::Dataset dataset;
    EXPECT_TRUE(client.CreateDataset(GeneratedDataset("points", v1::GENERATOR_XOR), &dataset).ok());
    v1::Job job;
    EXPECT_TRUE(client.CreateJob(MlpSpec("points", {4}, 1, 100), &job).ok());
    EXPECT_TRUE(client.Watch(job.name()).Ended().has_value());
    job_ = job.name();
  }

  // A request that could be served, as far as it can be told from its fields' names.
  std::unique_ptr<Message> Usual(const MethodDescriptor& method) const {
    const Descriptor* const type = method.input_type();
    std::unique_ptr<Message> request(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    if (type == v1::CreateJobRequest::descriptor()) {
      v1::CreateJobRequest create;
      *create.mutable_spec() = MlpSpec("points", {4}, 1, 100);
      request->CopyFrom(create);
    } else if (type == v1::CreateDatasetRequest::descriptor()) {
      request->CopyFrom(GeneratedDataset("fresh", v1::GENERATOR_XOR));
    } else if (type == v1::CreateUploadRequest::descriptor()) {
      v1::CreateUploadRequest create;
      *create.mutable_upload() = UploadOf("sent", v1::UPLOAD_FORMAT_CSV, {"x,y\n1,0\n"});
      request->CopyFrom(create);
    }
    const bool about_data =
        absl::StrContains(type->name(), "Dataset") || absl::StrContains(type->name(), "Examples");
    const std::string snapshot = absl::StrCat(job_, "/snapshots/0");
    const bool about_snapshot =
        type == v1::GetSnapshotRequest::descriptor() || absl::StrContains(type->name(), "Evaluate");
    SetText(*request, "name", about_data ? "datasets/points" : about_snapshot ? snapshot : job_);
    SetText(*request, "dataset", "datasets/points");
    SetText(*request, "snapshot", snapshot);
    return request;
  }

  // Sends it and checks that the answer is one to a bad request, or to a good one; of what is no
  // message at all, gRPC says that the method is not implemented, and we, where we
  // read it ourselves, that it is malformed.
  void Expect(const MethodDescriptor& method, const Message& request, bool is_message) {
    const std::string target = absl::StrCat("/", method.service()->full_name(), "/", method.name());
    if (connection_ == nullptr) connection_ = std::make_unique<HttpConnection>(http());
    connection_->Send(
        GrpcWebRequest(target, request.SerializePartialAsString(), "Grpc-Timeout: 20S\r\n"));
    HttpResponse response =
        method.server_streaming() ? connection_->ReadHead() : connection_->Read();
    // Of a stream, the beginning.
    if (method.server_streaming() && response.headers.count("grpc-status") == 0) {
      response.body = connection_->ReadChunk();
    }
    if (method.server_streaming()) connection_.reset();
    const GrpcWebAnswer answer = GrpcWebAnswerOf(response);
    constexpr int kOk = 0;
    const bool is_streamed = method.server_streaming() && answer.code == -1;
    EXPECT_EQ(response.code, 200);
    if (!is_message) {
      EXPECT_THAT(answer.code,
                  AnyOf(grpc::StatusCode::UNIMPLEMENTED, grpc::StatusCode::INVALID_ARGUMENT));
    } else {
      EXPECT_THAT(is_streamed ? kOk : answer.code,
                  AnyOf(kOk, grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::NOT_FOUND,
                        grpc::StatusCode::ALREADY_EXISTS, grpc::StatusCode::FAILED_PRECONDITION,
                        grpc::StatusCode::OUT_OF_RANGE, grpc::StatusCode::RESOURCE_EXHAUSTED))
          << answer.error;
    }
    EXPECT_LT(answer.error.size(), kMostErrorBytes);
    if (response.code != 200) connection_.reset();
    ++requests_;
  }

  void ExpectEach(const MethodDescriptor& method, const Message& usual, const Path& path,
                  const std::vector<Change>& changes, bool are_messages) {
    for (size_t number = 0; number < changes.size(); ++number) {
      SCOPED_TRACE(number);
      std::unique_ptr<Message> request(usual.New());
      request->CopyFrom(usual);
      SetAt(*request, path, changes[number]);
      Expect(method, *request, are_messages);
    }
  }

  static void SetText(Message& message, const std::string& name, const std::string& text) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return;
    message.GetReflection()->SetString(&message, field, text);
  }

  std::string job_;
  std::unique_ptr<HttpConnection> connection_;
  int64_t requests_ = 0;
};

TEST_F(ValueAttackTest, OfEveryFieldAreAnswered) {
  const int64_t before = ResidentBytes();
  for (const MethodDescriptor* method : AllMethods()) {
    std::vector<Path> paths;
    AddPaths(*method->input_type(), {}, paths);
    const std::unique_ptr<Message> usual = Usual(*method);
    for (const Path& path : paths) {
      SCOPED_TRACE(absl::StrCat(method->full_name(), " ", NameOf(path)));
      std::vector<Change> changes = ChangesTo(*path.back());
      const bool is_number = path.back()->cpp_type() != FieldDescriptor::CPPTYPE_STRING;
      if (path.back()->is_repeated() && is_number) changes.push_back(Many(changes.front()));
      ExpectEach(*method, *usual, path, changes, /*are_messages=*/true);
      if (path.back()->type() == FieldDescriptor::TYPE_STRING) {
        ExpectEach(*method, *usual, path, Puts(TextsThatAreNoUtf8()), /*are_messages=*/false);
      }
    }
  }
  EXPECT_GT(requests_, 2000);
  EXPECT_LT(ResidentBytes() - before, int64_t{512} << 20);
  RecordProperty("requests", std::to_string(requests_));
}

}  // namespace
}  // namespace percept::testing
