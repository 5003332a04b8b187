#include "tests/support/subscription_call.h"

#include <utility>

namespace percept::testing {
namespace {

v1::SubscribeRequest Request(const std::vector<v1::Topic>& topics) {
  v1::SubscribeRequest request;
  request.mutable_topics()->Assign(topics.begin(), topics.end());
  return request;
}

}  // namespace

v1::Topic SnapshotsTopic(const std::string& topic_id, const std::string& job, int64_t start_index,
                         v1::Delivery delivery) {
  v1::Topic topic;
  topic.set_topic_id(topic_id);
  topic.mutable_snapshots()->set_job(job);
  topic.mutable_snapshots()->set_start_index(start_index);
  topic.mutable_snapshots()->set_delivery(delivery);
  return topic;
}

v1::Topic JobListTopic(const std::string& topic_id, const std::string& filter, int32_t max_jobs) {
  v1::Topic topic;
  topic.set_topic_id(topic_id);
  topic.mutable_job_list()->set_filter(filter);
  topic.mutable_job_list()->set_max_jobs(max_jobs);
  return topic;
}

SubscriptionCall::SubscriptionCall(const RpcClient& client, const std::vector<v1::Topic>& topics)
    : client_(client), stub_(v1::SubscriptionService::NewStub(client.channel())) {
  client.Prepare(context_, /*deadline_seconds=*/60);
  reader_ = stub_->Subscribe(&context_, Request(topics));
}

SubscriptionCall::~SubscriptionCall() {
  if (is_finished_) return;
  Cancel();
  Finish();
}

bool SubscriptionCall::Read(v1::SubscribeResponse* response) {
  if (!reader_->Read(response)) return false;
  if (response->has_opened()) id_ = response->opened().subscription_id();
  if (response->topic_id().empty()) return true;
  const auto [place, is_new] = watched_.try_emplace(response->topic_id());
  WatchRecord& record = place->second;
  if (is_new) record.status = {grpc::StatusCode::UNKNOWN, "still open"};
  if (response->has_snapshots()) Record(response->snapshots(), record.events);
  if (response->has_closed()) {
    const google::rpc::Status& status = response->closed().status();
    record.status = {static_cast<grpc::StatusCode>(status.code()), status.message(),
                     status.code() == 0 ? "" : status.SerializeAsString()};
  }
  return true;
}

v1::SubscribeResponse SubscriptionCall::ReadUntil(
    const std::function<bool(const v1::SubscribeResponse&)>& is_wanted) {
  v1::SubscribeResponse response;
  while (Read(&response)) {
    if (is_wanted(response)) return response;
  }
  return {};
}

grpc::Status SubscriptionCall::Update(v1::UpdateSubscriptionRequest request,
                                      v1::UpdateSubscriptionResponse* response) {
  grpc::ClientContext context;
  client_.Prepare(context);
  if (request.subscription_id().empty()) request.set_subscription_id(id_);
  return stub_->UpdateSubscription(&context, request, response);
}

grpc::Status SubscriptionCall::Finish() {
  is_finished_ = true;
  v1::SubscribeResponse response;
  while (reader_->Read(&response)) {
  }
  return reader_->Finish();
}

}  // namespace percept::testing
