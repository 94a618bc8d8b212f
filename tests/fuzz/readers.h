#pragma once
// What reads files that others made, each to be given whatever bytes.

#include <string>
#include <vector>

/// One for each folder of tests/fuzz/corpus.
[[nodiscard]] const std::vector<std::string>& fuzzed_readers();

/// Lets a reader read these bytes: a file, or Parts of which one is made. It throws what a reader must not throw.
/// @return the sentence with which they were refused; "" if they were read.
[[nodiscard]] std::string read_as(const std::string& reader, const std::string& input);

/// What is wrong with a sentence for a person: words of libraries that are not from the input, line ends, its length.
/// "" if nothing is.
[[nodiscard]] std::string fault_of(const std::string& sentence, const std::string& input);
