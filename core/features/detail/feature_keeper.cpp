#include "core/features/detail/feature_keeper.h"

#include "core/base/error.h"
#include "core/features/detail/batch_inference.h"

namespace scalescope {

void FeatureKeeper::keep(std::string key, std::string entry) {
  if (!cache_)
    return;
  pending_.emplace_back(std::move(key), std::move(entry));
  if (pending_.size() >= static_cast<std::size_t>(batch_))
    write();
}

std::optional<std::string> FeatureKeeper::finish() {
  if (!pending_.empty())
    write();
  wait();
  if (cache_ && wrote_)
    cache_->trim();
  return note_;
}

void FeatureKeeper::write() {
  wait();
  if (cache_) {
    wrote_ = true;
    writing_ = std::async(std::launch::async, [this, entries = std::move(pending_)] {
      give_way();
      for (const auto& [key, entry] : entries)
        cache_->put(key, entry);
    });
  }
  pending_.clear();
}

void FeatureKeeper::wait() {
  if (!writing_.valid())
    return;
  try {
    writing_.get();
  } catch (const Error& e) {
    cache_.reset();
    note_ = e.what();
  }
}

} // namespace scalescope
