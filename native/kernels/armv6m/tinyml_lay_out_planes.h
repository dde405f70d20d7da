/* Planes of bytes with the instructions of ARMv6-M: codes plus 128, since bytes at a distance are loaded without a sign. */
#ifndef TINYML_LAY_OUT_PLANES_H
#define TINYML_LAY_OUT_PLANES_H

#include "../generic/tinyml_byte_planes.h"

/* What codes are greater by in planes. */
enum { MORE = 128 };

static void lay_out(const tinyml_pixel_rows *rows) {
  const int32_t channels = rows->channels, plane = rows->plane;
  const int8_t *from = rows->input;
  int8_t *to = rows->planes;
  for (int32_t row = rows->rows; row > 0; row--, from += rows->next_input, to += rows->next_planes) {
    for (const int8_t *const end = to + rows->columns; to != end; to++, from += channels) {
      int8_t *at = to;
      *at = (int8_t)(from[0] ^ 0x80), at += plane;
      *at = (int8_t)(from[1] ^ 0x80), at += plane;
      *at = (int8_t)(from[2] ^ 0x80), at += plane;
      *at = (int8_t)(from[3] ^ 0x80);
    }
  }
}

#endif
