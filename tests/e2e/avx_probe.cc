// Executes one AVX instruction, compiled with -mavx: what a processor without AVX must refuse.
#include <immintrin.h>

int main() {
  volatile float value = 1.0f;
  const __m256 values = _mm256_set1_ps(value);
  value = _mm256_cvtss_f32(_mm256_add_ps(values, values));
  return value == 2.0f ? 0 : 1;
}
