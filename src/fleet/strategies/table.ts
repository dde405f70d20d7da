/** All strategies, by their settings. */
import { unreachable } from '../../diagnostics/errors.ts';
import { asp } from './asp.ts';
import { bsp } from './bsp.ts';
import { fedBuff } from './fedbuff.ts';
import { PETREL, type PetrelSettings, petrel } from './petrel.ts';
import { type Course, courseOf, type DeviceProfile } from './types.ts';

/** Steps are those of a round of a device, rates what its update is multiplied with. */
export type StrategySettings =
  | { readonly kind: 'bsp'; readonly steps: number }
  | { readonly kind: 'asp'; readonly steps: number; readonly rate: number }
  | { readonly kind: 'ssp'; readonly steps: number; readonly rate: number; readonly bound: number }
  | { readonly kind: 'fedbuff'; readonly steps: number; readonly rate: number; readonly buffer: number }
  | ({ readonly kind: 'petrel' } & PetrelSettings);

/** A strategy with the settings that are used where nothing else is said. @param devices at least one */
export function usualSettings(
  kind: Exclude<StrategySettings['kind'], 'bsp'>,
  steps: number,
  devices: number,
): StrategySettings {
  switch (kind) {
    case 'asp':
      return { kind, steps, rate: 1 };
    case 'ssp':
      return { kind, steps, rate: 1, bound: 3 };
    case 'fedbuff':
      return { kind, steps, rate: 1, buffer: Math.ceil(devices / 2) };
    case 'petrel':
      return { kind, steps, ...PETREL };
    default:
      return unreachable(kind);
  }
}

/** A fleet under a strategy, before its first event. */
export function startOf(settings: StrategySettings, devices: readonly DeviceProfile[]): Course {
  switch (settings.kind) {
    case 'bsp':
      return courseOf(bsp(settings), devices);
    case 'asp':
      return courseOf(asp({ ...settings, bound: null }), devices);
    case 'ssp':
      return courseOf(asp(settings), devices);
    case 'fedbuff':
      return courseOf(fedBuff(settings), devices);
    case 'petrel':
      return courseOf(petrel(settings), devices);
    default:
      return unreachable(settings);
  }
}
