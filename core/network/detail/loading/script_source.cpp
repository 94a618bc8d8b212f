#include "core/network/detail/loading/script_source.h"

#include "core/base/text.h"
#include "core/network/detail/loading/unreadable.h"

#include <cctype>
#include <optional>
#include <vector>

namespace scalescope {
namespace {

constexpr std::size_t deepest_brackets = 200;
constexpr std::size_t deepest_blocks = 100;
constexpr std::size_t longest_expression = 400; ///< tokens without a bracket or comma between them

[[nodiscard]] Unreadable refused(const std::string& what, const std::string& name) {
  return {what + " (in " + printable(name) + ")", "export the network with torch.jit.trace(model.eval(), example)"};
}

struct Token {
  enum class Kind { Word, Text, Sign, End } kind = Kind::End;
  std::string_view text;
};

/// A statement: its tokens up to the end of the line, brackets joining lines; and how far it is indented.
struct Statement {
  std::size_t indentation = 0;
  std::vector<Token> tokens;
};

class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  /// The next statement that is not empty; nothing at the end.
  std::optional<Statement> next() {
    while (at_ < text_.size()) {
      Statement statement;
      while (at_ < text_.size() && text_[at_] == ' ') {
        ++at_;
        ++statement.indentation;
      }
      read_tokens(statement.tokens);
      if (!statement.tokens.empty())
        return statement;
    }
    return std::nullopt;
  }

 private:
  void read_tokens(std::vector<Token>& tokens) {
    std::vector<char> open;
    std::size_t run = 0;
    for (;;) {
      const Token token = read_token(!open.empty());
      if (token.kind == Token::Kind::End)
        break;
      tokens.push_back(token);
      const char sign = token.kind == Token::Kind::Sign ? token.text[0] : ' ';
      const bool opens = sign == '(' || sign == '[' || sign == '{';
      const bool closes = sign == ')' || sign == ']' || sign == '}';
      run = opens || closes || sign == ',' ? 0 : run + 1;
      if (opens)
        open.push_back(sign);
      if (closes && open.empty())
        throw damaged("its code in " + printable(name_) + " closes a bracket that was not opened");
      if (closes)
        open.pop_back();
      if (open.size() > deepest_brackets || run > longest_expression)
        throw refused("holds code that is nested too deeply to be read", name_);
    }
    if (!open.empty())
      throw damaged("its code in " + printable(name_) + " ends within a bracket");
  }

  Token read_token(bool in_brackets) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        const std::size_t word = text_.find_first_not_of(" #", at_);
        if (word != std::string_view::npos && text_.substr(word).starts_with("type"))
          throw refused("holds code that torch.jit.save did not write", name_); // LibTorch reads types there
        while (at_ < text_.size() && text_[at_] != '\n')
          ++at_;
      } else if (c == '\n') {
        ++at_;
        if (!in_brackets)
          return {};
      } else if (c == ' ') {
        ++at_;
      } else if (c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\\' || c == ';') {
        throw refused("holds code that torch.jit.save did not write", name_);
      } else {
        return take(c);
      }
    }
    return {};
  }

  Token take(char c) {
    const std::size_t begin = at_;
    if (c == '"' || c == '\'') {
      for (++at_; at_ < text_.size() && text_[at_] != c && text_[at_] != '\n'; ++at_)
        if (text_[at_] == '\\')
          ++at_;
      if (at_ >= text_.size() || text_[at_] != c || text_.substr(begin, 3) == std::string(3, c))
        throw refused("holds code that torch.jit.save did not write", name_);
      ++at_;
      return {Token::Kind::Text, text_.substr(begin, at_ - begin)};
    }
    if (is_word(c)) {
      while (at_ < text_.size() && is_word(text_[at_]))
        ++at_;
      return {Token::Kind::Word, text_.substr(begin, at_ - begin)};
    }
    ++at_;
    return {Token::Kind::Sign, text_.substr(begin, 1)};
  }

  static bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

/// Whether something is computed: a bracket behind a name, a text or another bracket calls something, and all signs but
/// those of numbers, types and lists calculate.
bool computes(const std::vector<Token>& tokens, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    const Token& token = tokens[i];
    if (token.kind == Token::Kind::Word && (token.text == "for" || token.text == "lambda"))
      return true;
    if (token.kind != Token::Kind::Sign)
      continue;
    const Token* before = i > begin ? &tokens[i - 1] : nullptr;
    const bool behind_a_value = before != nullptr && (before->kind != Token::Kind::Sign || before->text == ")" ||
                                                      before->text == "]" || before->text == "}");
    // 1e-05 comes as three tokens.
    const bool in_a_number = before != nullptr && before->kind == Token::Kind::Word &&
                             std::isdigit(static_cast<unsigned char>(before->text[0])) != 0 &&
                             before->text.ends_with('e');
    const bool is_sign_of_number = (token.text == "-" || token.text == "+") && (!behind_a_value || in_a_number);
    if ((token.text == "(" && behind_a_value) ||
        (std::string_view("()[]{},.:=").find(token.text) == std::string_view::npos && !is_sign_of_number))
      return true;
  }
  return false;
}

/// The place of the bracket that closes the one at `open`.
std::size_t closing(const std::vector<Token>& tokens, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i)
    if (tokens[i].kind == Token::Kind::Sign) {
      depth += tokens[i].text == "(" ? 1 : 0;
      depth -= tokens[i].text == ")" ? 1 : 0;
      if (depth == 0)
        return i;
    }
  return tokens.size();
}

void check_function(const Statement& head, const std::string& name) {
  const auto& tokens = head.tokens;
  if (tokens.size() < 3 || tokens[2].text != "(")
    throw damaged("its code in " + printable(name) + " can't be understood");
  if (tokens[1].text == "__setstate__" || tokens[1].text == "__getstate__")
    throw refused("runs its own code (__setstate__) while it is loaded, which is not allowed, because others may have "
                  "made the file",
                  name);
  if (computes(tokens, 3, closing(tokens, 2)))
    throw refused("computes the default value of an argument, which would run while it is loaded", name);
}

} // namespace

void check_script_source(std::string_view text, const std::string& name) {
  struct Block {
    std::size_t indentation;
    bool is_class;
  };
  std::vector<Block> around;
  Reader reader(text, name);
  while (const auto statement = reader.next()) {
    while (!around.empty() && around.back().indentation >= statement->indentation)
      around.pop_back();
    const std::string_view first = statement->tokens.front().text;
    const bool in_class = !around.empty() && around.back().is_class;
    if (first == "def")
      check_function(*statement, name);
    else if (first != "class" && (in_class || around.empty()) &&
             computes(statement->tokens, 0, statement->tokens.size()))
      throw refused("computes something outside of all functions, which would run while it is loaded", name);
    if (first == "class" && statement->tokens.back().text != ":")
      throw damaged("its code in " + printable(name) + " can't be understood");
    if (statement->tokens.back().text == ":" || first == "def" || first == "class")
      around.push_back({statement->indentation, first == "class"});
    if (around.size() > deepest_blocks)
      throw refused("holds code that is nested too deeply to be read", name);
  }
}

} // namespace scalescope
