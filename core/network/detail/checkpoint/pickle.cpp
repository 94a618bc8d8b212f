#include "core/network/detail/checkpoint/pickle.h"

#include "core/network/detail/checkpoint/pickle_globals.h"
#include "core/network/detail/checkpoint/pickle_input.h"
#include "core/network/detail/checkpoint/pickle_opcodes.h"
#include "core/network/detail/loading/unreadable.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <unordered_map>

namespace scalescope::pickle {

namespace {

// The limit for objects, memo entries and copied items together. One byte of a pickle can create one of them; a real
// checkpoint of 1000 tensors needs 20,000.
constexpr std::size_t max_objects = 4'000'000;

/// Two's complement, little-endian, any length.
Value integer(std::string bytes) {
  if (bytes.size() > sizeof(std::int64_t))
    return bytes;
  std::uint64_t value = !bytes.empty() && static_cast<signed char>(bytes.back()) < 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(value);
}

std::size_t copied_items(const Value& value) {
  if (const auto* dict = std::get_if<Dict>(&value))
    return dict->items.size();
  if (const auto* tuple = std::get_if<Tuple>(&value))
    return tuple->items.size();
  if (const auto* tensor = std::get_if<Tensor>(&value))
    return tensor->sizes.size() + tensor->strides.size();
  return 0;
}

class Machine {
 public:
  Machine(std::istream& in, Dialect dialect) : in_(in), dialect_(dialect) {}

  Pickle run() {
    unsigned char operation = in_.byte();
    for (; operation != op::stop; operation = in_.byte()) {
      if (!push_plain(operation) && !use_stack(operation) && !use_memo(operation) && !use_globals(operation))
        throw damaged("byte " + std::to_string(operation) + " in its pickle is no instruction that torch.save writes");
    }
    pickle_.root = pop();
    return std::move(pickle_);
  }

 private:
  // Each function runs `operation` if it belongs to its group. @return whether it did.

  bool push_plain(unsigned char operation) {
    switch (operation) {
    case op::none:
      push(None{});
      return true;
    case op::new_true:
      push(true);
      return true;
    case op::new_false:
      push(false);
      return true;
    case op::int4:
      push(integer(in_.bytes(4)));
      return true;
    case op::int1:
      push(static_cast<std::int64_t>(in_.number(1)));
      return true;
    case op::int2:
      push(static_cast<std::int64_t>(in_.number(2)));
      return true;
    case op::long1:
      push(integer(in_.bytes(in_.number(1))));
      return true;
    case op::long4:
      push(integer(in_.bytes(in_.number(4))));
      return true;
    case op::float8:
      push(big_endian_double());
      return true;
    case op::string1:
    case op::bytes1:
    case op::text1:
      push(in_.bytes(in_.number(1)));
      return true;
    case op::string4:
    case op::bytes4:
    case op::text4:
      push(in_.bytes(in_.number(4)));
      return true;
    case op::text8:
    case op::bytes8:
    case op::bytearray8:
      push(in_.bytes(in_.number(8)));
      return true;
    case op::empty_tuple:
      push(Tuple{});
      return true;
    case op::empty_list:
    case op::empty_set:
      push(List{});
      return true;
    case op::empty_dict:
      push(Dict{});
      return true;
    default:
      return false;
    }
  }

  bool use_stack(unsigned char operation) {
    switch (operation) {
    case op::proto:
      in_.byte();
      return true;
    case op::frame:
      in_.number(8);
      return true;
    case op::mark:
      marks_.push_back(stack_.size());
      return true;
    case op::pop_one:
      pop();
      return true;
    case op::pop_mark:
      pop_to_mark();
      return true;
    case op::duplicate:
      stack_.push_back(top());
      return true;
    case op::tuple:
    case op::frozenset:
      push(Tuple{pop_to_mark()});
      return true;
    case op::tuple1:
    case op::tuple2:
    case op::tuple3:
      push(Tuple{pop_last(operation - op::tuple1 + 1U)});
      return true;
    case op::append_one:
      append(pop_last(1));
      return true;
    case op::append_all:
    case op::add_to_set:
      append(pop_to_mark());
      return true;
    case op::set_one:
      set_items(pop_last(2));
      return true;
    case op::set_all:
      set_items(pop_to_mark());
      return true;
    case op::build:
      if (dialect_ == Dialect::torchscript) { // an object takes its state: to LibTorch the same as a call
        apply();
        return true;
      }
      pop(); // attributes (the _metadata of a state_dict) are not needed
      top();
      return true;
    case op::new_object: // its class, which stands below, makes it when it takes its state
      pop();
      top();
      return dialect_ == Dialect::torchscript;
    default:
      return false;
    }
  }

  bool use_memo(unsigned char operation) {
    switch (operation) {
    case op::put1:
      memorise(in_.number(1));
      return true;
    case op::put4:
      memorise(in_.number(4));
      return true;
    case op::memoize:
      memorise(memo_.size());
      return true;
    case op::get1:
      recall(in_.number(1));
      return true;
    case op::get4:
      recall(in_.number(4));
      return true;
    default:
      return false;
    }
  }

  bool use_globals(unsigned char operation) {
    switch (operation) {
    case op::global: {
      const std::string module = in_.line();
      push(find_global(module, in_.line(), dialect_));
      return true;
    }
    case op::stack_global: {
      const std::vector<Object*> names = pop_last(2);
      push(find_global(expect<std::string>(names[0]), expect<std::string>(names[1]), dialect_));
      return true;
    }
    case op::reduce:
      apply();
      return true;
    case op::persistent_id:
      push(resolve(pop(), pickle_.storages));
      return true;
    default:
      return false;
    }
  }

  void apply() {
    const std::vector<Object*> parts = pop_last(2);
    // An object is made of its state, a value of an enumeration of what is no tuple.
    if (const auto* function = as<Function>(parts[0]); function != nullptr && *function == Function::make_object)
      push(Tuple{{parts[1]}});
    else
      push(call(parts[0], expect<Tuple>(parts[1]).items));
    spend(copied_items(stack_.back()->value));
  }

  double big_endian_double() {
    std::uint64_t bits = 0;
    for (int i = 0; i < 8; ++i)
      bits = bits << 8U | in_.byte();
    return std::bit_cast<double>(bits);
  }

  void push(Value value) {
    spend(1);
    stack_.push_back(&pickle_.objects.emplace_back(Object{std::move(value)}));
  }

  Object* top() {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
      throw damaged("its pickle takes more from the stack than there is");
    return stack_.back();
  }

  Object* pop() {
    Object* object = top();
    stack_.pop_back();
    return object;
  }

  std::vector<Object*> pop_last(std::size_t count) {
    std::vector<Object*> items(count);
    for (std::size_t i = count; i-- > 0;)
      items[i] = pop();
    return items;
  }

  std::vector<Object*> pop_to_mark() {
    if (marks_.empty())
      throw damaged("its pickle closes a container that was not opened");
    const auto mark = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Object*> items(mark, stack_.end());
    stack_.erase(mark, stack_.end());
    marks_.pop_back();
    return items;
  }

  template <class T>
  static T& expect(Object* object) {
    T* value = std::get_if<T>(&object->value);
    if (!value)
      throw damaged("its pickle uses an object as what it is not");
    return *value;
  }

  void append(const std::vector<Object*>& items) {
    std::vector<Object*>& list = expect<List>(top()).items;
    list.insert(list.end(), items.begin(), items.end());
  }

  void set_items(const std::vector<Object*>& items) {
    if (items.size() % 2 != 0)
      throw damaged("its pickle has a key without a value");
    Dict& dict = expect<Dict>(top());
    for (std::size_t i = 0; i < items.size(); i += 2)
      dict.items.emplace_back(items[i], items[i + 1]);
  }

  void memorise(std::uint64_t place) {
    spend(1);
    if (place >= max_objects) // LibTorch would allocate all places below
      throw too_large();
    memo_[place] = top();
  }

  void recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end())
      throw damaged("its pickle refers to an object that is not there");
    stack_.push_back(found->second);
  }

  void spend(std::size_t objects) {
    if (objects > left_)
      throw too_large();
    left_ -= objects;
  }

  Input in_;
  Dialect dialect_;
  Pickle pickle_;
  std::vector<Object*> stack_;
  std::vector<std::size_t> marks_; ///< sizes of the stack where a container begins
  std::unordered_map<std::uint64_t, Object*> memo_;
  std::size_t left_ = max_objects;
};

} // namespace

Pickle read(std::istream& in, Dialect dialect) { return Machine(in, dialect).run(); }

namespace {

std::vector<const Object*> held_by(const Object& object) {
  std::vector<const Object*> held;
  if (const auto* list = as<List>(&object))
    held.assign(list->items.begin(), list->items.end());
  else if (const auto* tuple = as<Tuple>(&object))
    held.assign(tuple->items.begin(), tuple->items.end());
  else if (const auto* dict = as<Dict>(&object))
    for (const auto& [key, value] : dict->items)
      held.insert(held.end(), {key, value});
  return held;
}

} // namespace

// Without recursion, because a pickle could force any depth: an object is finished when all its parts are.
Extent extent_of(const Pickle& pickle) {
  constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();
  std::unordered_map<const Object*, std::optional<Extent>> known; // no value: in progress
  Extent largest;
  for (const Object& each : pickle.objects) {
    std::vector<const Object*> open{&each};
    while (!open.empty()) {
      const Object* object = open.back();
      const std::vector<const Object*> held = held_by(*object);
      const auto [place, is_new] = known.try_emplace(object);
      if (is_new) {
        for (const Object* inner : held)
          if (const auto other = known.find(inner); other == known.end())
            open.push_back(inner);
          else if (!other->second)
            return {endless, endless}; // it holds itself
        continue;
      }
      open.pop_back();
      if (place->second)
        continue;
      Extent extent{0, 1};
      for (const Object* inner : held) {
        const Extent& one = *known.at(inner);
        extent.depth = std::max(extent.depth, one.depth + 1);
        extent.size = one.size > endless - extent.size ? endless : extent.size + one.size;
      }
      place->second = extent;
      largest = {std::max(largest.depth, extent.depth), std::max(largest.size, extent.size)};
    }
  }
  return largest;
}

} // namespace scalescope::pickle
