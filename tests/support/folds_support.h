#pragma once
// Common parts of the tests of folds.

#include "core/base/error.h"
#include "core/probe/folds.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace scalescope {

inline std::vector<std::string> names(int count) {
  std::vector<std::string> result(static_cast<std::size_t>(count));
  std::ranges::generate(result, [i = 0]() mutable { return fmt::format("photo-{}", i++); });
  return result;
}

inline bool same(const Folds& a, const Folds& b) {
  const auto same_split = [](const Split& s, const Split& t) {
    return s.train == t.train && s.test == t.test && s.inner == t.inner;
  };
  return a.protocol == b.protocol && a.rows == b.rows &&
         std::ranges::equal(a.repetitions, b.repetitions, [&](const Repetition& r, const Repetition& q) {
           return r.seed == q.seed && std::ranges::equal(r.splits, q.splits, same_split);
         });
}

inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

} // namespace scalescope
