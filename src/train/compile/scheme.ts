import * as z from 'zod';
import { checkJson, readJsonFile } from '../../diagnostics/json-file.ts';
import type { Scheme } from '../options.ts';

const layer = z.string().min(1);

const scheme = z.strictObject({
  $schema: z.string().optional(),
  biases: z
    .union([z.literal('all'), z.int().min(0).max(65536), z.array(layer).max(65536)])
    .default([])
    .describe('Layers whose biases are trained: "all", how many of the last ones, or their names.'),
  weights: z
    .array(
      z.strictObject({
        layer,
        channels: z
          .number()
          .gt(0, 'a share of channels is above 0')
          .max(1, 'a share of channels is at most 1')
          .default(1)
          .describe('Share of the input channels, the first ones, whose weights are trained.'),
      }),
    )
    .max(65536)
    .default([])
    .refine(
      (all) => new Set(all.map((one) => one.layer)).size === all.length,
      'a layer is listed more than once',
    )
    .describe('Layers whose weights are trained.'),
  model: z.string().min(1).optional().describe('Which layers it was made for: it is refused for others.'),
  about: z.record(z.string(), z.unknown()).optional().describe('How it was found; nothing depends on it.'),
});

/**
 * Reads a scheme of updates: `{"biases": 6, "weights": [{"layer": "conv3", "channels": 0.25}]}`, as `tinyml sparsity` writes them.
 * @throws TinymlError E_FILE, E_USAGE with the path of every fault.
 */
export function loadScheme(path: string): Scheme {
  const { biases, weights, model } = checkJson(scheme, readJsonFile(path, 'E_USAGE'), path, 'E_USAGE');
  return { kind: 'listed', biases, weights, ...(model === undefined ? {} : { model }) };
}
