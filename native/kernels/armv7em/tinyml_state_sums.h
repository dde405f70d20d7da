/* tinyml_state_sums.h with the DSP instructions of ARMv7E-M and ARMv8-M: two tokens with each product, four sums a turn. Included
 * by generic/tinyml_state_sums.h. */

static inline void tinyml_add_tokens(int32_t *row, const uint32_t *pairs, int32_t keys, int32_t first, int32_t second) {
  const uint32_t weights = ((uint32_t)first & 0xffff) | (uint32_t)second << 16;
  const uint32_t *const stop = pairs + (keys & ~3);
  uint32_t x0, x1, s0, s1;
  while (pairs != stop) {
    __asm volatile(
        "ldrd %[x0], %[x1], [%[pairs]], #8\n"
        "ldrd %[s0], %[s1], [%[row]]\n"
        "smlad %[s0], %[x0], %[weights], %[s0]\n"
        "smlad %[s1], %[x1], %[weights], %[s1]\n"
        "strd %[s0], %[s1], [%[row]], #8\n"
        "ldrd %[x0], %[x1], [%[pairs]], #8\n"
        "ldrd %[s0], %[s1], [%[row]]\n"
        "smlad %[s0], %[x0], %[weights], %[s0]\n"
        "smlad %[s1], %[x1], %[weights], %[s1]\n"
        "strd %[s0], %[s1], [%[row]], #8\n"
        : [x0] "=&r"(x0), [x1] "=&r"(x1), [s0] "=&r"(s0), [s1] "=&r"(s1), [row] "+r"(row), [pairs] "+r"(pairs)
        : [weights] "r"(weights)
        : "memory");
  }
  for (int32_t c = 0; c < keys % 4; c++) {
    __asm("smlad %0, %1, %2, %0" : "+r"(row[c]) : "r"(pairs[c]), "r"(weights));
  }
}

static inline int64_t tinyml_state_times(const int32_t *row, const int32_t *line, int32_t keys) {
  uint32_t low = 0, x0, x1, s0, s1;
  int32_t high = 0;
  const int32_t *const stop = row + (keys & ~3);
  while (row != stop) {
    __asm volatile(
        "ldrd %[x0], %[x1], [%[line]], #8\n"
        "ldrd %[s0], %[s1], [%[row]], #8\n"
        "smlal %[low], %[high], %[x0], %[s0]\n"
        "smlal %[low], %[high], %[x1], %[s1]\n"
        "ldrd %[x0], %[x1], [%[line]], #8\n"
        "ldrd %[s0], %[s1], [%[row]], #8\n"
        "smlal %[low], %[high], %[x0], %[s0]\n"
        "smlal %[low], %[high], %[x1], %[s1]\n"
        : [x0] "=&r"(x0), [x1] "=&r"(x1), [s0] "=&r"(s0), [s1] "=&r"(s1), [low] "+r"(low), [high] "+r"(high),
          [row] "+r"(row), [line] "+r"(line)
        :
        : "memory");
  }
  int64_t sum = (int64_t)((uint64_t)(uint32_t)high << 32 | low);
  for (int32_t c = 0; c < keys % 4; c++) sum += (int64_t)row[c] * line[c];
  return sum;
}
