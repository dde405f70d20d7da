import { TinymlError } from '../diagnostics/errors.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { ObserverKind } from './observers/index.ts';
import type { QuantPlan, ScaleGroup } from './scheme.ts';

/** How the ranges of some tensors are chosen, by name. */
export type TensorObservers = ReadonlyMap<string, ObserverKind>;

/**
 * How the range of a group of tensors is chosen: as its members want it, else as `general` says.
 * @throws TinymlError E_USAGE for tensors that have no range to choose, and for two wishes in one group
 */
export function observerOfGroup(
  { groups }: QuantPlan,
  general: ObserverKind,
  wishes: TensorObservers,
): (group: ScaleGroup) => ObserverKind {
  const chosen = new Map<ScaleGroup, readonly [name: string, observer: ObserverKind]>();
  for (const [name, observer] of wishes) {
    const group = groups.find(({ members }) => members.includes(name));
    if (group === undefined) throw unknown(groups, name);
    if (group.fixed !== null) {
      throw wrong(name, 'the operator that makes it fixes its scale', 'leave it out');
    }
    if (group.multiple !== null) {
      throw wrong(name, `its scale is that of "${group.multiple.of}" times a number`, 'name that tensor');
    }
    const [other, known] = chosen.get(group) ?? [];
    if (known !== undefined && known.kind !== observer.kind) {
      throw wrong(
        name,
        `it shares its scale with "${other}", which has another observer`,
        'name one of them',
      );
    }
    chosen.set(group, [name, observer]);
  }
  return (group) => chosen.get(group)?.[1] ?? general;
}

function unknown(groups: readonly ScaleGroup[], name: string): TinymlError {
  const near = nearest(
    name,
    groups.flatMap(({ members }) => members),
  );
  const hint =
    near.length === 0
      ? 'the "value" of each layer in the JSON of diagnose is such a name'
      : `Did you mean ${near.join(', ')}?`;
  return wrong(name, 'the model has no such activation, or it has no codes of its own', hint);
}

function wrong(name: string, why: string, hint: string): TinymlError {
  return new TinymlError('E_USAGE', `no range can be chosen for this tensor: ${why}`, {
    at: `--observer-of ${name}`,
    hint,
  });
}
