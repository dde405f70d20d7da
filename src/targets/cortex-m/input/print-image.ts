/** Prints the C functions that make the input of a model of the pixels of a camera. */
import type { ImageConversion, ImageFormat } from './conversions.ts';

/** C of a parameter and a pixel: what a row of `width` pixels takes. */
export const FORMATS: Readonly<
  Record<ImageFormat, { readonly type: string; readonly elements: number; readonly about: string }>
> = {
  rgb888: { type: 'uint8_t', elements: 3, about: 'red, green and blue of each pixel, a byte each' },
  rgb565: {
    type: 'uint16_t',
    elements: 1,
    about:
      'a word for each pixel, in the byte order of the core, red in its upper 5 bits, then 6 of green, 5 of blue; they become bytes by repeating their upper bits; a camera on a bus of 8 bits sends upper bytes first: swap them before (__REV16)',
  },
  gray8: { type: 'uint8_t', elements: 1, about: 'a byte for each pixel' },
};

/** @param symbols of the encoders, one for each channel */
export function printImage(
  conversion: ImageConversion,
  name: string,
  type: string,
  symbols: readonly string[],
): string {
  return [
    printFill(conversion, name, type, symbols),
    ...conversion.formats.map((format) => printFunction(conversion, name, format)),
  ].join('\n');
}

export function imagePrototype(name: string, format: ImageFormat): string {
  return `int ${name}_input_from_${format}(const ${FORMATS[format].type} *pixels, int32_t width, int32_t height, int32_t stride)`;
}

/** A width is checked later: three times any of them is no signed overflow here. */
function printFunction({ order }: ImageConversion, name: string, format: ImageFormat): string {
  const macro = name.toUpperCase();
  const { elements } = FORMATS[format];
  return `${imagePrototype(name, format)} {
  const ${name}_image image = {pixels, width, height, stride == 0 ? ${elements === 1 ? 'width' : `(int32_t)(${elements}u * (uint32_t)width)`} : stride, ${macro}_${format.toUpperCase()}, ${macro}_ORDER_${order.toUpperCase()}};
  return fill(&image);
}
`;
}

/** What sets both axes of an image that gets another size. */
function axesCall(
  { fit, shorter }: NonNullable<ImageConversion['resize']>,
  name: string,
  width: string,
  height: string,
): string {
  return shorter === undefined
    ? `${name}_fit_axes(&columns, &rows, ${width}, ${height}, ${name.toUpperCase()}_${fit.toUpperCase()})`
    : `${name}_cut_axes(&columns, &rows, ${width}, ${height}, ${shorter})`;
}

/** The size is checked before anything is written. */
function printFill(
  conversion: ImageConversion,
  name: string,
  type: string,
  symbols: readonly string[],
): string {
  const { size, strides, resize } = conversion;
  const macro = name.toUpperCase();
  const channels = symbols.length;
  const elements = `${macro}_INPUT_ELEMENTS`;
  const [width, height] =
    size === null ? ['image->width', 'image->height'] : [String(size.width), String(size.height)];
  const check =
    resize !== null
      ? `  ${name}_axis columns = {image->width, 0, 0}, rows = {image->height, 0, 0};
  if (${axesCall(resize, name, width!, height!)} != 0) return -1;
`
      : size === null
        ? `  if (width < 1 || height < 1 || width > ${elements} || height != ${elements} / ${channels} / width ||
      width * height * ${channels} != ${elements}) {
    return -1;
  }
`
        : `  if (image->width != width || image->height != height) return -1;
`;
  const read =
    resize === null
      ? `      ${name}_image_pixel(image, x, y, pixel);`
      : resize.fit === 'pad'
        ? `      if (${name}_axis_holds(&columns, x) && ${name}_axis_holds(&rows, y)) {
        ${name}_${resize.method}_pixel(image, &columns, &rows, x, y, pixel);
      }`
        : `      ${name}_${resize.method}_pixel(image, &columns, &rows, x, y, pixel);`;
  const place = (c: number): string => {
    if (strides === null) {
      return conversion.interleaved
        ? `(y * width + x) * ${channels} + ${c}`
        : `(${c} * height + y) * width + x`;
    }
    const parts = [`y * ${strides.row}`, strides.column === 1 ? 'x' : `x * ${strides.column}`];
    return c === 0 ? parts.join(' + ') : `${parts.join(' + ')} + ${c * strides.channel}`;
  };
  return `/* Every pixel of the input of those of an image; -1 where that has a size which the model does not take. */
static int fill(const ${name}_image *image) {
  const int32_t width = ${width}, height = ${height};
${check}  ${type} *const to = ${name}_input();
  for (int32_t y = 0; y < height; y++) {
    for (int32_t x = 0; x < width; x++) {
      uint8_t pixel[3] = {0, 0, 0};
${read}
${symbols.map((symbol, c) => `      to[${place(c)}] = ${symbol}(pixel[${c}]);`).join('\n')}
    }
  }
  return 0;
}
`;
}
