/** The C that reads and resizes images on a device, against what the desk makes of the same pixels, at many sizes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { withChannels } from '../../src/data/image.ts';
import { resizeImage } from '../../src/data/resize.ts';
import { packageRoot } from '../../src/package-root.ts';
import { streamOf } from '../../src/targets/cortex-m/stream.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';

const METHODS = ['bilinear', 'nearest', 'area', 'antialias'] as const;
/** `cut`: the middle of an image whose shorter side is `SHORTER`. */
const FITS = ['stretch', 'crop', 'pad', 'cut'] as const;
const SHORTER = 37;
const ORDERS = ['rgb', 'bgr', 'gray'] as const;
/** Of an image, and of what it becomes: down, up, one of each, to and from one pixel, odd ratios. */
const SIZES = [
  [31, 17, 8, 8],
  [5, 4, 23, 19],
  [7, 40, 20, 10],
  [1, 1, 9, 7],
  [50, 3, 1, 1],
  [64, 48, 32, 24],
  [13, 13, 13, 13],
  [3, 90, 12, 5],
] as const;

/** Reads lines of numbers (sizes, method, fit, order), and prints the new pixels' CRC of each. */
const HARNESS = `#include <stdio.h>
#include "tinyml_image.h"

static uint8_t pixels[1 << 16];

int main(void) {
  int w, h, width, height, method, fit, order;
  while (scanf("%d %d %d %d %d %d %d", &w, &h, &width, &height, &method, &fit, &order) == 7) {
    uint32_t state = 1u, crc = 0xffffffffu;
    for (int i = 0; i < w * h * 3; i++) {
      state = state * 1664525u + 1013904223u;
      pixels[i] = (uint8_t)(state >> 24);
    }
    const tinyml_image image = {pixels, w, h, 3 * w, TINYML_RGB888, (tinyml_channel_order)order};
    tinyml_axis columns = {w, 0, 0}, rows = {h, 0, 0};
    if ((fit == 3 ? tinyml_cut_axes(&columns, &rows, width, height, ${SHORTER})
                  : tinyml_fit_axes(&columns, &rows, width, height, (tinyml_fit)fit)) != 0) return 1;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        uint8_t pixel[3] = {0, 0, 0};
        if (tinyml_axis_holds(&columns, x) && tinyml_axis_holds(&rows, y)) {
          if (method == 0) tinyml_bilinear_pixel(&image, &columns, &rows, x, y, pixel);
          if (method == 1) tinyml_nearest_pixel(&image, &columns, &rows, x, y, pixel);
          if (method == 2) tinyml_area_pixel(&image, &columns, &rows, x, y, pixel);
          if (method == 3) tinyml_antialias_pixel(&image, &columns, &rows, x, y, pixel);
        }
        for (int c = 0; c < (order == TINYML_ORDER_GRAY ? 1 : 3); c++) {
          crc ^= pixel[c];
          for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1u) != 0u ? 0xedb88320u : 0u);
        }
      }
    }
    printf("%u\\n", (unsigned)~crc);
  }
  return 0;
}
`;

test('the device resizes as the desk does, by every method, fit and order of channels', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-image-'));
  try {
    const cases = SIZES.flatMap((sizes) =>
      METHODS.flatMap((method) =>
        FITS.flatMap((fit) => ORDERS.map((order) => ({ sizes, method, fit, order }) as const)),
      ),
    );
    writeFileSync(join(folder, 'main.c'), HARNESS);
    const include = join(packageRoot(), 'native', 'input');
    const flags = [
      '-std=c99',
      '-Wall',
      '-Wextra',
      '-Wconversion',
      '-Werror',
      '-fsanitize=address,undefined',
      '-I',
      include,
    ];
    execFileSync(requireTool('cc'), [...flags, 'main.c', '-o', 'resize'], { cwd: folder, stdio: 'pipe' });
    const lines = cases.map(({ sizes, method, fit, order }) =>
      [...sizes, METHODS.indexOf(method), FITS.indexOf(fit), ORDERS.indexOf(order)].join(' '),
    );
    const printed = execFileSync(join(folder, 'resize'), { input: lines.join('\n'), encoding: 'utf8' });
    const crcs = printed.trim().split('\n').map(Number);
    cases.forEach(({ sizes: [w, h, width, height], method, fit, order }, i) => {
      const next = streamOf('noise');
      const pixels = Uint8Array.from({ length: w * h * 3 }, () => next() & 255);
      const image = withChannels({ width: w, height: h, channels: 3, pixels }, order);
      const way = fit === 'cut' ? ({ method, fit: 'crop', shorter: SHORTER } as const) : { method, fit };
      assert.equal(crcs[i], crc32(resizeImage(image, width, height, way, '').pixels), lines[i]);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
