#include "sys/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "sys/error.h"
#include "sys/process.h"

namespace pytune {
namespace {

constexpr std::size_t kLargestAnswer = std::size_t{1} << 20;
constexpr long kConnectSeconds = 15;

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;
using CurlText = std::unique_ptr<char, decltype(&curl_free)>;

CurlUrl parse(const std::string& url) {
  CurlUrl parsed(curl_url(), &curl_url_cleanup);
  if (parsed && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    parsed.reset();
  return parsed;
}

// Of what is no URL: where a name and a password may stand, no more than what precedes them.
std::string without_credentials(const std::string& text) {
  if (text.find('@') == std::string::npos) return text;
  const std::size_t scheme = text.find("://");
  return scheme == std::string::npos ? "..." : text.substr(0, scheme + 3) + "...";
}

std::string part(const CurlUrl& url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, 0) != CURLUE_OK) return "";
  return CurlText(text, &curl_free).get();
}

std::size_t take_bytes(char* bytes, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kLargestAnswer) return 0;  // libcurl gives up
  text.append(bytes, size * count);
  return size * count;
}

int stop_when_asked(void* /*unused*/, curl_off_t /*unused*/, curl_off_t /*unused*/,
                    curl_off_t /*unused*/, curl_off_t /*unused*/) {
  return stop_requested() ? 1 : 0;
}

Curl new_handle() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  Curl curl(ready == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
  if (!curl) throw Failure("libcurl does not start; is there memory left?");
  return curl;
}

std::string encoded(CURL* curl, const std::map<std::string, std::string>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    const CurlText key(curl_easy_escape(curl, name.data(), static_cast<int>(name.size())),
                       &curl_free);
    const CurlText text(curl_easy_escape(curl, value.data(), static_cast<int>(value.size())),
                        &curl_free);
    if (!key || !text) throw Failure("too much to send in one form");
    form += fmt::format("{}{}={}", form.empty() ? "" : "&", key.get(), text.get());
  }
  return form;
}

std::string reason(CURLcode code, const char* told, std::chrono::milliseconds timeout) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no answer within {:.4g} s", static_cast<double>(timeout.count()) / 1000);
    case CURLE_WRITE_ERROR:
      return "the answer is larger than 1 MiB; is this the right server?";
    default:
      return *told != '\0' ? told : curl_easy_strerror(code);
  }
}

}  // namespace

void require_http_url(const std::string& option, const std::string& url) {
  const CurlUrl parsed = parse(url);
  const std::string scheme = parsed ? part(parsed, CURLUPART_SCHEME) : "";
  if ((scheme != "http" && scheme != "https") || part(parsed, CURLUPART_HOST).empty())
    throw UsageError(fmt::format("{}: \"{}\" is not an http or https URL; write https://host/",
                                 option, parsed ? shown_url(url) : without_credentials(url)));
}

std::string shown_url(const std::string& url) {
  const CurlUrl parsed = parse(url);
  if (!parsed) return "(no URL)";
  curl_url_set(parsed.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(parsed.get(), CURLUPART_PASSWORD, nullptr, 0);
  return part(parsed, CURLUPART_URL);
}

HttpReply post_form(const std::string& url, const std::map<std::string, std::string>& fields,
                    std::chrono::milliseconds timeout, const std::string& login) {
  const Curl curl = new_handle();
  CURL* handle = curl.get();
  const std::string form = encoded(handle, fields);
  HttpReply reply;
  char told[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  // What the URL holds comes first, then `login`, then ~/.netrc.
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
  if (!login.empty() && part(parse(url), CURLUPART_USER).empty())
    curl_easy_setopt(handle, CURLOPT_USERPWD, login.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, form.data());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form.size()));
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "pytune/" PYTUNE_VERSION);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_bytes);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reply.body);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, told);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, stop_when_asked);
  const CURLcode code = curl_easy_perform(handle);
  throw_if_stopped();
  if (code != CURLE_OK)
    throw Failure(fmt::format("{}: {}", shown_url(url), reason(code, told, timeout)));
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &reply.status);
  const char* elsewhere = nullptr;
  curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &elsewhere);
  if (elsewhere != nullptr)
    throw Failure(fmt::format("{}: moved to {}; if that is right, give its address", shown_url(url),
                              shown_url(elsewhere)));
  return reply;
}

}  // namespace pytune
