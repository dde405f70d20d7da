/* tinyml_encode_stripes.h with DSP instructions: an instruction less for each symbol, and none to bound a cell. Included by generic/tinyml_encode_stripes.h. */

/* What a loop over positions reads; `image` at the first channel, the others as far behind it. */
typedef struct {
  const int8_t *image;
  int32_t stride, second, third, fourth;
  const uint8_t *levels; /* of code 0 of the first channel */
  const int16_t *cells;
  int16_t *stripes, *end;
} tinyml_stripe_positions;

#define TINYML_STRIPE_LEVEL(offset, levels) \
  "ldrsb r12, [r1, " offset "]\n"           \
  "ldrb r12, [" levels ", r12]\n"           \
  "uadd8 r0, r0, r12\n" /* modulo 256 */

#define TINYML_STRIPE_CELL(levels)  \
  "ldrsb r0, [r1]\n"                \
  "ldrb r0, [r6, r0]\n" levels      \
  "add r1, r1, r2\n"                \
  "ldrh r0, [r7, r0, lsl #1]\n"     \
  "strh r0, [r8], #2\n"

/* Two positions a round; the first round begins in its middle where they are odd. */
#define TINYML_STRIPE_LOOP(name, levels)                                                                       \
  static __attribute__((naked, noinline)) void name(const tinyml_stripe_positions *of __attribute__((unused))) { \
    __asm volatile(                                                                                            \
        "push {r4-r11, lr}\n"                                                                                  \
        "ldm r0, {r1-r9}\n"                                                                                    \
        "add r10, r6, #256\n"                                                                                  \
        "add r11, r6, #512\n"                                                                                  \
        "add lr, r6, #768\n"                                                                                   \
        "sub r0, r9, r8\n"                                                                                     \
        "tst r0, #2\n"                                                                                         \
        "bne 2f\n"                                                                                             \
        "1:\n" TINYML_STRIPE_CELL(levels)                                                                      \
        "2:\n" TINYML_STRIPE_CELL(levels)                                                                      \
        "cmp r8, r9\n"                                                                                         \
        "bne 1b\n"                                                                                             \
        "pop {r4-r11, pc}\n");                                                                                 \
  }

#define TINYML_STRIPE_SECOND TINYML_STRIPE_LEVEL("r3", "r10")
#define TINYML_STRIPE_THIRD TINYML_STRIPE_SECOND TINYML_STRIPE_LEVEL("r4", "r11")
#define TINYML_STRIPE_FOURTH TINYML_STRIPE_THIRD TINYML_STRIPE_LEVEL("r5", "lr")

TINYML_STRIPE_LOOP(tinyml_cells_of_one, "")
TINYML_STRIPE_LOOP(tinyml_cells_of_two, TINYML_STRIPE_SECOND)
TINYML_STRIPE_LOOP(tinyml_cells_of_three, TINYML_STRIPE_THIRD)
TINYML_STRIPE_LOOP(tinyml_cells_of_four, TINYML_STRIPE_FOURTH)

/* The cells of a group whose stripes are single positions. */
static inline void tinyml_cells_of_positions(const tinyml_stripe_grid *grid, const int8_t *image,
                                             const tinyml_stripe_map *map, int16_t *stripes) {
  const int32_t *of = grid->channels;
  const tinyml_stripe_positions all = {image + of[0], map->channels, of[1] - of[0], of[2] - of[0], of[3] - of[0],
                                       map->levels,   map->cells,    stripes, stripes + grid->rows * grid->columns};
  switch (grid->count) {
    case 1:
      tinyml_cells_of_one(&all);
      break;
    case 2:
      tinyml_cells_of_two(&all);
      break;
    case 3:
      tinyml_cells_of_three(&all);
      break;
    default:
      tinyml_cells_of_four(&all);
  }
}

/* What a loop over squares of 2 x 2 positions reads; `image` at the first channel, the others as far behind it. */
typedef struct {
  const int8_t *image;
  int32_t stride, below, across; /* to the positions on the right, below, and both */
  int32_t second, third, fourth;
  const uint8_t *levels;
  const int16_t *cells;
  int16_t *stripes, *end;
  int32_t rows, columns; /* columns: bytes of a row of stripes */
} tinyml_stripe_fours;

/* The place in the table of levels of the mean of a square; `half`: 2, and 4 * 256 k for channel k. */
#define TINYML_STRIPE_MEAN(sum, at, half)   \
  "ldrsb " sum ", [" at "]\n"               \
  "ldrsb r12, [" at ", r2]\n"               \
  "add " sum ", " sum ", r12\n"             \
  "ldrsb r12, [" at ", r3]\n"               \
  "add " sum ", " sum ", r12\n"             \
  "ldrsb r12, [" at ", r4]\n"               \
  "add " sum ", " sum ", r12\n"             \
  "addw " sum ", " sum ", #" half "\n"      \
  "asr " sum ", " sum ", #2\n"              \
  "ldrb " sum ", [r8, " sum "]\n"

#define TINYML_STRIPE_MORE(offset, half) \
  "add lr, r1, " offset "\n" TINYML_STRIPE_MEAN("r0", "lr", half) "uadd8 r11, r11, r0\n"

#define TINYML_STRIPE_FOURS(name, more)                                                                      \
  static __attribute__((naked, noinline)) void name(const tinyml_stripe_fours *of __attribute__((unused))) { \
    __asm volatile(                                                                                          \
        "push {r4-r11, lr}\n"                                                                                \
        "add r1, r0, #40\n"                                                                                  \
        "ldm r1, {r1-r3}\n"                                                                                  \
        "push {r1-r3}\n"                                                                                     \
        "ldm r0, {r1-r10}\n"                                                                                 \
        "1:\n" TINYML_STRIPE_MEAN("r11", "r1", "2") more                                                     \
        "add r1, r1, r2, lsl #1\n"                                                                           \
        "ldrh r11, [r9, r11, lsl #1]\n"                                                                      \
        "strh r11, [r10], #2\n"                                                                              \
        "ldr r0, [sp]\n"                                                                                     \
        "cmp r10, r0\n"                                                                                      \
        "bne 1b\n"                                                                                           \
        "add r1, r1, r3\n" /* the row below was read with this one */                                        \
        "ldrd r12, lr, [sp, #4]\n"                                                                           \
        "add r0, r0, lr\n"                                                                                   \
        "str r0, [sp]\n"                                                                                     \
        "subs r12, r12, #1\n"                                                                                \
        "str r12, [sp, #4]\n"                                                                                \
        "bne 1b\n"                                                                                           \
        "add sp, sp, #12\n"                                                                                  \
        "pop {r4-r11, pc}\n");                                                                               \
  }

#define TINYML_STRIPE_SECOND_MEAN TINYML_STRIPE_MORE("r5", "1026")
#define TINYML_STRIPE_THIRD_MEAN TINYML_STRIPE_SECOND_MEAN TINYML_STRIPE_MORE("r6", "2050")
#define TINYML_STRIPE_FOURTH_MEAN TINYML_STRIPE_THIRD_MEAN TINYML_STRIPE_MORE("r7", "3074")

TINYML_STRIPE_FOURS(tinyml_fours_of_one, "")
TINYML_STRIPE_FOURS(tinyml_fours_of_two, TINYML_STRIPE_SECOND_MEAN)
TINYML_STRIPE_FOURS(tinyml_fours_of_three, TINYML_STRIPE_THIRD_MEAN)
TINYML_STRIPE_FOURS(tinyml_fours_of_four, TINYML_STRIPE_FOURTH_MEAN)

/* The cells of squares of 2 x 2 positions, row by row, where no square is cut off. Returns how many rows. */
static inline int32_t tinyml_cells_of_fours(const tinyml_stripe_grid *grid, const int8_t *image,
                                            const tinyml_stripe_map *map, int16_t *stripes) {
  const int32_t rows = map->height >> 1, *of = grid->channels, bytes = map->width * map->channels;
  if (grid->merge != 1 || rows == 0 || map->width % 2 != 0) return 0;
  const tinyml_stripe_fours all = {image + of[0],
                                   map->channels,
                                   bytes,
                                   bytes + map->channels,
                                   of[1] - of[0],
                                   of[2] - of[0],
                                   of[3] - of[0],
                                   map->levels,
                                   map->cells,
                                   stripes,
                                   stripes + grid->columns,
                                   rows,
                                   2 * grid->columns};
  switch (grid->count) {
    case 1:
      tinyml_fours_of_one(&all);
      break;
    case 2:
      tinyml_fours_of_two(&all);
      break;
    case 3:
      tinyml_fours_of_three(&all);
      break;
    default:
      tinyml_fours_of_four(&all);
  }
  return rows;
}

typedef struct {
  const int16_t *last;
  int32_t above; /* bytes to the stripe above, from the left neighbour */
  const tinyml_stripe_entry *table;
  uint32_t state;
  uint8_t *at, *first; /* of the ring */
  const int16_t *row;  /* the first stripe of the last row */
  int32_t rows;
  uint8_t *end; /* of the ring */
  int32_t turns;
} tinyml_stripe_pushes;

/* r12: the state by the frequency of the entry at r11. */
#define TINYML_STRIPE_QUOTIENT "umull r0, r12, r12, r4\n" "cmp r12, #2048\n"

/* The stripe on the left, and its class and that of the one above in the index of an entry. */
#define TINYML_STRIPE_CONTEXT(own, left) \
  "ldrh " left ", [r1, #-2]!\n"          \
  "ldrh r11, [r1, r2]\n"                 \
  "bfi " own ", " left ", #6, #1\n"      \
  "bfi " own ", r11, #7, #1\n"

#define TINYML_STRIPE_ENTRY(own)       \
  "lsr " own ", " own ", #6\n"         \
  "add r11, r3, " own ", lsl #3\n"     \
  "ldrd r12, lr, [r11]\n" TINYML_STRIPE_QUOTIENT

#define TINYML_STRIPE_PUSH       \
  "smlabb r4, r12, lr, r4\n"     \
  "add r4, r4, lr, lsr #16\n"

/* A byte to the ring, and the quotient of what is left. */
#define TINYML_STRIPE_EMIT(label)  \
  "strb r4, [r5, #-1]!\n"          \
  "lsr r4, r4, #8\n"               \
  "cmp r5, r6\n"                   \
  "bne " label "f\n"               \
  "ldr r0, [sp]\n"                 \
  "ldr r5, [r0, #32]\n"            \
  "ldr r12, [r0, #36]\n"           \
  "add r12, r12, #1\n"             \
  "str r12, [r0, #36]\n"           \
  label ":\n"                      \
  "ldr r12, [r11]\n"               \
  TINYML_STRIPE_QUOTIENT

static __attribute__((naked, noinline)) uint32_t tinyml_push_rows(tinyml_stripe_pushes *all __attribute__((unused))) {
  __asm volatile(
      "push {r0, r4-r11, lr}\n"
      "ldm r0, {r1-r8}\n"
      "1:\n"
      "ldrh r9, [r1]\n"
      "cmp r1, r7\n"
      "beq 3f\n"
      "2:\n" TINYML_STRIPE_CONTEXT("r9", "r10") TINYML_STRIPE_ENTRY("r9")
      "bhs 5f\n"
      "4:\n" TINYML_STRIPE_PUSH
      "cmp r1, r7\n"
      "beq 9f\n" TINYML_STRIPE_CONTEXT("r10", "r9") TINYML_STRIPE_ENTRY("r10")
      "bhs 10f\n"
      "11:\n" TINYML_STRIPE_PUSH
      "cmp r1, r7\n"
      "bne 2b\n"
      "b 3f\n"
      "9:\n"
      "mov r9, r10\n"
      "3:\n" /* left of the first stripe of a row is nothing */
      "sub r1, r1, #2\n"
      "ldrh r11, [r1, r2]\n"
      "bfc r9, #6, #1\n"
      "bfi r9, r11, #7, #1\n" TINYML_STRIPE_ENTRY("r9")
      "bhs 7f\n"
      "6:\n" TINYML_STRIPE_PUSH
      "sub r7, r7, #2\n"
      "add r7, r7, r2\n"
      "subs r8, r8, #1\n"
      "bne 1b\n"
      "ldr r1, [sp]\n"
      "str r5, [r1, #16]\n"
      "mov r0, r4\n"
      "add sp, sp, #4\n"
      "pop {r4-r11, pc}\n"
      "10:\n" TINYML_STRIPE_EMIT("8")
      "blo 11b\n" TINYML_STRIPE_EMIT("8")
      "b 11b\n"
      "5:\n" TINYML_STRIPE_EMIT("8")
      "blo 4b\n" TINYML_STRIPE_EMIT("8")
      "b 4b\n"
      "7:\n" TINYML_STRIPE_EMIT("8")
      "blo 6b\n" TINYML_STRIPE_EMIT("8")
      "b 6b\n");
}

/* The stripes of a group, from the last to the first; before them is a row of zeros. */
static inline uint32_t tinyml_push_stripes(uint32_t state, const int16_t *stripes, const tinyml_stripe_grid *grid,
                                           const tinyml_stripe_entry *table, tinyml_stripe_ring *to) {
  const int32_t count = grid->rows * grid->columns;
  tinyml_stripe_pushes all = {stripes + count - 1,
                              2 - 2 * grid->columns,
                              table,
                              state,
                              to->at,
                              to->first,
                              stripes + count - grid->columns,
                              grid->rows,
                              to->end,
                              to->turns};
  const uint32_t pushed = tinyml_push_rows(&all);
  to->at = all.at;
  to->turns = all.turns;
  return pushed;
}
