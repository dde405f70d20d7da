/** What expansions of composite operators are written with. */
import type { Attribute, Node, Subgraph, Tensor } from '../../graph/types.ts';

/** Adds nodes in the place of a composite one. Every name is new; shapes are known as soon as a node is added. */
export type Writer = {
  /** The first output of a node of the operator. */
  readonly add: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  /** The outputs of a node that has several. */
  readonly addMany: (
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Attributes,
  ) => readonly string[];
  readonly constant: (tensor: Tensor) => string;
  readonly shape: (name: string) => readonly number[];
  readonly dtype: (name: string) => Tensor['dtype'];
  /** Null for what is computed. */
  readonly constantOf: (name: string) => Tensor | null;
  /** Whether anything reads this output of the composite. */
  readonly isRead: (output: number) => boolean;
  /** The value, or the sequence, is what the composite has as this output, if anything reads it. */
  readonly give: (output: number, value: string) => void;
  /** The values in a sequence; null for what is none. */
  readonly listOf: (name: string) => readonly string[] | null;
  /** The composite has a sequence of these values as this output. */
  readonly giveList: (output: number, values: readonly string[]) => void;
  /** Writes the nodes of a body with these values for its inputs; its outputs. @param step tells names of steps apart */
  readonly inline: (body: Subgraph, given: readonly string[], step: number) => readonly string[];
};

type Attributes = Readonly<Record<string, Attribute>>;

/** Writes the nodes that a node means. @throws TinymlError E_OP for a form that has no expansion, E_SHAPE */
export type Expansion = (node: Node, writer: Writer) => void;
