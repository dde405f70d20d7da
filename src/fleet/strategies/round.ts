/** A round of devices that are waited for. */
import type { Came } from './types.ts';

export type Round = {
  readonly members: ReadonlySet<number>;
  readonly came: readonly Came[];
  /** Members that were lost before their updates came. */
  readonly missed: ReadonlySet<number>;
};

export const NO_ROUND: Round = { members: new Set(), came: [], missed: new Set() };

export function roundOf(members: readonly number[]): Round {
  return { ...NO_ROUND, members: new Set(members) };
}

export function withUpdate(round: Round, device: number, update: number): Round {
  return { ...round, came: [...round.came, { device, update }] };
}

/** The same round where the device owes nothing. */
export function withoutMember(round: Round, device: number): Round {
  const owes = round.members.has(device) && !round.came.some((one) => one.device === device);
  return owes ? { ...round, missed: new Set([...round.missed, device]) } : round;
}

export function isOver({ members, came, missed }: Round): boolean {
  return members.size === came.length + missed.size;
}

export function without(set: ReadonlySet<number>, one: number): ReadonlySet<number> {
  return new Set([...set].filter((other) => other !== one));
}
