import type { Node, Tensor } from '../graph/types.ts';

/** What rules may ask and add. Constants and names that a rule adds are new to the whole model. */
export type Rewriting = {
  /** Adds a constant and returns its name, made from `wanted`. */
  readonly addConstant: (wanted: string, tensor: Tensor) => string;
  readonly newValue: (wanted: string) => string;
  readonly newNode: (wanted: string) => string;
  /** The constant of that name, if it is one by now. */
  readonly constant: (name: string) => Tensor | undefined;
  /** Rank of a value where the model states it. */
  readonly rank: (name: string) => number | undefined;
  /** Reports a node that cannot be supported. */
  readonly reject: (node: Node, reason: string) => void;
};
