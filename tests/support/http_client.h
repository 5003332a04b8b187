#ifndef PERCEPT_TESTS_SUPPORT_HTTP_CLIENT_H_
#define PERCEPT_TESTS_SUPPORT_HTTP_CLIENT_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace percept::testing {

// What a server answered, its body put together from chunks.
struct HttpResponse {
  int code = 0;                                // 0 when it answered nothing that can be understood.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
};

// How a connection speaks TLS. All in PEM.
struct HttpTls {
  std::string ca;           // Whom it trusts.
  std::string certificate;  // What it shows when it is asked; empty: nothing.
  std::string key;
  int max_version = 0;  // Of TLS, as OpenSSL numbers them; 0: the newest.
};

// A connection to a server on loopback that sends whatever bytes it is told to. Every wait
// has a limit of half a minute, after which reading fails. Not thread-safe.
class HttpConnection {
 public:
  // To HOST:PORT, an IPv4 address. `receive_buffer_bytes` above 0 keeps the kernel from taking more
  // on the reader's behalf.
  explicit HttpConnection(const std::string& address, int receive_buffer_bytes = 0);
  // By TLS; nothing can be sent when the server's certificate is not trusted.
  HttpConnection(const std::string& address, const HttpTls& tls);
  ~HttpConnection();

  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // False when the server no longer takes anything.
  bool Send(absl::string_view bytes);

  // The next response. `head_only` for one to HEAD, which has no body.
  HttpResponse Read(bool head_only = false);

  // The next chunk of a response whose head was read by ReadHead; empty at its end.
  HttpResponse ReadHead();
  std::string ReadChunk();

  // Whatever comes next, up to 64 KiB; empty at the end.
  std::string ReadSome();

  // Whether the server closes the connection, with whatever it sends before.
  bool IsClosedByServer();

  // Without a word, as a program that is killed.
  void Close();
  // As TLS does.
  void CloseTls();

 private:
  struct Tls;

  ssize_t Receive(char* bytes, size_t size);
  bool Fill();
  std::string TakeLine();
  std::string Take(size_t bytes);

  int socket_ = -1;
  std::unique_ptr<Tls> tls_;  // Null: plain.
  std::string pending_;
};

// One request on a connection of its own.
HttpResponse HttpGet(const std::string& address, const std::string& path,
                     const std::string& more_headers = "");

// A gRPC-Web call's request, with its headers, for one serialised message.
std::string GrpcWebRequest(const std::string& method, const std::string& message,
                           const std::string& more_headers = "");

// What a gRPC-Web response carried.
struct GrpcWebAnswer {
  int code = -1;  // Of gRPC; -1 when there is none.
  std::string error;
  std::string message;  // All of them, one after the other.
};
GrpcWebAnswer GrpcWebAnswerOf(const HttpResponse& response);

// A unary call on a connection of its own.
GrpcWebAnswer GrpcWebCall(const std::string& address, const std::string& method,
                          const std::string& message, const std::string& more_headers = "");

}  // namespace percept::testing

#endif  // PERCEPT_TESTS_SUPPORT_HTTP_CLIENT_H_
