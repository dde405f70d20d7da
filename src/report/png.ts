import { crc32, deflateSync } from 'node:zlib';
import type { Image } from '../data/source.ts';

/** An image as a PNG file (ISO/IEC 15948): 8 bits, grey or colour, every row as its difference from the row above. */
export function encodePng({ width, height, channels, pixels }: Image): Buffer {
  const row = width * channels;
  const rows = Buffer.alloc(height * (row + 1));
  for (let y = 0; y < height; y++) {
    rows[y * (row + 1)] = FILTER_UP;
    for (let i = 0; i < row; i++) {
      const above = y === 0 ? 0 : pixels[(y - 1) * row + i]!;
      rows[y * (row + 1) + 1 + i] = pixels[y * row + i]! - above;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? COLOUR_GREY : COLOUR_RGB], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const [FILTER_UP, COLOUR_GREY, COLOUR_RGB] = [2, 0, 2];

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
