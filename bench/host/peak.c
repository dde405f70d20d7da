/* What one core can do at most: products of int8 and of float32, added to sums, in 10^9 a second, by loops of nothing
 * else. Prints {"int8":[instruction, rate],"float32":[instruction, rate]}; rate 0 where there is no loop for the processor. */
#include <stdio.h>
#include <time.h>

#if defined(__x86_64__)
#define REGISTER "v"
#elif defined(__aarch64__)
#include <sys/auxv.h>
#define REGISTER "w"
#endif

static void print_rate(const char *name, const char *instruction, double rate) {
  printf("\"%s\":[\"%s\",%.2f]", name, instruction, rate);
}

#ifdef REGISTER
static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)(t.tv_sec % 100000) + 1e-9 * (double)t.tv_nsec;
}

/* Defines a function that gives the best rate of several runs. Twelve sums hide the latency of one another; `step` is the
 * code that adds `products` products to the sum in the register it is given, %13 are factors, %12 is free. */
#define PEAK(name, features, bytes, products, step)                                                                    \
  __attribute__((target(features))) static double name(void) {                                                         \
    typedef int vector __attribute__((vector_size(bytes)));                                                            \
    vector s[12] = {{0}}, x = {0}, t = {0};                                                                            \
    double best = 0;                                                                                                   \
    for (int run = 0; run < 200; run++) {                                                                               \
      enum { ROUNDS = 20000 };                                                                                         \
      const double start = now();                                                                                      \
      for (int i = 0; i < ROUNDS; i++) {                                                                               \
        __asm__ volatile(step("%0") step("%1") step("%2") step("%3") step("%4") step("%5") step("%6") step("%7")       \
                             step("%8") step("%9") step("%10") step("%11")                                             \
                         : "+" REGISTER(s[0]), "+" REGISTER(s[1]), "+" REGISTER(s[2]), "+" REGISTER(s[3]),             \
                           "+" REGISTER(s[4]), "+" REGISTER(s[5]), "+" REGISTER(s[6]), "+" REGISTER(s[7]),             \
                           "+" REGISTER(s[8]), "+" REGISTER(s[9]), "+" REGISTER(s[10]), "+" REGISTER(s[11]),           \
                           "+" REGISTER(t)                                                                             \
                         : REGISTER(x));                                                                  \
      }                                                                                                                \
      const double rate = 12e-9 * (products)*ROUNDS / (now() - start);                                                 \
      if (rate > best) best = rate;                                                                                    \
    }                                                                                                                  \
    return best;                                                                                                       \
  }
#endif

#if defined(__x86_64__)
#define VPDPBUSD(sum) "vpdpbusd %13, %13, " sum "\n"
#define VPMADDUBSW(sum) "vpmaddubsw %13, %13, %12\nvpmaddwd %13, %12, %12\nvpaddd %12, " sum ", " sum "\n"
#define VFMADD(sum) "vfmadd231ps %13, %13, " sum "\n"
PEAK(vnni512, "avx512f,avx512vnni", 64, 64, VPDPBUSD)
PEAK(fma512, "avx512f", 64, 16, VFMADD)
PEAK(fma256, "avx2,fma", 32, 8, VFMADD)
PEAK(maddubs256, "avx2", 32, 32, VPMADDUBSW)

int main(void) {
  __builtin_cpu_init();
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  printf("{");
  if (__builtin_cpu_supports("avx512vnni")) print_rate("int8", "vpdpbusd zmm", vnni512());
  else print_rate("int8", avx2 ? "vpmaddubsw ymm" : "none", avx2 ? maddubs256() : 0);
  printf(",");
  if (__builtin_cpu_supports("avx512f")) print_rate("float32", "vfmadd231ps zmm", fma512());
  else print_rate("float32", avx2 ? "vfmadd231ps ymm" : "none", avx2 ? fma256() : 0);
  printf("}\n");
  return 0;
}
#elif defined(__aarch64__)
#define SDOT(sum) "sdot " sum ".4s, %13.16b, %13.16b\n"
#define SMLAL(sum) "smull %12.8h, %13.8b, %13.8b\nsmlal2 %12.8h, %13.16b, %13.16b\nsadalp " sum ".4s, %12.8h\n"
#define FMLA(sum) "fmla " sum ".4s, %13.4s, %13.4s\n"
PEAK(sdot, "arch=armv8.2-a+dotprod", 16, 16, SDOT)
PEAK(smlal, "arch=armv8-a", 16, 16, SMLAL)
PEAK(fmla, "arch=armv8-a", 16, 4, FMLA)

int main(void) {
  const int dotprod = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  printf("{");
  print_rate("int8", dotprod ? "sdot" : "smlal", dotprod ? sdot() : smlal());
  printf(",");
  print_rate("float32", "fmla", fmla());
  printf("}\n");
  return 0;
}
#else
int main(void) {
  printf("{");
  print_rate("int8", "none", 0);
  printf(",");
  print_rate("float32", "none", 0);
  printf("}\n");
  return 0;
}
#endif
