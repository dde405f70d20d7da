/** Fourier transforms (ONNX, opset 17 and later) as the linear maps that they are: a product, or a convolution. */
import { ints } from '../../graph/build.ts';
import { floatTensor, int64Tensor, MAX_ELEMENTS } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { badShape, normaliseAxis, unsupported } from '../../ops/define.ts';
import type { Writer } from './writer.ts';

/**
 * Real and imaginary part of exp(-2 pi i number frequency / length), as what each part of a number adds to each part of its transform:
 * [part][part of the transform].
 */
function rotation(number: number, frequency: number, length: number, sign: 1 | -1): readonly number[][] {
  const angle = (2 * Math.PI * ((number * frequency) % length)) / length;
  const [cos, sin] = [Math.cos(angle), sign * Math.sin(angle)];
  return [
    [cos, -sin],
    [sin, cos],
  ];
}

/** A constant whole number; null where the optional input is absent. @throws TinymlError E_OP where it is computed */
function given(node: Node, { constantOf }: Writer, input: number, what: string): number | null {
  const name = node.inputs[input] ?? '';
  if (name === '') return null;
  const tensor = constantOf(name);
  if (tensor?.data.length !== 1) unsupported(node, `${what} that is computed at run time`);
  return Number(tensor.data[0]);
}

/** [..., n, ..., 1 or 2 parts] to [..., frequencies, ..., 2 parts]: the numbers of an axis times a constant matrix. */
export function dft(node: Node, writer: Writer): void {
  const { add, constant, give, shape } = writer;
  const [x = ''] = node.inputs;
  const own = shape(x);
  const parts = own.at(-1);
  if (own.length < 2 || (parts !== 1 && parts !== 2)) badShape(node, `an input of shape [${own.join(', ')}]`);
  const axis = normaliseAxis(node, given(node, writer, 2, 'an axis') ?? -2, own.length);
  if (axis === own.length - 1) badShape(node, 'the axis of real and imaginary parts');
  const size = own[axis]!;
  const length = given(node, writer, 1, 'a length') ?? size;
  const inverse = intAttribute(node, 'inverse', 0) !== 0;
  const oneSided = intAttribute(node, 'onesided', 0) !== 0;
  if (oneSided && (inverse || parts === 2)) unsupported(node, 'one side of the transform of complex numbers');
  const frequencies = oneSided ? Math.floor(length / 2) + 1 : length;
  if (length < 1 || size * parts * frequencies * 2 > MAX_ELEMENTS) badShape(node, `a length of ${length}`);
  const matrix = new Float32Array(size * parts * frequencies * 2);
  for (let n = 0; n < Math.min(size, length); n++) {
    for (let f = 0; f < frequencies; f++) {
      const turned = rotation(n, f, length, inverse ? -1 : 1);
      for (let part = 0; part < parts; part++) {
        const at = ((n * parts + part) * frequencies + f) * 2;
        matrix.set(
          turned[part]!.map((value) => (inverse ? value / length : value)),
          at,
        );
      }
    }
  }
  const others = own.flatMap((_, i) => (i === axis || i === own.length - 1 ? [] : [i]));
  const outer = others.map((i) => own[i]!);
  const last = own.length - 1;
  const perm = [...others, axis, last];
  const back = own.map((_, i) => perm.indexOf(i));
  const inFront = add('Transpose', [x], { perm: ints(perm) });
  const rows = add('Reshape', [inFront, constant(int64Tensor([...outer, size * parts]))]);
  const product = add('MatMul', [rows, constant(floatTensor([size * parts, frequencies * 2], matrix))]);
  const apart = add('Reshape', [product, constant(int64Tensor([...outer, frequencies, 2]))]);
  give(0, add('Transpose', [apart], { perm: ints(back) }));
}

/** [batch, samples, 1 or 2 parts] to [batch, frames, frequencies, 2 parts]: a convolution with windowed waves. */
export function stft(node: Node, writer: Writer): void {
  const { add, constant, constantOf, give, shape } = writer;
  const [x = '', , windowName = ''] = node.inputs;
  const own = shape(x);
  const [batch, samples, parts = 1] = own as [number, number, number?];
  if (own.length < 2 || own.length > 3 || parts < 1 || parts > 2) {
    badShape(node, `an input of shape [${own.join(', ')}]`);
  }
  const window = windowName === '' ? null : constantOf(windowName);
  if (windowName !== '' && window === null) unsupported(node, 'a window that is computed at run time');
  const step = given(node, writer, 1, 'a step')!;
  const length = given(node, writer, 3, 'a length') ?? window?.data.length ?? samples;
  if (window !== null && window.data.length !== length) badShape(node, 'a window of another length');
  const oneSided = intAttribute(node, 'onesided', 1) !== 0;
  if (oneSided && parts === 2) unsupported(node, 'one side of the transform of complex numbers');
  const frequencies = oneSided ? Math.floor(length / 2) + 1 : length;
  const size = frequencies * 2 * parts * length;
  if (!(step >= 1 && length >= 1 && length <= samples && size <= MAX_ELEMENTS)) {
    badShape(node, `frames of ${length} every ${step}`);
  }
  const waves = new Float32Array(size);
  for (let f = 0; f < frequencies; f++) {
    for (let n = 0; n < length; n++) {
      const turned = rotation(n, f, length, 1);
      const height = window === null ? 1 : Number(window.data[n]);
      for (let part = 0; part < parts; part++) {
        for (let to = 0; to < 2; to++) {
          waves[((f * 2 + to) * parts + part) * length + n] = height * turned[part]![to]!;
        }
      }
    }
  }
  const flat = add('Reshape', [x, constant(int64Tensor([batch, samples, parts]))]);
  const signal = add('Transpose', [flat], { perm: ints([0, 2, 1]) });
  const weights = constant(floatTensor([frequencies * 2, parts, length], waves));
  const made = add('Conv', [signal, weights], { kernel_shape: ints([length]), strides: ints([step]) });
  const frames = shape(made)[2]!;
  const apart = add('Reshape', [made, constant(int64Tensor([batch, frequencies, 2, frames]))]);
  give(0, add('Transpose', [apart], { perm: ints([0, 3, 1, 2]) }));
}
