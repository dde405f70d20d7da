/** Checks results that came from a board, and may be anybody's. */
import * as z from 'zod';

const text = z.string().max(4096);
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const milliseconds = z.number().min(0);

const output = z.strictObject({
  name: z.string().max(65536),
  elements: count,
  /** Elements that are further off than the tolerance, as the board counted them. */
  over: count,
  /** The element that is furthest off; `got` is null where it is no finite number. */
  worst: z.strictObject({ index: count, got: z.number().nullable(), want: z.number() }),
});

export const resultsSchema = z.strictObject({
  schema: z.literal(1),
  bundle: z.strictObject({ name: text, manifest: sha256 }),
  engine: z.strictObject({ sha256, bytes: count, buildSeconds: count }),
  board: z.strictObject({
    module: text,
    /** Of the device tree. */
    compatible: z.array(text).max(20),
    l4t: text,
    /** As trtexec states it: 100300 is 10.3.0, 8201 is 8.2.1. */
    trtexec: count,
    powerMode: text,
    clocks: z.enum(['locked', 'free']),
  }),
  golden: z.array(z.strictObject({ name: text, outputs: z.array(output).max(1000) })).max(1000),
  /** Of computing on the GPU, without transfers. */
  latency: z.strictObject({
    runs: count.min(1),
    meanMs: milliseconds,
    medianMs: milliseconds,
    p99Ms: milliseconds,
    minMs: milliseconds,
    maxMs: milliseconds,
  }),
  at: text,
});

export type Results = z.infer<typeof resultsSchema>;
