/** Spaces of networks: a stem of stages, each with choices, under widths and sizes of the image that hold for all of them. */
import * as z from 'zod';
import { checkJson, readJsonFile } from '../diagnostics/json-file.ts';

const size = z.int().min(1).max(4096);
const choices = <T extends z.ZodType>(one: T) => z.array(one).min(1).max(16);
const kernel = z.literal([1, 3, 5, 7]);

const stage = z.strictObject({
  kind: choices(z.enum(['conv', 'separable', 'inverted', 'residual'])).describe(
    'What its blocks are: one convolution; a depthwise one and one of 1x1; 1x1 to more channels, depthwise, 1x1 (MobileNetV2); two convolutions beside a shortcut (ResNet).',
  ),
  channels: choices(size).describe('Channels that come out, before the width.'),
  depth: choices(z.int().min(0).max(32)).describe('Blocks, one after the other; 0 leaves the stage out.'),
  kernel: choices(kernel).default([3]).describe('Height and width of the windows that are not 1x1.'),
  expansion: choices(z.number().min(1).max(16))
    .default([1])
    .describe('Of inverted blocks: channels within, over those that come in.'),
  stride: choices(z.literal([1, 2]))
    .default([1])
    .describe('Of the first block.'),
  pool: choices(z.boolean()).default([false]).describe('Whether the stage ends with the largest of 2x2.'),
});

const space = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1).max(100).default('space'),
  channels: z.int().min(1).max(64).describe('Of the image.'),
  sizes: choices(z.tuple([size, size])).describe('Height and width of the image.'),
  widths: choices(z.number().gt(0).max(8)).default([1]).describe('What all channels are multiplied by.'),
  classes: z.int().min(2).max(4096),
  stages: z.array(stage).min(1).max(64),
  head: choices(z.enum(['average', 'flatten']))
    .default(['average'])
    .describe('What the classes are told by: the mean of the last image, or all of it.'),
});

export type Space = Readonly<Omit<z.infer<typeof space>, '$schema'>>;
export type Stage = Space['stages'][number];

/** @throws TinymlError E_FILE, E_USAGE with the path of every fault */
export function loadSpace(path: string): Space {
  const { $schema: _, ...read } = checkJson(space, readJsonFile(path, 'E_USAGE'), path, 'E_USAGE');
  return read;
}
