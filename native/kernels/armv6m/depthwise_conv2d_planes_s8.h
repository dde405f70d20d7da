/* Depthwise convolutions of 3x3 with the instructions of ARMv6-M. Included by generic/depthwise_conv2d_planes_s8.c. */
#include "../generic/tinyml_small_windows.h"
#include "tinyml_lay_out_planes.h"
#include "tinyml_high_registers.h"
#include "tinyml_narrow.h"

#define PRODUCT(pixel, sum) "ldrb r3, [r0, #" pixel "]\nmuls r3, r4, r3\nadd " sum ", r3\n"
#define WEIGHT "ldmia r2!, {r4}\n"
#define NEXT "adds r0, r0, r1\n"

/* A row of the windows of four outputs. */
#define ROW                                                                         \
  WEIGHT PRODUCT("0", "r8") PRODUCT("1", "r9") PRODUCT("2", "r10") PRODUCT("3", "r11") \
  WEIGHT PRODUCT("1", "r8") PRODUCT("2", "r9") PRODUCT("3", "r10") PRODUCT("4", "r11") \
  WEIGHT PRODUCT("2", "r8") PRODUCT("3", "r9") PRODUCT("4", "r10") PRODUCT("5", "r11")

/* The same of every second pixel. */
#define ROW_OF_TWO                                                                  \
  WEIGHT PRODUCT("0", "r8") PRODUCT("2", "r9") PRODUCT("4", "r10") PRODUCT("6", "r11") \
  WEIGHT PRODUCT("1", "r8") PRODUCT("3", "r9") PRODUCT("5", "r10") PRODUCT("7", "r11") \
  WEIGHT PRODUCT("2", "r8") PRODUCT("4", "r9") PRODUCT("6", "r10") PRODUCT("8", "r11")

/* Sums of four outputs. @param weights as channel_band has them, the bias behind the first three */
#define FOUR(name, row)                                                                                                \
  static __attribute__((naked, noinline)) void name(const int8_t *x __attribute__((unused)), int32_t pitch __attribute__((unused)), \
                                                    const int32_t *weights __attribute__((unused)),                    \
                                                    int32_t *sums __attribute__((unused))) {                           \
    __asm volatile(                                                                                                    \
        ".syntax unified\n"                                                                                           \
        "push {r3-r7, lr}\n"                                                                                           \
        TINYML_SAVE_HIGH                                                                                               \
        "ldr r3, [r2, #12]\n"                                                                                          \
        TINYML_COPY_HIGH("r3") row NEXT "adds r2, #4\n" row NEXT row                                                   \
        "ldr r3, [sp, #16]\n"                                                                                          \
        TINYML_STORE_HIGH("r3")                                                                                        \
        TINYML_RESTORE_HIGH                                                                                            \
        "pop {r3-r7, pc}\n");                                                                                          \
  }

FOUR(four_pixels, ROW)
FOUR(four_second, ROW_OF_TWO)

static int32_t sum_of(const tinyml_channel_band *band, const int8_t *plane) {
  const uint8_t *x = (const uint8_t *)plane;
  const int32_t *w = band->weights, pitch = band->pitch;
  uint32_t sum = (uint32_t)band->bias;
  for (int32_t i = 0; i < TINYML_WINDOW; i++) sum += (uint32_t)(x[i] * band->first_weights[i]);
  x += pitch;
  for (int32_t i = 0; i < TINYML_WINDOW; i++) sum += (uint32_t)(x[i] * w[i]);
  x += pitch;
  for (int32_t i = 0; i < TINYML_WINDOW; i++) sum += (uint32_t)(x[i] * w[TINYML_WINDOW + i]);
  return (int32_t)sum;
}

/* Rows of outputs. @param stride pixels from a window to the next */
static inline void all_rows(const tinyml_channel_band *band, int32_t stride,
                            void (*four)(const int8_t *, int32_t, const int32_t *, int32_t *)) {
  const int32_t channels = band->channels;
  const int8_t *row = band->plane;
  int8_t *output = band->output;
  int32_t sums[4];
  for (int32_t i = band->rows; i > 0; i--, row += band->step) {
    const int8_t *x = row;
    for (const int8_t *const end = x + band->fours; x != end; x += 4 * stride, output += 4 * channels) {
      four(x, band->pitch, band->first_weights, sums);
      tinyml_narrow_sums(sums, 4, &band->doubled, band->zero_point, output, channels);
    }
    for (const int8_t *const end = x + band->ones; x != end; x += stride, output += channels) {
      sums[0] = sum_of(band, x);
      tinyml_narrow_sums(sums, 1, &band->doubled, band->zero_point, output, channels);
    }
  }
}

static void every_pixel(const tinyml_channel_band *band) { all_rows(band, 1, four_pixels); }

static void every_second(const tinyml_channel_band *band) { all_rows(band, 2, four_second); }
