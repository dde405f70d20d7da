/** For each rule of the lint a model that breaks it, and what it is told. */
import { DATA_TYPE } from '../../../../src/onnx/element-types.ts';
import { valueInfo } from '../../../onnx/models.ts';
import { conv, type Foreign, foreign, IMAGE } from './foreign.ts';

/** TensorProto.DataType. */
const INT4 = 22;

/** Module, JetPack and core of the DLA. */
export type On = readonly [profile: string, jetpack: string, dla?: number];

export const ORIN: On = ['jetson-orin-nano', '6.2'];

export type Case = {
  readonly what: string;
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'note';
  /** The nodes that are named first, one for each finding of the rule. */
  readonly at: readonly string[];
  readonly bytes: () => Uint8Array;
  /** A calibration cache that goes with it. */
  readonly cache?: string;
  /** Default: Orin Nano with JetPack 6.2. */
  readonly on?: On;
  /** Whether it can be repaired. */
  readonly fixable: boolean;
  /** Largest difference between outputs before and after, as a part of the largest output (default 0: the same bits). */
  readonly within?: number;
};

const X = { scale: 1 / 127 };

const built =
  (build: (model: Foreign) => string, opset = 13, more: readonly string[] = []) =>
  () => {
    const model = foreign();
    const output = build(model);
    return model.bytes(IMAGE, output, opset, more);
  };

/** A model that breaks no rule: Conv, Relu, Conv with a skip branch, a pool. */
export const clean = built((model) => {
  const first = model.add('Relu', [conv(model, model.pair('x', X), 'c1')], 'r1');
  const skip = model.pair(first, { scale: 0.05 });
  const sum = model.add('Add', [conv(model, skip, 'c2'), skip], 'sum');
  const last = model.pair(model.add('Relu', [sum], 'r2'), { scale: 0.05 });
  return model.add('GlobalAveragePool', [last], 'y');
});

export const CASES: readonly Case[] = [
  {
    what: 'an opset that came later',
    rule: 'R0',
    severity: 'error',
    at: ['foreign.onnx'],
    on: ['jetson-xavier-nx', '4.6'],
    bytes: built((model) => model.add('Relu', [conv(model, model.pair('x', X), 'c')], 'y'), 17),
    fixable: true,
  },
  {
    what: 'no zero point, before TensorRT 8.5',
    rule: 'R1',
    severity: 'error',
    at: ['x_q', 'x_dq'],
    on: ['jetson-xavier-nx', '4.6'],
    bytes: built((model) => conv(model, model.pair('x', { ...X, zero: null }), 'c')),
    fixable: true,
    within: 0.05,
  },
  {
    what: 'no zero point',
    rule: 'R1',
    severity: 'warning',
    at: ['x_q', 'x_dq'],
    bytes: built((model) => conv(model, model.pair('x', { ...X, zero: null }), 'c')),
    fixable: true,
    within: 0.05,
  },
  {
    what: 'a scale that is computed',
    rule: 'R2',
    severity: 'error',
    at: ['x_q', 'x_dq'],
    bytes: built((model) => {
      const half = model.tensor('half', 'float32', [], [0.5]);
      const scale = model.add('Mul', [model.tensor('s', 'float32', [], [2 / 127]), half], 'scale');
      const zero = model.tensor('z', 'int8', [], [0]);
      model.add('QuantizeLinear', ['x', scale, zero], 'x_q');
      return conv(model, model.add('DequantizeLinear', ['x_q', scale, zero], 'x_dq'), 'c');
    }),
    fixable: true,
  },
  {
    what: 'a scale of 0',
    rule: 'R3',
    severity: 'error',
    at: ['x_q', 'x_dq'],
    bytes: built((model) => conv(model, model.pair('x', { scale: 0 }), 'c')),
    fixable: false,
  },
  {
    what: 'uint8 weights and activations around a middle',
    rule: 'R4',
    severity: 'error',
    at: ['x_q', 'x_dq', 'w_dq'],
    bytes: built((model) => {
      const data = model.pair('x', { ...X, zero: 128, type: 'uint8' });
      const weights = model.stored('w', [16, 16, 1, 1], { scale: 0.01, zero: 128, type: 'uint8' });
      return model.add('Conv', [data, weights], 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a bias in int32',
    rule: 'R5',
    severity: 'error',
    at: ['b_dq'],
    bytes: built((model) => {
      const weights = model.stored('w', [16, 16, 1, 1], { scale: 0.01 });
      const bias = model.stored('b', [16], { scale: 0.01 / 127, zero: null, type: 'int32' });
      return model.add('Conv', [model.pair('x', X), weights, bias], 'y');
    }),
    fixable: true,
  },
  {
    what: 'a zero point that stands for the Relu that was there',
    rule: 'R6',
    severity: 'error',
    at: ['c_q', 'c_dq'],
    bytes: built((model) => {
      const first = conv(model, model.pair('x', X), 'c');
      return conv(model, model.pair(first, { scale: 0.01, zero: -128 }), 'y');
    }),
    fixable: true,
    within: 0.05,
  },
  {
    what: 'int8 codes around another middle as the input',
    rule: 'R6',
    severity: 'error',
    at: ['x_dq'],
    bytes: () => {
      const model = foreign();
      const data = model.add(
        'DequantizeLinear',
        ['x', ...model.parameters('x', { scale: 0.01, zero: 3 })],
        'x_dq',
      );
      return model.bytes(valueInfo('x', IMAGE, DATA_TYPE.int8), conv(model, data, 'y'));
    },
    fixable: true,
    within: 0.05,
  },
  {
    what: 'one zero point for many scales',
    rule: 'R7',
    severity: 'error',
    at: ['w_dq'],
    bytes: built((model) => {
      model.tensor('w', 'int8', [16, 16, 1, 1], new Array(256).fill(3));
      const scale = model.tensor('ws', 'float32', [16], new Array(16).fill(0.01));
      const zero = model.tensor('wz', 'int8', [], [0]);
      const weights = model.add('DequantizeLinear', ['w', scale, zero], 'w_dq', { axis: 0 });
      return model.add('Conv', [model.pair('x', X), weights], 'y');
    }),
    fixable: false,
  },
  {
    what: 'scales per channel on an activation',
    rule: 'R8',
    severity: 'error',
    at: ['x_q', 'x_dq'],
    bytes: built((model) => {
      const scale = Array.from({ length: 16 }, (_, i) => (i + 112) / 127 / 127);
      return conv(model, model.pair('x', { scale, axis: 1 }), 'c');
    }),
    fixable: true,
    within: 0.05,
  },
  {
    what: 'ConvTranspose on the axis of input channels',
    rule: 'R9',
    severity: 'error',
    at: ['w_dq'],
    bytes: built((model) => {
      const weights = model.stored('w', [16, 8, 2, 2], { scale: new Array(16).fill(0.01), axis: 0 });
      return model.add('ConvTranspose', [model.pair('x', X), weights], 'y', { strides: [2, 2] });
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'integers as weights, before TensorRT 10',
    rule: 'R10',
    severity: 'error',
    at: ['w_dq'],
    on: ['jetson-orin-nano', '5.1'],
    bytes: built((model) => {
      const weights = model.stored('w', [16, 16, 1, 1], { scale: new Array(16).fill(0.01), axis: 0 });
      return model.add('Conv', [model.pair('x', X), weights], 'y');
    }),
    fixable: true,
  },
  {
    what: 'QLinearConv',
    rule: 'R11',
    severity: 'error',
    at: ['c'],
    bytes: built((model) => {
      const [scale = '', zero = ''] = model.parameters('x', X);
      model.add('QuantizeLinear', ['x', scale, zero], 'x_q');
      model.tensor(
        'w',
        'int8',
        [16, 16, 1, 1],
        Array.from({ length: 256 }, (_, i) => (i % 255) - 127),
      );
      const weights = model.parameters('w', { scale: 0.001 });
      model.add('QLinearConv', ['x_q', scale, zero, 'w', ...weights, ...model.parameters('c', X)], 'c');
      return model.add('DequantizeLinear', ['c', 'c_scale', 'c_zero'], 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'int4 weights with an odd row',
    rule: 'R12',
    severity: 'error',
    at: ['w_dq'],
    on: ['jetson-orin-nano', '7.2'],
    bytes: () => {
      const model = foreign();
      model.raw('w', INT4, [3, 3], [0x21, 0x43, 0x65, 0x07, 0x01]);
      const stated = model.parameters('w', { scale: 0.1, zero: null });
      const weights = model.add('DequantizeLinear', ['w', ...stated], 'w_dq');
      return model.bytes([2, 3], model.add('MatMul', ['x', weights], 'y'), 21);
    },
    fixable: false,
  },
  {
    what: 'an operator that came later',
    rule: 'R13',
    severity: 'error',
    at: ['y'],
    on: ['jetson-orin-nano', '5.1'],
    bytes: () => {
      const model = foreign();
      const [scale, bias] = [model.noise('g', [8]), model.noise('b', [8])];
      return model.bytes(IMAGE, model.add('LayerNormalization', ['x', scale, bias], 'y'), 17);
    },
    fixable: true,
  },
  {
    what: 'an operator of somebody',
    rule: 'R13',
    severity: 'error',
    at: ['y'],
    bytes: built((model) => model.add('my.domain::Thing', ['x'], 'y'), 13, ['my.domain']),
    fixable: false,
  },
  {
    what: 'Q and DQ on a module without int8',
    rule: 'R14',
    severity: 'error',
    at: ['x_q'],
    on: ['jetson-nano', '4.6'],
    bytes: built((model) => model.add('Relu', [conv(model, model.pair('x', X), 'c')], 'y')),
    fixable: true,
    within: 0.05,
  },
  {
    what: 'weights in float',
    rule: 'W1',
    severity: 'warning',
    at: ['y'],
    bytes: built((model) => model.add('Conv', [model.pair('x', X), model.noise('w', [16, 16, 1, 1])], 'y')),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a pair between Conv and Relu',
    rule: 'W2',
    severity: 'warning',
    at: ['c_q'],
    bytes: built((model) => {
      const first = model.pair(conv(model, model.pair('x', X), 'c'), { scale: 0.03 });
      return model.add('Relu', [first], 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a pair in an arm of x * Sigmoid(x)',
    rule: 'W2',
    severity: 'warning',
    at: ['s_q'],
    bytes: built((model) => {
      const first = conv(model, model.pair('x', X), 'c');
      const arm = model.pair(model.add('Sigmoid', [first], 's'), { scale: 1 / 127 });
      return model.add('Mul', [first, arm], 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a batch norm that was not folded',
    rule: 'W3',
    severity: 'warning',
    at: ['y'],
    bytes: built((model) => {
      const first = conv(model, model.pair('x', X), 'c');
      const ones = model.tensor('var', 'float32', [16], new Array(16).fill(1));
      const rest = ['g', 'b', 'm'].map((name) => model.noise(name, [16]));
      return model.add('BatchNormalization', [first, ...rest, ones], 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a scale of shape [1]',
    rule: 'W4',
    severity: 'warning',
    at: ['x_q', 'x_dq'],
    bytes: built((model) => conv(model, model.pair('x', { scale: [1 / 127], axis: 1 }), 'c')),
    fixable: true,
  },
  {
    what: 'a pair on the branch that ends in the Conv',
    rule: 'A1',
    severity: 'warning',
    at: ['sum'],
    bytes: built((model) => {
      const skip = model.pair('x', X);
      const branch = model.pair(conv(model, skip, 'c'), { scale: 0.03 });
      return model.add('Relu', [model.add('Add', [branch, skip], 'sum')], 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'no pair on the skip branch',
    rule: 'A1',
    severity: 'warning',
    at: ['sum'],
    bytes: built((model) => {
      const branch = conv(model, model.pair('x', X), 'c');
      return model.add('Relu', [model.add('Add', [branch, 'x'], 'sum')], 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a Concat of two scales',
    rule: 'C1',
    severity: 'warning',
    at: ['cat'],
    bytes: built((model) => {
      const first = model.pair('x', X);
      const second = model.pair(model.add('Relu', [conv(model, first, 'c')], 'r'), { scale: 0.02 });
      const both = model.pair(model.add('Concat', [first, second], 'cat', { axis: 1 }), { scale: 0.015 });
      const weights = model.stored('w', [16, 32, 1, 1], { scale: 0.01 });
      return model.add('Conv', [both, weights], 'y');
    }),
    fixable: true,
    within: 0.05,
  },
  {
    what: 'another scale behind a MaxPool',
    rule: 'P1',
    severity: 'warning',
    at: ['p_q'],
    bytes: built((model) => {
      const pool = model.add('MaxPool', [model.pair('x', X)], 'p', { kernel_shape: [2, 2], strides: [2, 2] });
      return conv(model, model.pair(pool, { scale: 0.009 }), 'c');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a pair behind an average pool, and none before',
    rule: 'P2',
    severity: 'warning',
    at: ['p'],
    bytes: built((model) => {
      const first = model.add('Relu', [conv(model, model.pair('x', X), 'c1')], 'r');
      const pool = model.add('AveragePool', [first], 'p', { kernel_shape: [2, 2], strides: [2, 2] });
      return conv(model, model.pair(pool, { scale: 0.02 }), 'c2');
    }),
    fixable: false,
  },
  {
    what: 'pairs around a Softmax',
    rule: 'S1',
    severity: 'warning',
    at: ['c_dq', 's_q'],
    bytes: built((model) => {
      const data = model.pair(conv(model, model.pair('x', X), 'c'), { scale: 0.03 });
      const soft = model.add('Softmax', [data], 's', { axis: 1 });
      return model.add('Mul', [model.pair(soft, { scale: 1 / 127 }), 'x'], 'y');
    }),
    fixable: true,
    within: 0.05,
  },
  {
    what: 'a first layer of 3 channels',
    rule: 'S1',
    severity: 'note',
    at: ['y'],
    bytes: () => {
      const model = foreign();
      const weights = model.stored('w', [16, 3, 1, 1], { scale: 0.01 });
      return model.bytes([1, 3, 8, 8], model.add('Conv', [model.pair('x', X), weights], 'y'));
    },
    fixable: false,
  },
  {
    what: 'a product with a vector',
    rule: 'S1',
    severity: 'note',
    at: ['y'],
    bytes: () => {
      const model = foreign();
      const weights = model.stored('w', [16, 32], { scale: new Array(32).fill(0.01), axis: 1 });
      return model.bytes([1, 16], model.add('MatMul', [model.pair('x', X), weights], 'y'));
    },
    fixable: false,
  },
  {
    what: 'a Clip of codes between Q and DQ',
    rule: 'S2',
    severity: 'warning',
    at: ['clip'],
    bytes: built((model) => {
      const [scale = '', zero = ''] = model.parameters('x', X);
      model.add('QuantizeLinear', ['x', scale, zero], 'x_q');
      const bounds = [-127, 127].map((bound, i) => model.tensor(`bound${i}`, 'int8', [], [bound]));
      model.add('Clip', ['x_q', ...bounds], 'clip');
      return conv(model, model.add('DequantizeLinear', ['clip', scale, zero], 'x_dq'), 'y');
    }),
    fixable: true,
    within: 0.02,
  },
  {
    what: 'a fake quantiser of a training tool',
    rule: 'S2',
    severity: 'error',
    at: ['y'],
    bytes: built(
      (model) => model.add('onnx.brevitas::Quant', ['x', model.tensor('s', 'float32', [], [0.1])], 'y'),
      13,
      ['onnx.brevitas'],
    ),
    fixable: false,
  },
  {
    what: 'an operator that the DLA lacks',
    rule: 'L1',
    severity: 'warning',
    at: ['y'],
    on: ['jetson-orin-nx', '6.2', 0],
    bytes: built((model) => model.add('Erf', [conv(model, model.pair('x', X), 'c')], 'y')),
    fixable: false,
  },
  {
    what: 'a pair before the output',
    rule: 'D1',
    severity: 'warning',
    at: ['c_dq'],
    bytes: built((model) => model.pair(conv(model, model.pair('x', X), 'c'), { scale: 0.03 })),
    fixable: true,
    within: 0.02,
  },
];
