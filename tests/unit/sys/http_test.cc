#include "sys/http.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// Takes one connection on the loopback, reads until the form has come, answers, and closes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, raw, size) != 0 || listen(listener_, 1) != 0 ||
        getsockname(listener_, raw, &size) != 0)
      throw std::runtime_error("no socket");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  ~OneAnswer() {
    done_ = true;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string url(const std::string& user = "") const {
    return "http://" + user + "127.0.0.1:" + std::to_string(port_) + "/add/";
  }
  const std::string& request() const { return request_; }

 private:
  void serve() {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    char buffer[4096];
    while (request_.find("=end") == std::string::npos) {
      const ssize_t count = read(connection, buffer, sizeof buffer);
      if (count <= 0) break;
      request_.append(buffer, static_cast<std::size_t>(count));
    }
    for (std::size_t sent = 0; sent < answer_.size();) {
      const ssize_t count =
          send(connection, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    while (answer_.empty() && !done_) std::this_thread::sleep_for(1ms);
    close(connection);
  }

  std::string answer_;
  std::string request_;
  std::atomic<bool> done_ = false;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

std::string problem(const std::string& url, std::chrono::milliseconds timeout = 60s) {
  try {
    post_form(url, {{"json", "end"}}, timeout);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "(none)";
}

TEST(Http, SendsTheFormEncodedAndReadsTheAnswer) {
  const OneAnswer server("HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nbroken\nno");
  const HttpReply reply = post_form(server.url(), {{"json", "[1 & \"2\"]=end"}, {"z", "end"}}, 60s);
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body, "broken\nno");
  EXPECT_THAT(server.request(), HasSubstr("POST /add/ HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("json=%5B1%20%26%20%222%22%5D%3Dend&z=end"));
}

TEST(Http, ThePasswordOfTheUrlIsSent) {
  const OneAnswer server("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(post_form(server.url("me:secret@"), {{"json", "end"}}, 60s).status, 202);
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Basic bWU6c2VjcmV0\r\n"));
}

TEST(Http, GivesAServerThatNeverAnswersUp) {
  const OneAnswer server("");
  EXPECT_THAT(problem(server.url(), 200ms), HasSubstr("no answer within 0.2 s"));
}

TEST(Http, FollowsNoRedirection) {
  const OneAnswer server(
      "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
  const std::string text = problem(server.url());
  EXPECT_THAT(text, HasSubstr("moved to "));
  EXPECT_THAT(text, HasSubstr("give its address"));
}

TEST(Http, AnEndlessAnswerIsCutOff) {
  const OneAnswer server("HTTP/1.1 200 OK\r\n\r\n" + std::string(2 << 20, 'x'));
  EXPECT_THAT(problem(server.url()), HasSubstr("larger than 1 MiB"));
}

TEST(Http, WhatIsNoHttpIsToldInOneLine) {
  const OneAnswer server("garbage\nand more\n");
  const std::string text = problem(server.url());
  EXPECT_THAT(text, HasSubstr("127.0.0.1"));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Http, ARefusedConnectionNamesTheServerAndNoPassword) {
  std::string url;
  {
    const OneAnswer server("x");
    url = server.url("me:secret@");
  }
  const std::string text = problem(url);
  EXPECT_THAT(text, HasSubstr("http://127.0.0.1:"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
}

TEST(Http, AStopRequestEndsTheWait) {
  const OneAnswer server("");
  request_stop();
  EXPECT_THROW(post_form(server.url(), {{"json", "end"}}, 60s), Interrupted);
  clear_stop_request();
}

TEST(Http, NoPasswordIsShownWhateverIsWrong) {
  for (const char* url :
       {"https://user:S3CRET@host:99999/", "https://user:S3CRET@ho st/", "htps//user:S3CRET@host/",
        "ftp://user:S3CRET@host/", "user:S3CRET@host", "https://user:S3CRET@"}) {
    try {
      require_http_url("--codespeed", url);
      ADD_FAILURE() << url;
    } catch (const UsageError& error) {
      EXPECT_EQ(std::string(error.what()).find("S3CRET"), std::string::npos) << error.what();
    }
  }
}

TEST(Http, ANameAndAPasswordMayComeBesidesTheUrl) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  post_form(server.url(), {{"json", "end"}}, 60s, "me:pw");
  EXPECT_NE(server.request().find("Authorization: Basic bWU6cHc="), std::string::npos);
}

TEST(Http, OnlyHttpUrlsWillDo) {
  EXPECT_NO_THROW(require_http_url("--codespeed", "http://host:8000"));
  EXPECT_NO_THROW(require_http_url("--codespeed", "https://user:pw@host/path/"));
  for (const char* url :
       {"", "host", "ftp://host/", "file:///etc/passwd", "http://", "http://a b/"}) {
    EXPECT_THROW(require_http_url("--codespeed", url), UsageError) << url;
  }
}

}  // namespace
}  // namespace pytune
