// GCC calls these where our code runs and compares. libFuzzer knows clang's counters, and those of the section named
// here. What is weak, libFuzzer's programs have from libFuzzer; it stands here because some of our code is called while
// a program is still being loaded, when it can't call the sanitizer's library.

#include <cstddef>
#include <cstdint>

__attribute__((section("__libfuzzer_extra_counters"), used)) static std::uint8_t counters[1U << 17U];

extern "C" {
void __sanitizer_cov_trace_pc() {
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) -
                     reinterpret_cast<std::uintptr_t>(&__sanitizer_cov_trace_pc);
  std::uint8_t& counter = counters[(place ^ place >> 17U) % sizeof counters];
  if (counter < 255)
    ++counter;
}
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}
__attribute__((weak)) void __sanitizer_cov_trace_cmp1(std::uint8_t, std::uint8_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_cmp2(std::uint16_t, std::uint16_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_cmp4(std::uint32_t, std::uint32_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_cmp8(std::uint64_t, std::uint64_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_const_cmp1(std::uint8_t, std::uint8_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_const_cmp2(std::uint16_t, std::uint16_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_const_cmp4(std::uint32_t, std::uint32_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_const_cmp8(std::uint64_t, std::uint64_t) {}
__attribute__((weak)) void __sanitizer_cov_trace_switch(std::uint64_t, std::uint64_t*) {}
}
