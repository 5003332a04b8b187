#include "tests/support/http_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace percept::testing {
namespace {

constexpr int kLimitSeconds = 30;
constexpr size_t kFrameHeaderBytes = 5;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio BioOf(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
}

X509* CertificateOf(const std::string& pem) {
  return PEM_read_bio_X509(BioOf(pem).get(), nullptr, nullptr, nullptr);
}

}  // namespace

struct HttpConnection::Tls {
  explicit Tls(const HttpTls& options) : context(SSL_CTX_new(TLS_client_method())) {
    if (X509* ca = CertificateOf(options.ca)) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
      X509_free(ca);
    }
    if (X509* own = CertificateOf(options.certificate)) {
      SSL_CTX_use_certificate(context, own);
      X509_free(own);
      EVP_PKEY* key = PEM_read_bio_PrivateKey(BioOf(options.key).get(), nullptr, nullptr, nullptr);
      SSL_CTX_use_PrivateKey(context, key);
      EVP_PKEY_free(key);
    }
    if (options.max_version != 0) {
      SSL_CTX_set_security_level(context, 0);  // Or OpenSSL would not even offer the old ones.
      SSL_CTX_set_max_proto_version(context, options.max_version);
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    session = SSL_new(context);
    SSL_set1_host(session, "127.0.0.1");
  }
  ~Tls() {
    SSL_free(session);
    SSL_CTX_free(context);
    ERR_clear_error();
  }

  SSL_CTX* const context;
  SSL* session = nullptr;
};

HttpConnection::HttpConnection(const std::string& address, int receive_buffer_bytes) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0) {
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
  }
  const timeval limit{.tv_sec = kLimitSeconds, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) Close();
}

HttpConnection::HttpConnection(const std::string& address, const HttpTls& tls)
    : HttpConnection(address) {
  tls_ = std::make_unique<Tls>(tls);
  SSL_set_fd(tls_->session, socket_);
  if (SSL_connect(tls_->session) != 1) Close();
}

HttpConnection::~HttpConnection() { Close(); }

void HttpConnection::CloseTls() {
  SSL_shutdown(tls_->session);
  Close();
}

ssize_t HttpConnection::Receive(char* bytes, size_t size) {
  if (tls_ == nullptr) return recv(socket_, bytes, size, 0);
  return SSL_read(tls_->session, bytes, static_cast<int>(size));
}

std::string HttpConnection::ReadSome() {
  if (pending_.empty()) Fill();
  return std::exchange(pending_, {});
}

void HttpConnection::Close() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

bool HttpConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        tls_ != nullptr ? SSL_write(tls_->session, bytes.data(), static_cast<int>(bytes.size()))
                        : send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool HttpConnection::Fill() {
  char bytes[1 << 16];
  const ssize_t received = Receive(bytes, sizeof(bytes));
  if (received <= 0) return false;
  pending_.append(bytes, static_cast<size_t>(received));
  return true;
}

std::string HttpConnection::TakeLine() {
  size_t end = pending_.find("\r\n");
  while (end == std::string::npos) {
    if (!Fill()) return "";
    end = pending_.find("\r\n");
  }
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 2);
  return line;
}

std::string HttpConnection::Take(size_t bytes) {
  while (pending_.size() < bytes && Fill()) {
  }
  std::string taken = pending_.substr(0, bytes);
  pending_.erase(0, taken.size());
  return taken;
}

HttpResponse HttpConnection::ReadHead() {
  HttpResponse response;
  const std::vector<std::string> status = absl::StrSplit(TakeLine(), ' ');
  if (status.size() < 2 || status[0] != "HTTP/1.1" ||
      !absl::SimpleAtoi(status[1], &response.code)) {
    return {};
  }
  for (std::string line = TakeLine(); !line.empty(); line = TakeLine()) {
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) return {};
    response.headers[absl::AsciiStrToLower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return response;
}

std::string HttpConnection::ReadChunk() {
  const std::string size = TakeLine();
  const std::string chunk = Take(std::strtoul(size.c_str(), nullptr, 16));
  TakeLine();
  return chunk;
}

HttpResponse HttpConnection::Read(bool head_only) {
  HttpResponse response = ReadHead();
  if (response.code == 0 || head_only || response.code == 304) return response;
  if (response.headers.count("transfer-encoding") > 0) {
    for (std::string chunk = ReadChunk(); !chunk.empty(); chunk = ReadChunk()) {
      response.body += chunk;
    }
  } else if (response.headers.count("content-length") > 0) {
    response.body = Take(std::strtoul(response.headers["content-length"].c_str(), nullptr, 10));
  } else {
    while (Fill()) {
    }
    response.body = std::move(pending_);
    pending_.clear();
  }
  return response;
}

bool HttpConnection::IsClosedByServer() {
  char bytes[1 << 16];
  for (;;) {
    const ssize_t received = Receive(bytes, sizeof(bytes));
    if (received == 0) return true;
    if (received < 0 && tls_ != nullptr) return errno != EAGAIN;
    if (received < 0) return errno == ECONNRESET;
  }
}

HttpResponse HttpGet(const std::string& address, const std::string& path,
                     const std::string& more_headers) {
  HttpConnection connection(address);
  connection.Send(
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", address, "\r\n", more_headers, "\r\n"));
  return connection.Read();
}

std::string GrpcWebRequest(const std::string& method, const std::string& message,
                           const std::string& more_headers) {
  const uint32_t length = htonl(static_cast<uint32_t>(message.size()));
  std::string body(1, '\0');
  body.append(reinterpret_cast<const char*>(&length), sizeof(length));
  body += message;
  return absl::StrCat(
      "POST ", method,
      " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/grpc-web+proto\r\n", more_headers,
      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

GrpcWebAnswer GrpcWebAnswerOf(const HttpResponse& response) {
  GrpcWebAnswer answer;
  const auto in_headers = response.headers.find("grpc-status");
  if (in_headers != response.headers.end()) {
    answer.code = std::atoi(in_headers->second.c_str());
    const auto error = response.headers.find("grpc-message");
    if (error != response.headers.end()) answer.error = error->second;
  }
  absl::string_view rest = response.body;
  while (rest.size() >= kFrameHeaderBytes) {
    size_t length = 0;
    for (size_t i = 1; i < kFrameHeaderBytes; ++i) {
      length = length << 8 | static_cast<unsigned char>(rest[i]);
    }
    const bool is_trailers = (static_cast<unsigned char>(rest[0]) & 0x80) != 0;
    const absl::string_view content = rest.substr(kFrameHeaderBytes, length);
    rest.remove_prefix(kFrameHeaderBytes + content.size());
    if (!is_trailers) {
      answer.message += std::string(content);
      continue;
    }
    for (const absl::string_view line : absl::StrSplit(content, "\r\n")) {
      const std::pair<absl::string_view, absl::string_view> field =
          absl::StrSplit(line, absl::MaxSplits(": ", 1));
      if (field.first == "grpc-status") answer.code = std::atoi(std::string(field.second).c_str());
      if (field.first == "grpc-message") answer.error = std::string(field.second);
    }
  }
  return answer;
}

GrpcWebAnswer GrpcWebCall(const std::string& address, const std::string& method,
                          const std::string& message, const std::string& more_headers) {
  HttpConnection connection(address);
  connection.Send(GrpcWebRequest(method, message, more_headers));
  return GrpcWebAnswerOf(connection.Read());
}

}  // namespace percept::testing
