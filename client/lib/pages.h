#ifndef PERCEPT_CLIENT_LIB_PAGES_H_
#define PERCEPT_CLIENT_LIB_PAGES_H_

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace percept::client {

// Items asked for at a time.
inline constexpr int64_t kPageSize = 100;

// Walks through a list that comes in pages and shows each item, at most `limit` of them. `list`
// asks for one page: StatusOr<Page>(const Request&); `items` gives a page's items; `show` takes one
// item at a time. Stops with the first error.
template <typename Request, typename List, typename Items, typename Show>
absl::Status ForEachInPages(Request request, int64_t limit, List list, Items items, Show show) {
  for (int64_t left = limit; left > 0;) {
    request.set_page_size(static_cast<int32_t>(std::min(left, kPageSize)));
    const auto page = list(request);
    if (!page.ok()) return page.status();
    for (const auto& item : items(*page)) {
      if (left-- <= 0) return absl::OkStatus();
      show(item);
    }
    if (page->next_page_token().empty()) break;
    request.set_page_token(page->next_page_token());
  }
  return absl::OkStatus();
}

}  // namespace percept::client

#endif  // PERCEPT_CLIENT_LIB_PAGES_H_
