#include "core/network/detail/loading/unknown_operations.h"

#include "core/base/text.h"

#include <fmt/format.h>

#include <vector>

namespace scalescope {

std::string in_layer(const std::string& layer) {
  return layer.empty() ? "outside of its layers" : "in the layer '" + printable(layer) + "'";
}

UnknownOperation::UnknownOperation(const std::string& what, const std::string& in)
    : Unreadable(fmt::format("has the operation {} ({}), and that is not read", what, in_layer(in)),
                 "export it as a torch.export archive (.pt2) or with torch.jit.trace instead"),
      what_it_is(what), layer(in) {}

void UnknownOperations::add(const std::string& what, const std::string& where) {
  One& one = all_[what];
  if (one.times++ == 0)
    one.where = where;
}

std::string UnknownOperations::said() const {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> said;
  for (const auto& [what, one] : all_)
    if (said.size() < most_named)
      said.push_back(
          fmt::format("{} ({} {}, first {})", what, one.times, one.times == 1 ? "time" : "times", one.where));
  if (all_.size() > most_named)
    said.push_back(fmt::format("and {} more", all_.size() - most_named));
  return fmt::format("{}", fmt::join(said, ", "));
}

std::string UnknownOperations::note(const std::optional<std::string>& end) const {
  return fmt::format("It has operations that are not read: {}. They are left out, with all layers that need what they "
                     "give; the layers before them can be analysed and pruned.{}",
                     said(),
                     end ? fmt::format(" What {} gives stands for its output.",
                                       end->empty() ? "the last operation before them" : "'" + for_terminal(*end) + "'")
                         : "");
}

std::string UnknownOperations::note_of_openvino() const {
  return fmt::format("It has operations that ScaleScope has no form of its own for: {}. OpenVINO runs them as the file "
                     "has them, so all layers can be analysed. The network can't get random weights, and behind these "
                     "operations it can't be pruned, trained or differentiated.",
                     said());
}

} // namespace scalescope
