// GCC calls these where our code runs and compares. libFuzzer knows clang's counters, and those of the section named
// here.

#include <cstddef>
#include <cstdint>

__attribute__((section("__libfuzzer_extra_counters"), used)) static std::uint8_t counters[1U << 17U];

extern "C" {
void __sanitizer_cov_trace_pc();
void __sanitizer_cov_trace_cmpf(float, float);
void __sanitizer_cov_trace_cmpd(double, double);

void __sanitizer_cov_trace_pc() {
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) -
                     reinterpret_cast<std::uintptr_t>(&__sanitizer_cov_trace_pc);
  std::uint8_t& counter = counters[(place ^ place >> 17U) % sizeof counters];
  if (counter < 255)
    ++counter;
}
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}
}
