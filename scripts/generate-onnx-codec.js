#!/usr/bin/env node
// Generates src/onnx/generated/onnx.ts, the static codec of ONNX files, from src/onnx/onnx.proto.
// `--check` writes nothing and fails when the file differs from what would be written.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pbjs from 'protobufjs-cli/pbjs.js';

const PROTO = fileURLToPath(new URL('../src/onnx/onnx.proto', import.meta.url));
const OUTPUT = fileURLToPath(new URL('../src/onnx/generated/onnx.ts', import.meta.url));

const OPTIONS =
  '--target static-module --wrap esm --root tinyml-onnx --null-defaults ' +
  '--no-verify --no-convert --no-delimited --no-typeurl --no-comments --no-create --no-service';

const HEADER = `// SPDX-License-Identifier: Apache-2.0
// Made by scripts/generate-onnx-codec.js from src/onnx/onnx.proto. Do not edit.
// @ts-nocheck: the types are in ../proto.ts
`;

/**
 * The numeric payloads of TensorProto become byte views. The bytes on the wire are the same (a packed field is
 * length-delimited, as `bytes` is), but a decoder hands out the payload instead of one boxed number per weight.
 */
function withByteViews(proto) {
  const field = /repeated (?:float|double|int32|int64|uint64) (\w+_data) = (\d+) \[packed = true\];/g;
  return proto.replace(field, 'repeated bytes $1 = $2;');
}

async function generate() {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-codec-'));
  try {
    const file = join(folder, 'onnx.proto');
    writeFileSync(file, withByteViews(readFileSync(PROTO, 'utf8')));
    const code = await promisify(pbjs.main)([...OPTIONS.split(' '), file]);
    return `${HEADER}${code.replaceAll('export const onnx =', 'export const onnx: unknown =').trimEnd()}\n`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const code = await generate();
if (!process.argv.includes('--check')) {
  writeFileSync(OUTPUT, code);
} else if (readFileSync(OUTPUT, 'utf8') !== code) {
  console.error('src/onnx/generated/onnx.ts differs; run node scripts/generate-onnx-codec.js');
  process.exitCode = 1;
}
