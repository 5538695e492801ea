// Sending a form to a web server, by libcurl: proxies ($https_proxy, $no_proxy) and certificates
// are the system's.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace pytune {

// Throws UsageError that begins with `option` unless `url` is an http or https URL with a host. It
// shows no password, whatever is wrong with the rest.
void require_http_url(const std::string& option, const std::string& url);

// The URL without user name and password: it ends up in messages.
std::string shown_url(const std::string& url);

struct HttpReply {
  long status = 0;
  std::string body;
};

// POSTs `fields`, URL-encoded, and reads the answer, whatever its status. Redirections are not
// followed: what was meant for one server is sent to no other. Throws Failure, in one line that
// names the server and never the password: refused, unknown host, no answer within `timeout`,
// moved elsewhere, an answer larger than 1 MiB; Interrupted on a stop request. `login` is
// "NAME:PASSWORD" for a URL without them; where neither has any, ~/.netrc is asked.
HttpReply post_form(const std::string& url, const std::map<std::string, std::string>& fields,
                    std::chrono::milliseconds timeout, const std::string& login = {});

}  // namespace pytune
