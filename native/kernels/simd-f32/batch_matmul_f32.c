/* The right matrix is laid out anew in panels of neighbouring columns, [panel][depth][width], filled up with zeros; rows of
 * the left one are multiplied with a panel, several at a time. */
enum { PANEL = 2, WIDTH = PANEL * TINYML_LANES, ROWS = 4 };

static int64_t scratch_bytes(const void *params) {
  const tinyml_batch_matmul_f32_params *p = params;
  return ((int64_t)p->columns + WIDTH - 1) / WIDTH * WIDTH * p->depth * (int64_t)sizeof(float);
}

static void lay_out(const tinyml_batch_matmul_f32_params *p, const float *from, float *to) {
  for (int32_t column = 0; column < p->columns; column += WIDTH, to += p->depth * WIDTH) {
    const int32_t count = p->columns - column < WIDTH ? p->columns - column : WIDTH;
    const float *x = from + column * p->right_column;
    if (count == WIDTH && p->right_column == 1) {
      for (int32_t k = 0; k < p->depth; k++) memcpy(to + k * WIDTH, x + k * p->right_depth, WIDTH * sizeof(float));
      continue;
    }
    for (int32_t c = 0; c < WIDTH; c++) {
      for (int32_t k = 0; k < p->depth; k++) {
        to[k * WIDTH + c] = c < count ? x[c * p->right_column + k * p->right_depth] : 0.0f;
      }
    }
  }
}

TINYML_INLINE void tile(int32_t rows, const tinyml_batch_matmul_f32_params *p, const float *left, const float *panel,
                        float *output, int32_t count) {
  tinyml_vec sums[ROWS][PANEL];
  TINYML_UNROLL
  for (int32_t r = 0; r < rows; r++) {
    TINYML_UNROLL
    for (int32_t v = 0; v < PANEL; v++) sums[r][v] = tinyml_splat(0.0f);
  }
  for (int32_t k = 0; k < p->depth; k++, panel += WIDTH, left += p->left_depth) {
    tinyml_vec w[PANEL];
    TINYML_UNROLL
    for (int32_t v = 0; v < PANEL; v++) w[v] = tinyml_load(panel + v * TINYML_LANES);
    TINYML_UNROLL
    for (int32_t r = 0; r < rows; r++) {
      const tinyml_vec x = tinyml_splat(left[r * p->left_row]);
      TINYML_UNROLL
      for (int32_t v = 0; v < PANEL; v++) sums[r][v] = tinyml_multiply_add(x, w[v], sums[r][v]);
    }
  }
  TINYML_UNROLL
  for (int32_t r = 0; r < rows; r++) {
    TINYML_UNROLL
    for (int32_t v = 0; v < PANEL; v++) {
      const int32_t rest = count - v * TINYML_LANES;
      float *to = output + r * p->output_row + v * TINYML_LANES;
      if (rest >= TINYML_LANES) {
        tinyml_store(to, sums[r][v]);
      } else if (rest > 0) {
        tinyml_store_first(to, sums[r][v], rest);
      }
    }
  }
}

static void multiply(const tinyml_batch_matmul_f32_params *p, const float *left, const float *panels, float *output) {
  for (int32_t column = 0; column < p->columns; column += WIDTH, panels += p->depth * WIDTH) {
    const int32_t count = p->columns - column < WIDTH ? p->columns - column : WIDTH;
    int32_t row = 0;
    for (; row <= p->rows - ROWS; row += ROWS) {
      tile(ROWS, p, left + row * p->left_row, panels, output + row * p->output_row + column, count);
    }
    for (; row < p->rows; row++) {
      tile(1, p, left + row * p->left_row, panels, output + row * p->output_row + column, count);
    }
  }
}

static void run(const void *params, void *const *o, const void *packed, void *scratch) {
  const tinyml_batch_matmul_f32_params *p = params;
  const float *left = o[0], *right = o[1];
  float *output = o[2];
  (void)packed;
  for (int32_t i = 0; i < p->batch0; i++) {
    for (int32_t j = 0; j < p->batch1; j++) {
      lay_out(p, right + p->right_start + i * p->right_batch0 + j * p->right_batch1, scratch);
      multiply(p, left + p->left_start + i * p->left_batch0 + j * p->left_batch1, scratch,
               output + p->output_start + i * p->output_batch0 + j * p->output_batch1);
    }
  }
}

const tinyml_functions TINYML_FUNCTIONS(batch_matmul_f32) = {NULL, NULL, NULL, scratch_bytes, run};
