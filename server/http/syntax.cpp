#include "server/http/syntax.hpp"

#include <algorithm>

namespace doorward::http {
namespace {

constexpr int most_digits = 16;  // of a chunk's size: what 64 bits hold

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string_view without_space_around(std::string_view text) {
  constexpr std::string_view space = " \t";
  const std::size_t begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

}  // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.contains(c);
  });
}

bool HeadSyntax::accept(std::string_view bytes) {
  for (const char c : bytes) {
    if (state_ == State::refused) return false;
    state_ = next(c);
  }
  return state_ != State::refused;
}

HeadSyntax::State HeadSyntax::next(char c) {
  switch (state_) {
    case State::in_line:
      if (c == '\r') return State::after_cr;
      if (is_control(c)) return State::refused;
      line_ += c;
      return State::in_line;
    case State::after_cr:
      return c == '\n' ? end_line() : State::refused;
    case State::ended:
    case State::refused:
      break;
  }
  return State::refused;
}

HeadSyntax::State HeadSyntax::end_line() {
  const std::string line = std::exchange(line_, {});
  if (std::exchange(first_, false)) return State::in_line;
  if (line.empty()) return State::ended;
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || !is_token(std::string_view(line).substr(0, colon))) return State::refused;
  headers_.emplace_back(line.substr(0, colon),
                        without_space_around(std::string_view(line).substr(colon + 1)));
  return State::in_line;
}

bool ChunkSyntax::accept(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::refused) {
    if (state_ == State::data) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      bytes.remove_prefix(taken);
      left_ -= taken;
      if (left_ == 0) state_ = State::data_cr;
    } else {
      state_ = next(bytes.front());
      bytes.remove_prefix(1);
    }
  }
  return state_ != State::refused;
}

ChunkSyntax::State ChunkSyntax::next(char c) {
  switch (state_) {
    case State::size:
      if (const int digit = hex_digit(c); digit >= 0) {
        if (++digits_ > most_digits) return State::refused;
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        return State::size;
      }
      if (digits_ == 0) return State::refused;
      if (c == '\r') return State::size_lf;
      return c == ';' ? State::extension : State::refused;
    case State::extension:
      if (c == '\r') return State::size_lf;
      return is_control(c) ? State::refused : State::extension;
    case State::size_lf:
      if (c != '\n') return State::refused;
      digits_ = 0;
      return left_ == 0 ? State::last_cr : State::data;
    case State::data_cr:
      return c == '\r' ? State::data_lf : State::refused;
    case State::data_lf:
      return c == '\n' ? State::size : State::refused;
    case State::last_cr:
      return c == '\r' ? State::last_lf : State::refused;
    case State::last_lf:
      return c == '\n' ? State::ended : State::refused;
    case State::data:
    case State::ended:
    case State::refused:
      break;
  }
  return State::refused;
}

}  // namespace doorward::http
