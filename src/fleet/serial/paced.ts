/** Emulated devices that take as long as real ones. */
import { setTimeout } from 'node:timers/promises';
import type { Device } from './device.ts';

/** @param seconds that a training step takes at least */
export function paced(device: Device, seconds: number): Device {
  if (seconds === 0) return device;
  return {
    ...device,
    train: async (first, steps, rate) => {
      const [run] = await Promise.all([device.train(first, steps, rate), setTimeout(1000 * seconds * steps)]);
      return run;
    },
  };
}
