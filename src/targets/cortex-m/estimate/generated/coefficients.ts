/** Instructions of a step beside those of its kernel: the call, and addresses of its operands. */
export const CALL = 12;

/**
 * Instructions of each thing that a kernel repeats (work-builtin.ts, work-cmsis-nn.ts), by library and core, then by kernel.
 * Written by bench/instructions (npm run bench:instructions -- --write): fitted to counts under QEMU. Do not edit.
 */
export const COEFFICIENTS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>> = {
  'builtin/cortex-m4': {
    conv2d_s8: {
      call: 365.79,
      row: 37.65,
      position: 55.006,
      dot: 45.092,
      quad: 153.47,
      single: 87.167,
      tap: 31.189,
      step: 26.441,
      rest: 18.307
    },
    depthwise_conv2d_s8: {
      call: 158.37,
      row: 62.146,
      position: 61.678,
      skip: 8.5729,
      quad: 158.72,
      single: 93.607,
      quadRow: 24.258,
      singleRow: 22.801,
      quadTap: 13.952,
      singleTap: 8.0164,
      channel: 23.459
    },
    conv_transpose2d_s8: {
      call: 29.44,
      row: 106.16,
      position: 43.999,
      meeting: 13.836,
      dot: 23.898,
      quad: 158.52,
      single: 90.179,
      tap: 37.519,
      step: 26.096,
      rest: 17.064
    },
    fully_connected_s8: {
      call: 149.31,
      dot: 78.282,
      quad: 187.04,
      single: 120.83,
      step: 25.864,
      rest: 17.472,
      pair: 112.66,
      widened: 16.817,
      block: 101.94,
      blockTurn: 66.821,
      blockWord: 17.923,
      blockRest: 16.006
    },
    add_s8: {
      call: 85.724,
      plain: 15.08,
      element: 54.343
    },
    mul_s8: {
      call: 91.065,
      run: 31.999,
      four: 36.703,
      single: 8.0226,
      clamped: 2.5184
    },
    avg_pool2d_s8: {
      call: 60.91,
      row: 39.062,
      position: 90.663,
      skip: 5.9431,
      four: 75.95,
      fourRow: 8.1381,
      fourTap: 6.0037,
      single: 18.85,
      singleRow: 8.1916,
      singleTap: 5.0786
    },
    max_pool2d_s8: {
      call: 61.719,
      row: 56.607,
      position: 69.353,
      skip: 7.9666,
      many: 31.23,
      manyRow: 8.5651,
      manyTap: 11.339,
      four: 23.328,
      fourTap: 9.4688,
      single: 15.98,
      singleRow: 8.4332,
      singleTap: 6.8564
    },
    softmax_s8: {
      row: 39.49,
      element: 180.27
    },
    lut_s8: {
      call: 25,
      element: 6
    },
    copy_s8: {
      call: 73.486,
      plane: 13.07,
      line: 31.489,
      byte: 0.60253,
      stridedLine: 17.186,
      element: 9.0076
    },
    fill_s8: {
      call: 36.889,
      wide: 8.1958,
      word: 11.817,
      byte: 0.15538
    },
    quantize_s8: {
      call: 37,
      element: 33
    },
    dequantize_s8: {
      call: 28,
      element: 8
    },
    patch_statistics_s8: {
      call: 46.659,
      patch: 281.67,
      element: 5.1709
    },
    gate_patches_s8: {
      call: 34.529,
      patch: 20.928
    },
    copy_tiles_s8: {
      call: 107.82,
      row: 25.846,
      byte: 0.51793
    },
    list_tiles_s32: {
      call: 751.67,
      patch: 21.951,
      row: 44.286
    },
    dilate_tiles_s32: {
      call: 879.75,
      row: 11.291,
      word: 17.822
    },
    unite_tiles_s32: {
      call: 884.94,
      row: 10.824,
      word: 26.443
    },
    mean_pool2d_s8: {
      call: 75.848,
      row: 62.737,
      position: 69.12,
      skip: 20.012,
      quad: 121.36,
      single: 23.564,
      quadRow: 26.343,
      singleRow: 9.7341,
      quadTap: 5.9277,
      singleTap: 5.0683
    },
    conv2d_f32: {
      call: 9.8495,
      position: 72.978,
      quad: 110.64,
      single: 41.358,
      quadTap: 49.029,
      singleTap: 46.41,
      quadStep: 12.57,
      singleStep: 6.4001
    },
    depthwise_conv2d_f32: {
      call: 104.82,
      position: 37.934,
      channel: 46.373,
      tap: 20.432,
      skip: 18.383
    },
    conv_transpose2d_f32: {
      row: 25.103,
      position: 86.751,
      meeting: 9.1695,
      quad: 107.64,
      single: 31.349,
      quadTap: 33.126,
      singleTap: 27.675,
      quadStep: 11.956,
      singleStep: 6.0371
    },
    fully_connected_f32: {
      call: 52.249,
      row: 41.304,
      quad: 81.487,
      single: 29.901,
      quadTap: 0.77345,
      quadStep: 12.034,
      singleStep: 5.8902
    },
    avg_pool2d_f32: {
      call: 49.731,
      position: 80.318,
      skip: 7.3569,
      output: 10.952,
      windowRow: 7.9879,
      tap: 6.0049
    },
    max_pool2d_f32: {
      call: 67.891,
      position: 89.619,
      skip: 9.8466,
      output: 7.8129,
      windowRow: 8.6078,
      tap: 11.65
    },
    add_f32: {
      call: 27.854,
      element: 12.888
    },
    mul_f32: {
      call: 28.121,
      position: 15.068,
      element: 13.085
    },
    clamp_f32: {
      call: 23.902,
      element: 10.96
    },
    copy_f32: {
      call: 75.628,
      outer: 12.733,
      run: 31.409,
      word: 2.0822,
      apart: 17.046,
      element: 9.0125
    },
    lstm_s8: {
      call: 147.1,
      position: 18.056,
      unit: 576.25,
      step: 30.457,
      rest: 5.1741
    },
    gru_s8: {
      call: 158.6,
      position: 81.745,
      unit: 504.86,
      apart: 102.78,
      step: 9.9792,
      rest: 4.3258
    },
    rnn_s8: {
      call: 62.858,
      position: 60.139,
      unit: 197.97,
      step: 10.105,
      rest: 4.2966
    },
    gather_s8: {
      call: 57.602,
      row: 34.648,
      byte: 0.69926
    },
    resize2d_s8: {
      call: 89.456,
      row: 39.783,
      position: 76.626,
      tap: 21.228,
      sum: 16.796,
      product: 6.0222,
      byte: 0.60321
    },
    binary_s8: {
      call: 131.43,
      line: 25.722,
      element: 32.503
    },
    select_s8: {
      call: 103.46,
      line: 18.792,
      element: 10.03
    },
    reduce_sum_s8: {
      call: 77.946,
      output: 34.512,
      element: 8.1181,
      root: 409.2
    },
    cumsum_s8: {
      call: 84.603,
      run: 17.102,
      element: 30.152
    },
    top_k_s8: {
      call: 115.69,
      place: 39.339,
      element: 26.334
    },
    one_hot_s8: {
      call: 21.218,
      row: 50.923,
      place: 7.1228,
      byte: 0.61831
    },
    batch_matmul_s8: {
      call: 210.93,
      batch: 122.1,
      dot: 57.754,
      quad: 197.55,
      single: 133.03,
      step: 24.226,
      rest: 26.911,
      pair: 230.85,
      widened: 18.44,
      block: 106.78,
      blockTurn: 60.951,
      blockWord: 19.142,
      blockRest: 9.6145,
      laid: 5.577,
      summed: 4.6277
    },
    attention_s8: {
      call: 376.65,
      head: 148.55,
      dot: 67.928,
      quad: 178.9,
      single: 108.86,
      tap: 17.646,
      step: 24.947,
      rest: 20.819,
      pair: 108.77,
      widened: 19.068,
      block: 95.119,
      blockTurn: 64.839,
      blockWord: 19.803,
      blockRest: 17.507,
      row: 311.75,
      score: 20.287,
      laid: 5.6569,
      summed: 4.8677,
      looked: 6.3845
    },
    conv2d_s16: {
      call: 238.04,
      position: 116.37,
      block: 38.304,
      output: 76.768,
      run: 94.433,
      quadStep: 34.401,
      step: 12.335,
      quadRest: 7.8666,
      rest: 8.9615
    },
    depthwise_conv2d_s16: {
      call: 119.78,
      position: 104.35,
      quad: 348.1,
      single: 163.2,
      quadRow: 24.293,
      singleRow: 23.983,
      quadTap: 42.888,
      singleTap: 21.823
    },
    conv_transpose2d_s16: {
      call: 52.963,
      row: 6.4556,
      position: 76.282,
      meeting: 6.3528,
      output: 65.802,
      run: 118.55,
      quadStep: 33.478,
      step: 12.342,
      quadRest: 8.607,
      rest: 0.40475
    },
    fully_connected_s16: {
      call: 37.747,
      position: 17.066,
      block: 82.201,
      output: 66.229,
      quadStep: 32.003,
      row: 4.5525,
      step: 12.653,
      quadRest: 4.8153,
      rest: 5.6117
    },
    softmax_s16: {
      call: 51.98,
      row: 115.81,
      element: 92.787
    },
    resize2d_s16: {
      call: 122.81,
      row: 34.114,
      position: 83.095,
      tap: 20.763,
      byte: 0.97627,
      sum: 20.799,
      product: 6.042
    },
    copy_s16: {
      call: 75.074,
      plane: 15.719,
      line: 31.455,
      byte: 1.0077,
      stridedLine: 16.516,
      element: 9.014
    },
    max_pool2d_s16: {
      call: 73.954,
      row: 2.0237,
      position: 90.367,
      skip: 6.7597,
      output: 20.583,
      windowRow: 8.1911,
      tap: 8.0008
    },
    mul_s16: {
      call: 57.229,
      position: 27.713,
      element: 19.889
    },
    add_s16: {
      call: 58,
      element: 49
    },
    lut_s16: {
      call: 26,
      element: 14
    },
    quantize_s16: {
      call: 35,
      element: 32
    },
    dequantize_s16: {
      call: 25,
      element: 7
    },
    requantize_s16: {
      call: 26,
      element: 18
    },
    requantize_s16_s8: {
      call: 28,
      element: 19
    },
    requantize_s8_s16: {
      call: 26,
      element: 21
    },
    linear_attention_s8: {
      call: 257.91,
      pair: 121.72,
      row: 9.1766,
      channel: 13.098,
      added: 34.536,
      asked: 50.586,
      askedTurn: 15.741
    },
    normalize_s8: {
      call: 116.96,
      group: 187.03,
      run: 64.201,
      word: 65.924,
      rest: 19.369,
      element: 0.0013876,
      apart: 51.905
    },
    conv2d_s4: {
      call: 128.21,
      row: 99.436,
      position: 81.886,
      skip: 29.072,
      dot: 14.745,
      quad: 148.25,
      single: 77.954,
      tap: 36.729,
      step: 25.94,
      rest: 15.543,
      block: 128.11,
      unpackedRow: 10.231,
      unpackedGroup: 28.444,
      unpackedRun: 12.695
    },
    fully_connected_s4: {
      dot: 29.337,
      quad: 267.75,
      single: 148.65,
      tap: 0.0399,
      step: 25.577,
      rest: 16.094,
      pair: 246.39,
      block: 156.47,
      blockTurn: 106.68,
      blockWord: 44.948,
      blockRest: 41.39,
      call: 68.624,
      unpackedRow: 0.0026391,
      unpackedGroup: 28.146,
      unpackedRun: 12.767
    },
    lstm_s16: {
      call: 160.88,
      position: 14.082,
      unit: 859.38,
      step: 32.374,
      rest: 5.6907
    },
    gru_s16: {
      call: 156.23,
      position: 67.803,
      unit: 727.92,
      apart: 184.11,
      step: 11.974,
      rest: 4.0354
    },
    conv2d_pairs_s8: {
      call: 238.09,
      turn: 78.233,
      plain: 40.414,
      edge: 38.661,
      run: 17.538,
      edgeRun: 54.679,
      strip: 57.674,
      padded: 54.443,
      filled: 4.3165,
      copied: 4.6055,
      wordOfFour: 15.802,
      wordOfThree: 13.231,
      restOfOne: 10.622,
      restOfTwo: 13.998,
      restOfThree: 24.709,
      single: 51.698,
      blockOfFour: 53.524,
      blockOfThree: 43.286,
      ties: 1.9501,
      pairOfFour: 12.089,
      pairOfThree: 8.356,
      singleOfThree: 2.8452,
      eight: 2.4329,
      clamped: 8.553
    },
    fully_connected_pairs_s8: {
      call: 91.848,
      padded: 51.807,
      copied: 0.6943,
      rest: 39.334,
      restOfScales: 95.935,
      block: 61.726,
      each: 7.1813,
      word: 15.965,
      turn: 1.1228,
      clamped: 13.174
    },
    depthwise_conv2d_planes_s8: {
      call: 181.95,
      cleared: 0.25868,
      clearedRow: 187.94,
      keptPlane: 30.956,
      kept: 6.9514,
      channel: 63.224,
      laidBand: 96.503,
      laidRow: 9.5067,
      laidPair: 18.635,
      laidRest: 7.6379,
      row: 15.445,
      fourOfTwo: 67.01,
      two: 36.944,
      one: 24.235,
      tie: 1.0231,
      clamped: 8.2502,
      four: 59.629
    },
    depthwise_conv2d_large_planes_s8: {
      call: 213.77,
      cleared: 0.20917,
      clearedRow: 109.85,
      keptPlane: 31.725,
      kept: 9.2909,
      channel: 47.445,
      word: 3.5759,
      laidBand: 130.07,
      laidRow: 7.9321,
      laidPair: 17.5,
      laidRest: 8.1565,
      largeRow: 4.1563,
      turn: 131.64,
      sevenOfTwo: 14.389,
      clamped: 8.6671,
      seven: 12.103,
      fiveOfTwo: 3.4868,
      five: 1.1442
    },
    masked_softmax_s8: {
      call: 107.56,
      row: 168.17,
      element: 140.86
    },
    masked_softmax_s16: {
      call: 106.61,
      row: 143.81,
      element: 110.42
    },
    batch_matmul_s16: {
      call: 52.017,
      batch: 56.804,
      column: 34.054,
      output: 63.99,
      laid: 5.6674,
      apart: 5.4872,
      step: 11.473,
      rest: 6.8164
    },
    normalize_s16: {
      call: 79.736,
      group: 178.22,
      row: 33.145,
      element: 60.063
    },
    sqrt_s16: {
      call: 4.2967,
      element: 33.537
    },
    shift_s8: {
      call: 25.966,
      four: 13.036,
      byte: 3.8506,
      bytes: 1.2676,
      aligned: 14.363,
      eight: 6.0242,
      word: 3.64,
      eights: 0.78125
    },
    pool_sums_s8: {
      call: 68.959,
      eight: 45.679,
      four: 44.55,
      channel: 12.754,
      eightTap: 8.8647,
      fourTap: 6.0181,
      element: 5.0027
    },
    average_sums_s8: {
      call: 22,
      channel: 15
    },
    requantize_sums_s8: {
      call: 26,
      channel: 20
    },
    weighted_sum_s8: {
      call: 36.338,
      four: 29.794,
      rest: 16.005,
      clamped: 11.469
    },
    move_s8: {
      call: 24.151,
      four: 12.462,
      byte: 4.1188
    },
    conv_transpose2d_pairs_s8: {
      turn: 102.38,
      plain: 44.977,
      edge: 15.417,
      run: 4.8599,
      edgeRun: 107.25,
      strip: 6.4903e-12,
      padded: 54.277,
      filled: 5.5819,
      copied: 4.1614,
      wordOfFour: 15.951,
      wordOfThree: 13.232,
      restOfOne: 8.5671,
      restOfTwo: 15.171,
      restOfThree: 26.97,
      single: 53,
      blockOfFour: 53.109,
      blockOfThree: 42.954,
      ties: 1.9831,
      pairOfFour: 12.087,
      pairOfThree: 8.3495,
      singleOfThree: 2.027,
      eight: 2.5413,
      clamped: 9.0183,
      place: 7.9505,
      word: 4.8715,
      byte: 4.9195,
      phase: 416.81
    },
    conv2d_groups_pairs_s8: {
      call: 75.636,
      turn: 78.094,
      plain: 40.071,
      edge: 43.58,
      run: 11.065,
      edgeRun: 49.451,
      strip: 57.63,
      padded: 50.447,
      filled: 5.2793,
      copied: 4.5764,
      wordOfFour: 15.534,
      wordOfThree: 13.81,
      restOfOne: 10.644,
      restOfTwo: 15.705,
      restOfThree: 21.961,
      single: 52.099,
      blockOfFour: 53.636,
      blockOfThree: 44.553,
      ties: 1.9297,
      pairOfFour: 12.324,
      pairOfThree: 8.3376,
      singleOfThree: 2.3151,
      eight: 2.4786,
      clamped: 8.7169,
      place: 14.601,
      word: 3.6928,
      byte: 4.4248,
      band: 142.29,
      group: 252.28
    }
  },
  'builtin/cortex-m55': {
    conv2d_s8: {
      call: 322.16,
      row: 75.663,
      position: 57.821,
      skip: 1.4757,
      dot: 69.629,
      quad: 107.99,
      single: 108.55,
      tap: 34.003,
      step: 18.397,
      rest: 19.706
    },
    depthwise_conv2d_s8: {
      call: 159.19,
      row: 67.77,
      position: 83.77,
      skip: 8.8996,
      quad: 130.64,
      single: 140.75,
      quadRow: 10.355,
      singleRow: 9.8191,
      quadTap: 9.9319,
      singleTap: 12.996,
      channel: 39.74
    },
    conv_transpose2d_s8: {
      row: 93.104,
      position: 69.118,
      meeting: 10.294,
      dot: 37.488,
      quad: 90.972,
      single: 89.553,
      tap: 28.031,
      step: 23.039,
      rest: 28.737
    },
    fully_connected_s8: {
      call: 223.62,
      dot: 80.891,
      quad: 142.09,
      single: 145.03,
      tap: 0.072685,
      step: 15.389,
      rest: 17.474,
      block: 193.51,
      blockTurn: 26.809,
      square: 0.90556,
      squareTurn: 0.067712
    },
    add_s8: {
      call: 100.09,
      four: 29.631,
      rest: 26.012
    },
    mul_s8: {
      call: 67.124,
      position: 29.867,
      eight: 36.998
    },
    avg_pool2d_s8: {
      call: 57.308,
      row: 55.779,
      position: 81.097,
      skip: 7.6145,
      output: 68.037,
      windowRow: 23.863,
      tap: 5.056
    },
    max_pool2d_s8: {
      call: 69.879,
      row: 62.936,
      position: 66.018,
      skip: 8.8871,
      output: 19.934,
      windowRow: 8.0648,
      tap: 4.9859
    },
    softmax_s8: {
      call: 189.57,
      row: 90.184,
      element: 128.34
    },
    lut_s8: {
      call: 25,
      element: 5
    },
    copy_s8: {
      call: 66.796,
      plane: 14.015,
      line: 31.887,
      byte: 0.70978,
      stridedLine: 16.093,
      element: 7.0036
    },
    fill_s8: {
      call: 36.889,
      wide: 8.1958,
      word: 11.817,
      byte: 0.15538
    },
    quantize_s8: {
      call: 39,
      element: 34
    },
    dequantize_s8: {
      call: 25,
      element: 7
    },
    patch_statistics_s8: {
      call: 61.034,
      patch: 166.84,
      row: 18.206,
      element: 0.61591
    },
    gate_patches_s8: {
      call: 39.527,
      patch: 19.359
    },
    copy_tiles_s8: {
      call: 116.28,
      row: 27.604,
      byte: 0.5468
    },
    list_tiles_s32: {
      call: 744.44,
      patch: 22.199,
      row: 42.725
    },
    dilate_tiles_s32: {
      call: 877.15,
      row: 12.136,
      word: 14.907
    },
    unite_tiles_s32: {
      call: 895.71,
      row: 11.617,
      word: 21.569
    },
    mean_pool2d_s8: {
      call: 86.102,
      row: 67.791,
      position: 72.969,
      skip: 9.0428,
      quad: 52.293,
      quadRow: 23.904,
      quadTap: 4.9976
    },
    conv2d_f32: {
      position: 77.712,
      quad: 111.65,
      single: 42.912,
      quadTap: 53.782,
      singleTap: 53.294,
      quadStep: 11.586,
      singleStep: 5.4262
    },
    depthwise_conv2d_f32: {
      call: 102.58,
      position: 42.982,
      channel: 47.758,
      tap: 20.177,
      skip: 16.447
    },
    conv_transpose2d_f32: {
      row: 24.617,
      position: 84.021,
      meeting: 9.9072,
      quad: 99.27,
      single: 30.543,
      quadTap: 38.933,
      singleTap: 32.833,
      quadStep: 11.002,
      singleStep: 5.0202
    },
    fully_connected_f32: {
      call: 50.758,
      row: 41.979,
      quad: 96.073,
      single: 31.013,
      quadTap: 0.68507,
      quadStep: 11.031,
      singleStep: 4.9174
    },
    avg_pool2d_f32: {
      call: 50.536,
      position: 94.317,
      skip: 7.2626,
      output: 10.943,
      windowRow: 7.9944,
      tap: 4.0047
    },
    max_pool2d_f32: {
      call: 66.011,
      position: 105.54,
      skip: 10.448,
      output: 7.2321,
      windowRow: 8.6906,
      tap: 9.7844
    },
    add_f32: {
      call: 28.673,
      element: 12.421
    },
    mul_f32: {
      call: 28.379,
      position: 17.052,
      element: 12.564
    },
    clamp_f32: {
      call: 25.978,
      element: 10.471
    },
    copy_f32: {
      call: 74.721,
      outer: 14.213,
      run: 32.334,
      word: 2.3282,
      apart: 16.047,
      element: 7.0033
    },
    lstm_s8: {
      call: 125.91,
      position: 53.791,
      unit: 627.96,
      step: 12.931
    },
    gru_s8: {
      call: 151.17,
      position: 98.698,
      unit: 487.07,
      apart: 82.904,
      step: 12.888
    },
    rnn_s8: {
      call: 64.36,
      position: 61.873,
      unit: 186.06,
      step: 13.165
    },
    gather_s8: {
      call: 61.813,
      row: 35.237,
      byte: 0.83152
    },
    resize2d_s8: {
      call: 82.844,
      row: 40.754,
      position: 83.451,
      tap: 22.294,
      sum: 22.974,
      product: 5.0024,
      byte: 0.70967
    },
    binary_s8: {
      call: 131.88,
      line: 24.493,
      element: 31.464
    },
    select_s8: {
      call: 103.46,
      line: 18.792,
      element: 10.03
    },
    reduce_sum_s8: {
      call: 69.206,
      output: 35.114,
      element: 6.1132,
      root: 299.73
    },
    cumsum_s8: {
      call: 77.361,
      run: 24.388,
      element: 30.155
    },
    top_k_s8: {
      call: 115.57,
      place: 39.671,
      element: 25.338
    },
    one_hot_s8: {
      call: 17.435,
      row: 51.843,
      place: 7.1329,
      byte: 0.61767
    },
    batch_matmul_s8: {
      call: 243.99,
      batch: 208.1,
      dot: 83.435,
      quad: 90.472,
      single: 112.74,
      tap: 0.68348,
      step: 23.007,
      rest: 54.804,
      square: 214.4,
      squareTurn: 14.638,
      laid: 4.6159,
      summed: 4.4964
    },
    attention_s8: {
      call: 417.36,
      head: 117.71,
      dot: 119.1,
      quad: 163.15,
      single: 133.66,
      step: 14.667,
      rest: 14.606,
      block: 209.22,
      blockTurn: 3.8247e-12,
      squareTurn: 4.9887e-13,
      row: 313.58,
      score: 27.693,
      laid: 4.7414,
      summed: 3.6054,
      looked: 5.4618
    },
    linear_attention_s8: {
      call: 249.56,
      pair: 135.64,
      row: 0.086211,
      channel: 12.522,
      added: 21.016,
      addedTurn: 4.8827,
      asked: 52.935,
      askedTurn: 17.407
    },
    normalize_s8: {
      call: 117.72,
      group: 177.43,
      run: 63.198,
      wide: 20.185,
      element: 27.048,
      apart: 38.444
    },
    conv2d_s16: {
      call: 284.49,
      position: 131.4,
      block: 65.165,
      output: 57.548,
      run: 61.584,
      quadStep: 32.117,
      step: 12.736
    },
    depthwise_conv2d_s16: {
      call: 128.86,
      position: 117.27,
      quad: 340.07,
      single: 173.42,
      quadRow: 19.304,
      singleRow: 18.915,
      quadTap: 42.894,
      singleTap: 24.831
    },
    conv_transpose2d_s16: {
      call: 270.97,
      row: 6.7822,
      position: 60.699,
      meeting: 6.9001,
      block: 17.921,
      output: 56.511,
      run: 81.633,
      quadStep: 30.637,
      step: 12.109
    },
    fully_connected_s16: {
      call: 39,
      position: 18,
      block: 70,
      output: 54.5,
      quadStep: 30,
      row: 8.5,
      step: 12
    },
    softmax_s16: {
      call: 45.627,
      row: 130.4,
      element: 84.77
    },
    resize2d_s16: {
      call: 128.52,
      row: 34.142,
      position: 90.071,
      tap: 21.962,
      byte: 1.0627,
      sum: 28.859,
      product: 5.0306
    },
    copy_s16: {
      call: 74.916,
      plane: 15.466,
      line: 32.752,
      byte: 1.1601,
      stridedLine: 15.766,
      element: 7.005
    },
    max_pool2d_s16: {
      call: 76.717,
      row: 2.0143,
      position: 103.4,
      skip: 6.7564,
      output: 20.584,
      windowRow: 9.1927,
      tap: 5.9997
    },
    mul_s16: {
      call: 51.373,
      position: 29.199,
      element: 19.912
    },
    add_s16: {
      call: 63,
      element: 49
    },
    lut_s16: {
      call: 29,
      element: 13
    },
    quantize_s16: {
      call: 36,
      element: 34
    },
    dequantize_s16: {
      call: 29,
      element: 6
    },
    requantize_s16: {
      call: 31,
      element: 18
    },
    requantize_s16_s8: {
      call: 33,
      element: 19
    },
    requantize_s8_s16: {
      call: 29,
      element: 21
    },
    conv2d_s4: {
      call: 89.161,
      row: 72.603,
      position: 124.93,
      skip: 33.092,
      dot: 7.8073,
      quad: 107.75,
      single: 108.26,
      tap: 31.997,
      step: 17.929,
      rest: 21.195,
      block: 262.09,
      unpackedGroup: 48.27,
      unpackedVector: 12.67,
      unpackedRest: 17.448
    },
    fully_connected_s4: {
      dot: 109.51,
      quad: 71.769,
      single: 99.104,
      tap: 2.2213,
      step: 22.883,
      rest: 37.114,
      block: 171.48,
      blockTurn: 56.395,
      square: 105.94,
      squareTurn: 7.8556,
      call: 73.833,
      unpackedRow: 28.839,
      unpackedGroup: 26.509,
      unpackedVector: 23.088,
      unpackedRest: 36.296
    },
    lstm_s16: {
      call: 144.73,
      position: 46.735,
      unit: 735.02,
      step: 30.049
    },
    gru_s16: {
      call: 148.17,
      position: 93.395,
      unit: 630.85,
      apart: 49.722,
      step: 11.946
    },
    masked_softmax_s8: {
      call: 111.25,
      row: 186.04,
      element: 144.68
    },
    masked_softmax_s16: {
      call: 99.367,
      row: 150.52,
      element: 103.42
    },
    batch_matmul_s16: {
      call: 95.758,
      batch: 45.609,
      column: 43.887,
      output: 50.852,
      laid: 4.5778,
      apart: 4.8801,
      step: 10.792
    },
    normalize_s16: {
      call: 73.248,
      group: 177.93,
      row: 40.222,
      element: 51.051
    },
    sqrt_s16: {
      call: 8.6271,
      element: 32.938
    },
    depthwise_conv2d_columns_s8: {
      call: 150.19,
      block: 184.95,
      laid: 66.91,
      pixel: 15.501,
      zeros: 20.509,
      channel: 28.798,
      unit: 12.358,
      twoByTwo: 16.247,
      clamped: 3.6799,
      four: 13.959
    },
    conv2d_vectors_s8: {
      call: 127.2,
      turn: 96.76,
      inside: 28.104,
      edge: 88.188,
      quickRow: 25.919,
      put: 91.185,
      row: 22.116,
      rowVector: 2.8549,
      laid: 6.8438,
      eight: 51.567,
      rest: 72.188,
      ties: 12.116,
      pair: 14.212,
      second: 11.913,
      more: 11.955,
      clamped: 13.608,
      edgeRow: 90.53,
      whole: 57.382
    },
    fully_connected_vectors_s8: {
      call: 84.944,
      eight: 57.162,
      more: 17.374,
      turn: 0.51161,
      clamped: 20.602
    },
    shift_s8: {
      call: 25,
      four: 3,
      byte: 3,
      fours: 9,
      bytes: 2,
      aligned: 14,
      eight: 6,
      word: 3,
      eights: 3,
      words: 3
    },
    pool_sums_s8: {
      call: 52.329,
      eight: 51.619,
      eightTap: 5.9952
    },
    average_sums_s8: {
      call: 21,
      channel: 16
    },
    requantize_sums_s8: {
      call: 29,
      channel: 21
    },
    depthwise_conv2d_rows_s8: {
      call: 167.83,
      block: 120.32,
      row: 8.264,
      laid: 14.338,
      pixel: 6.1499,
      filled: 5.534,
      filledVector: 1.9275,
      channel: 53.346,
      weights: 6.1552,
      outputs: 12.272,
      turn: 30.903,
      taps: 11.007
    },
    weighted_sum_s8: {
      call: 67.111,
      four: 10.403,
      rest: 2.6756,
      clamped: 16.543
    },
    move_s8: {
      call: 25.856,
      four: 3.3361,
      byte: 3.3439
    },
    conv_transpose2d_vectors_s8: {
      turn: 73.886,
      inside: 54.99,
      edge: 131.17,
      quickRow: 24.466,
      put: 109.67,
      row: 15.871,
      rowVector: 0.49648,
      laid: 11.35,
      eight: 45.942,
      rest: 70.604,
      ties: 13.143,
      pair: 15.687,
      second: 11.106,
      more: 12.083,
      clamped: 14.651,
      place: 15.004,
      word: 3.5404,
      byte: 3.6251,
      phase: 285.59,
      outputRow: 40.432,
      edgeRow: 40.351,
      whole: 50.552
    },
    conv2d_groups_vectors_s8: {
      call: 179.96,
      turn: 83.734,
      inside: 38.752,
      edge: 109.77,
      quickRow: 25.493,
      put: 94.164,
      row: 20.586,
      rowVector: 3.0451,
      laid: 8.3648,
      eight: 52.059,
      rest: 74.016,
      ties: 12.987,
      pair: 14.295,
      second: 14,
      more: 11.47,
      clamped: 16.566,
      place: 15.514,
      word: 3.7314,
      byte: 3.3444,
      band: 51.541,
      group: 161.55,
      whole: 57.144,
      edgeRow: 82.099
    }
  },
  'builtin/cortex-m7': {
    conv2d_s8: {
      call: 403.84,
      row: 26.622,
      position: 55.13,
      dot: 44.805,
      quad: 155.79,
      single: 92.838,
      tap: 31.111,
      step: 26.562,
      rest: 17.721
    },
    depthwise_conv2d_s8: {
      call: 160.32,
      row: 63.151,
      position: 61.689,
      skip: 8.6817,
      quad: 158.77,
      single: 93.625,
      quadRow: 24.222,
      singleRow: 22.791,
      quadTap: 13.958,
      singleTap: 8.0173,
      channel: 24.464
    },
    conv_transpose2d_s8: {
      call: 14.346,
      row: 111.51,
      position: 40.613,
      meeting: 14.913,
      dot: 24.768,
      quad: 154.53,
      single: 84.666,
      tap: 38.953,
      step: 26.22,
      rest: 16.669
    },
    fully_connected_s8: {
      call: 150.5,
      dot: 78.119,
      quad: 189.58,
      single: 126.83,
      step: 25.88,
      rest: 16.8,
      pair: 111.48,
      widened: 17.133,
      block: 97.14,
      blockTurn: 66.822,
      blockWord: 17.793,
      blockRest: 16.228
    },
    add_s8: {
      call: 90.215,
      plain: 15.094,
      element: 54.246
    },
    mul_s8: {
      call: 90.062,
      run: 31.985,
      four: 36.702,
      single: 8.0317,
      clamped: 2.5201
    },
    avg_pool2d_s8: {
      call: 63.322,
      row: 35.188,
      position: 96.446,
      skip: 5.9708,
      four: 73.215,
      fourRow: 8.1427,
      fourTap: 6.0042,
      single: 17.756,
      singleRow: 8.2143,
      singleTap: 5.0863
    },
    max_pool2d_s8: {
      call: 60.399,
      row: 56.79,
      position: 71.335,
      skip: 8.1001,
      many: 32.744,
      manyRow: 9.1078,
      manyTap: 11.424,
      four: 22.626,
      fourTap: 9.5167,
      single: 15.647,
      singleRow: 8.4305,
      singleTap: 6.839
    },
    softmax_s8: {
      row: 44.281,
      element: 178.3
    },
    lut_s8: {
      call: 24,
      element: 6
    },
    copy_s8: {
      call: 74.489,
      plane: 13.07,
      line: 31.488,
      byte: 0.60254,
      stridedLine: 17.186,
      element: 9.0076
    },
    fill_s8: {
      call: 36.889,
      wide: 8.1958,
      word: 11.817,
      byte: 0.15538
    },
    quantize_s8: {
      call: 34.982,
      element: 30.224
    },
    dequantize_s8: {
      call: 26,
      element: 8
    },
    patch_statistics_s8: {
      call: 46.941,
      patch: 279.18,
      element: 5.3151
    },
    gate_patches_s8: {
      call: 30.6,
      patch: 21.494
    },
    copy_tiles_s8: {
      call: 105.84,
      row: 25.845,
      byte: 0.51793
    },
    list_tiles_s32: {
      call: 749.66,
      patch: 21.951,
      row: 45.289
    },
    dilate_tiles_s32: {
      call: 884.65,
      row: 10.328,
      word: 17.797
    },
    unite_tiles_s32: {
      call: 874.93,
      row: 9.9444,
      word: 26.354
    },
    mean_pool2d_s8: {
      call: 75.761,
      row: 62.375,
      position: 69.43,
      skip: 18.973,
      quad: 120.52,
      single: 24.514,
      quadRow: 26.494,
      singleRow: 9.5109,
      quadTap: 5.9341,
      singleTap: 5.0616
    },
    conv2d_f32: {
      position: 77.774,
      quad: 111.69,
      single: 40.519,
      quadTap: 47.858,
      singleTap: 44.226,
      quadStep: 12.467,
      singleStep: 6.3856
    },
    depthwise_conv2d_f32: {
      call: 114.7,
      position: 37.436,
      channel: 49.193,
      tap: 22.406,
      skip: 18.318
    },
    conv_transpose2d_f32: {
      row: 21.383,
      position: 82.117,
      meeting: 9.672,
      quad: 101.24,
      single: 33.204,
      quadTap: 33.4,
      singleTap: 27.99,
      quadStep: 11.966,
      singleStep: 6.013
    },
    fully_connected_f32: {
      call: 50.916,
      row: 41.208,
      quad: 79.529,
      single: 28.871,
      quadTap: 0.82658,
      quadStep: 12.031,
      singleStep: 5.8937
    },
    avg_pool2d_f32: {
      call: 49.731,
      position: 80.318,
      skip: 7.3569,
      output: 10.952,
      windowRow: 7.9879,
      tap: 6.0049
    },
    max_pool2d_f32: {
      call: 65.175,
      position: 89.499,
      skip: 9.8665,
      output: 9.2369,
      windowRow: 8.6876,
      tap: 10.785
    },
    add_f32: {
      call: 27.678,
      element: 12.421
    },
    mul_f32: {
      call: 30.251,
      position: 14.563,
      element: 12.534
    },
    clamp_f32: {
      call: 22.963,
      element: 10.471
    },
    copy_f32: {
      call: 74.626,
      outer: 12.727,
      run: 31.411,
      word: 2.0822,
      apart: 17.047,
      element: 9.0126
    },
    lstm_s8: {
      call: 144.11,
      position: 18.061,
      unit: 576.25,
      step: 30.457,
      rest: 5.1719
    },
    gru_s8: {
      call: 151.49,
      position: 79.778,
      unit: 503.88,
      apart: 104.55,
      step: 9.9805,
      rest: 4.3274
    },
    rnn_s8: {
      call: 64.174,
      position: 62.001,
      unit: 198.91,
      step: 10.109,
      rest: 4.2981
    },
    gather_s8: {
      call: 54.667,
      row: 34.636,
      byte: 0.69912
    },
    resize2d_s8: {
      call: 87.017,
      row: 39.169,
      position: 84.931,
      tap: 23.183,
      sum: 19.14,
      product: 5.9838,
      byte: 0.59394
    },
    binary_s8: {
      call: 131.43,
      line: 25.722,
      element: 32.503
    },
    select_s8: {
      call: 103.46,
      line: 18.792,
      element: 10.03
    },
    reduce_sum_s8: {
      call: 85.811,
      output: 35.452,
      element: 8.1703,
      root: 421.32
    },
    cumsum_s8: {
      call: 81.473,
      run: 17.179,
      element: 30.152
    },
    top_k_s8: {
      call: 114.72,
      place: 39.347,
      element: 27.335
    },
    one_hot_s8: {
      call: 21.218,
      row: 50.923,
      place: 7.1228,
      byte: 0.61831
    },
    batch_matmul_s8: {
      call: 212.58,
      batch: 123.03,
      dot: 56.986,
      quad: 199.51,
      single: 138.38,
      step: 24.209,
      rest: 27.483,
      pair: 228.43,
      widened: 18.818,
      block: 102.17,
      blockTurn: 60.86,
      blockWord: 19.029,
      blockRest: 9.2786,
      laid: 5.5734,
      summed: 4.6044
    },
    attention_s8: {
      call: 369.77,
      head: 149.12,
      dot: 67.517,
      quad: 180.96,
      single: 113.86,
      tap: 17.088,
      step: 24.944,
      rest: 20.998,
      pair: 104.2,
      widened: 19.36,
      block: 89.959,
      blockTurn: 64.492,
      blockWord: 19.74,
      blockRest: 17.49,
      row: 318.38,
      score: 20.333,
      laid: 5.6953,
      summed: 4.8979,
      looked: 6.3603
    },
    conv2d_s16: {
      call: 244.72,
      position: 117.88,
      block: 35.514,
      output: 72.658,
      run: 94.492,
      quadStep: 34.402,
      step: 12.341,
      quadRest: 7.885,
      rest: 8.8872
    },
    depthwise_conv2d_s16: {
      call: 122.99,
      position: 104.4,
      quad: 344.12,
      single: 162.37,
      quadRow: 21.315,
      singleRow: 20.876,
      quadTap: 43.881,
      singleTap: 22.841
    },
    conv_transpose2d_s16: {
      call: 35.77,
      row: 6.8119,
      position: 69.438,
      meeting: 6.0782,
      output: 63.123,
      run: 119.8,
      quadStep: 33.546,
      step: 12.33,
      quadRest: 8.781,
      rest: 0.41896
    },
    fully_connected_s16: {
      call: 38.688,
      position: 17.087,
      block: 83.195,
      output: 65.231,
      quadStep: 32.005,
      row: 4.5697,
      step: 12.652,
      quadRest: 4.8149,
      rest: 5.6188
    },
    softmax_s16: {
      call: 52.978,
      row: 111.8,
      element: 90.787
    },
    resize2d_s16: {
      call: 122.55,
      row: 36.366,
      position: 89.937,
      tap: 23.347,
      byte: 0.968,
      sum: 21.124,
      product: 5.9793
    },
    copy_s16: {
      call: 74.074,
      plane: 15.719,
      line: 31.456,
      byte: 1.0077,
      stridedLine: 16.515,
      element: 9.0141
    },
    max_pool2d_s16: {
      call: 70.385,
      row: 2.1509,
      position: 90.39,
      skip: 7.1803,
      output: 20.556,
      windowRow: 8.2036,
      tap: 8.0008
    },
    mul_s16: {
      call: 56.214,
      position: 27.716,
      element: 19.888
    },
    add_s16: {
      call: 58,
      element: 49
    },
    lut_s16: {
      call: 25,
      element: 14
    },
    quantize_s16: {
      call: 33.938,
      element: 29.197
    },
    dequantize_s16: {
      call: 24,
      element: 7
    },
    requantize_s16: {
      call: 26,
      element: 18
    },
    requantize_s16_s8: {
      call: 28,
      element: 19
    },
    requantize_s8_s16: {
      call: 26,
      element: 21
    },
    linear_attention_s8: {
      call: 259.4,
      pair: 121.15,
      row: 9.6173,
      channel: 13.125,
      added: 35.383,
      asked: 50.678,
      askedTurn: 15.732
    },
    normalize_s8: {
      call: 107.91,
      group: 210.68,
      run: 56.301,
      word: 65.751,
      rest: 19.243,
      element: 0.0014719,
      apart: 52.622
    },
    conv2d_s4: {
      call: 147.31,
      row: 104.74,
      position: 84.294,
      skip: 33.037,
      dot: 13.988,
      quad: 149.71,
      single: 81.78,
      tap: 36.96,
      step: 26.019,
      rest: 14.626,
      block: 100.41,
      unpackedRow: 10.772,
      unpackedGroup: 28.418,
      unpackedRun: 12.774
    },
    fully_connected_s4: {
      dot: 29.308,
      quad: 270.65,
      single: 155.16,
      tap: 0.040627,
      step: 25.547,
      rest: 15.578,
      pair: 247.27,
      block: 160.07,
      blockTurn: 103.76,
      blockWord: 42.535,
      blockRest: 39.101,
      call: 71.368,
      unpackedRow: 0.0035856,
      unpackedGroup: 28.068,
      unpackedRun: 12.9
    },
    lstm_s16: {
      call: 154.09,
      position: 16.766,
      unit: 843.35,
      step: 32.372,
      rest: 5.724
    },
    gru_s16: {
      call: 147.12,
      position: 65.901,
      unit: 729.87,
      apart: 172.13,
      step: 11.974,
      rest: 4.0388
    },
    conv2d_pairs_s8: {
      call: 240.92,
      turn: 77.699,
      plain: 41.975,
      edge: 52.896,
      run: 17.812,
      edgeRun: 51.247,
      strip: 61.276,
      padded: 57.723,
      filled: 2.7113,
      copied: 4.7057,
      wordOfFour: 15.713,
      wordOfThree: 13.245,
      restOfOne: 10.854,
      restOfTwo: 14.94,
      restOfThree: 24.672,
      single: 52.05,
      blockOfFour: 53.478,
      blockOfThree: 43.141,
      ties: 1.9519,
      pairOfFour: 12.091,
      pairOfThree: 8.3545,
      singleOfThree: 3.0429,
      eight: 2.4583,
      clamped: 8.5683
    },
    fully_connected_pairs_s8: {
      call: 91.087,
      padded: 53.634,
      copied: 0.70169,
      rest: 38.285,
      restOfScales: 93.071,
      block: 61.669,
      each: 7.1264,
      word: 15.947,
      turn: 1.1944,
      clamped: 13.523
    },
    depthwise_conv2d_planes_s8: {
      call: 185.11,
      cleared: 0.25517,
      clearedRow: 184.36,
      keptPlane: 32.705,
      kept: 6.9881,
      channel: 62.254,
      laidBand: 92.052,
      laidRow: 9.4389,
      laidPair: 18.662,
      laidRest: 7.6627,
      row: 15.475,
      fourOfTwo: 66.982,
      two: 36.941,
      one: 24.237,
      tie: 1.0223,
      clamped: 8.3067,
      four: 59.604
    },
    depthwise_conv2d_large_planes_s8: {
      call: 209,
      cleared: 0.21151,
      clearedRow: 107.35,
      keptPlane: 34.275,
      kept: 9.3324,
      channel: 27.043,
      word: 4.7969,
      laidBand: 124.6,
      laidRow: 7.5921,
      laidPair: 17.512,
      laidRest: 8.1254,
      largeRow: 4.2835,
      turn: 130.14,
      sevenOfTwo: 14.601,
      clamped: 8.753,
      seven: 12.318,
      fiveOfTwo: 3.7693,
      five: 1.4319
    },
    masked_softmax_s8: {
      call: 105.61,
      row: 175.83,
      element: 141.04
    },
    masked_softmax_s16: {
      call: 106.15,
      row: 135.29,
      element: 108.47
    },
    batch_matmul_s16: {
      call: 41.684,
      batch: 72.534,
      column: 33.909,
      output: 62.528,
      laid: 6.6716,
      apart: 5.4707,
      step: 11.472,
      rest: 7.6983
    },
    normalize_s16: {
      call: 79.753,
      group: 176.21,
      row: 32.141,
      element: 60.065
    },
    sqrt_s16: {
      call: 3.7399,
      element: 32.91
    },
    shift_s8: {
      call: 24.982,
      four: 13.019,
      byte: 3.9218,
      bytes: 1.1385,
      aligned: 12.695,
      eight: 6.0107,
      word: 3.8166,
      eights: 0.89238
    },
    pool_sums_s8: {
      call: 68.022,
      eight: 45.752,
      four: 45.563,
      channel: 13.297,
      eightTap: 8.8621,
      fourTap: 6.0192,
      element: 5.0031
    },
    average_sums_s8: {
      call: 24,
      channel: 15
    },
    requantize_sums_s8: {
      call: 26,
      channel: 20
    },
    weighted_sum_s8: {
      call: 31.636,
      four: 29.837,
      rest: 14.567,
      clamped: 11.939
    },
    move_s8: {
      call: 24.151,
      four: 12.462,
      byte: 4.1188
    },
    conv_transpose2d_pairs_s8: {
      turn: 104.99,
      plain: 46.99,
      edge: 20.636,
      run: 2.5592,
      edgeRun: 102,
      strip: 1.3067e-11,
      padded: 63.667,
      filled: 4.1219,
      copied: 4.1765,
      wordOfFour: 15.912,
      wordOfThree: 13.222,
      restOfOne: 10.476,
      restOfTwo: 16.95,
      restOfThree: 28.46,
      single: 54.263,
      blockOfFour: 53.182,
      blockOfThree: 43.068,
      ties: 1.9884,
      pairOfFour: 12.09,
      pairOfThree: 8.3532,
      singleOfThree: 2.007,
      eight: 2.4667,
      clamped: 9.0622,
      place: 6.7658,
      word: 4.8499,
      byte: 4.9492,
      phase: 425.22
    },
    conv2d_groups_pairs_s8: {
      call: 75.699,
      turn: 78.263,
      plain: 42.566,
      edge: 55.974,
      run: 11.21,
      edgeRun: 46.84,
      strip: 61.14,
      padded: 53.983,
      filled: 3.7996,
      copied: 4.6579,
      wordOfFour: 15.616,
      wordOfThree: 13.759,
      restOfOne: 11.345,
      restOfTwo: 15.704,
      restOfThree: 22.244,
      single: 51.906,
      blockOfFour: 53.752,
      blockOfThree: 44.808,
      ties: 1.9454,
      pairOfFour: 12.356,
      pairOfThree: 8.3694,
      singleOfThree: 2.1437,
      eight: 2.0496,
      clamped: 8.8003,
      place: 14.47,
      word: 3.6828,
      byte: 4.4858,
      band: 139.82,
      group: 255.83
    }
  },
  'builtin/cortex-m33': {
    conv2d_s8: {
      call: 374.86,
      row: 36.636,
      position: 55.001,
      dot: 45.098,
      quad: 154.48,
      single: 88.169,
      tap: 31.187,
      step: 26.441,
      rest: 18.308
    },
    depthwise_conv2d_s8: {
      call: 162.23,
      row: 62.139,
      position: 60.747,
      skip: 8.8957,
      quad: 158.88,
      single: 93.594,
      quadRow: 24.137,
      singleRow: 22.793,
      quadTap: 13.972,
      singleTap: 8.0166,
      channel: 22.535
    },
    conv_transpose2d_s8: {
      call: 31.634,
      row: 101.14,
      position: 44.103,
      meeting: 13.838,
      dot: 23.794,
      quad: 158.52,
      single: 90.173,
      tap: 37.522,
      step: 26.095,
      rest: 17.063
    },
    fully_connected_s8: {
      call: 152.39,
      dot: 79.136,
      quad: 188.06,
      single: 121.87,
      step: 25.863,
      rest: 17.477,
      pair: 111.67,
      widened: 16.844,
      block: 100.95,
      blockTurn: 66.81,
      blockWord: 17.907,
      blockRest: 16.012
    },
    add_s8: {
      call: 85.597,
      plain: 15.084,
      element: 50.377
    },
    mul_s8: {
      call: 91.822,
      run: 32.875,
      four: 36.705,
      single: 7.6308,
      clamped: 2.5403
    },
    avg_pool2d_s8: {
      call: 63.239,
      row: 36.454,
      position: 90.608,
      skip: 5.874,
      four: 73.027,
      fourRow: 8.1442,
      fourTap: 6.0033,
      single: 18.478,
      singleRow: 8.201,
      singleTap: 5.0819
    },
    max_pool2d_s8: {
      call: 59.379,
      row: 56.798,
      position: 71.403,
      skip: 8.0726,
      many: 32.688,
      manyRow: 8.1139,
      manyTap: 11.424,
      four: 22.58,
      fourTap: 9.5191,
      single: 15.607,
      singleRow: 8.4395,
      singleTap: 6.8377
    },
    softmax_s8: {
      row: 40.159,
      element: 174.11
    },
    lut_s8: {
      call: 24,
      element: 6
    },
    copy_s8: {
      call: 72.858,
      plane: 13.949,
      line: 30.893,
      byte: 0.70969,
      stridedLine: 17.097,
      element: 9.004
    },
    fill_s8: {
      call: 36.889,
      wide: 8.1958,
      word: 11.817,
      byte: 0.15538
    },
    quantize_s8: {
      call: 35,
      element: 33
    },
    dequantize_s8: {
      call: 26,
      element: 8
    },
    patch_statistics_s8: {
      call: 44.334,
      patch: 261.48,
      element: 5.1742
    },
    gate_patches_s8: {
      call: 37.524,
      patch: 20.36
    },
    copy_tiles_s8: {
      call: 113.45,
      row: 26.582,
      byte: 0.54691
    },
    list_tiles_s32: {
      call: 740.64,
      patch: 21.951,
      row: 47.296
    },
    dilate_tiles_s32: {
      call: 871.86,
      row: 12.183,
      word: 17.885
    },
    unite_tiles_s32: {
      call: 878.12,
      row: 11.688,
      word: 26.551
    },
    mean_pool2d_s8: {
      call: 78.799,
      row: 62.41,
      position: 69.407,
      skip: 18.987,
      quad: 120.51,
      single: 24.528,
      quadRow: 26.497,
      singleRow: 9.5108,
      quadTap: 5.9339,
      singleTap: 5.0609
    },
    conv2d_f32: {
      call: 11.191,
      position: 75.183,
      quad: 108.83,
      single: 42.019,
      quadTap: 49.201,
      singleTap: 45.656,
      quadStep: 12.559,
      singleStep: 6.3709
    },
    depthwise_conv2d_f32: {
      call: 102.79,
      position: 42.011,
      channel: 46.381,
      tap: 20.43,
      skip: 18.381
    },
    conv_transpose2d_f32: {
      row: 28.025,
      position: 85.175,
      meeting: 9.0897,
      quad: 103.5,
      single: 30.916,
      quadTap: 34.261,
      singleTap: 28.316,
      quadStep: 11.973,
      singleStep: 6.0458
    },
    fully_connected_f32: {
      call: 48.616,
      row: 43.928,
      quad: 79.283,
      single: 26.298,
      quadTap: 1.0481,
      quadStep: 12.03,
      singleStep: 5.8917
    },
    avg_pool2d_f32: {
      call: 49.731,
      position: 80.318,
      skip: 7.3569,
      output: 10.952,
      windowRow: 7.9879,
      tap: 6.0049
    },
    max_pool2d_f32: {
      call: 65.15,
      position: 88.499,
      skip: 9.8729,
      output: 7.2356,
      windowRow: 8.6897,
      tap: 10.785
    },
    add_f32: {
      call: 27.678,
      element: 12.421
    },
    mul_f32: {
      call: 28.353,
      position: 15.053,
      element: 12.565
    },
    clamp_f32: {
      call: 22.963,
      element: 10.471
    },
    copy_f32: {
      call: 73.761,
      outer: 14.18,
      run: 31.33,
      word: 2.3285,
      apart: 17.043,
      element: 9.0042
    },
    lstm_s8: {
      call: 142.81,
      position: 16.842,
      unit: 565.18,
      step: 30.44,
      rest: 5.4636
    },
    gru_s8: {
      call: 150.43,
      position: 78.782,
      unit: 501.12,
      apart: 112.88,
      step: 9.9763,
      rest: 4.3109
    },
    rnn_s8: {
      call: 64.862,
      position: 60.133,
      unit: 199.97,
      step: 10.105,
      rest: 4.2973
    },
    gather_s8: {
      call: 55.11,
      row: 34.045,
      byte: 0.82791
    },
    resize2d_s8: {
      call: 86.351,
      row: 38.05,
      position: 76.373,
      tap: 21.265,
      sum: 16.826,
      product: 6.0191,
      byte: 0.71387
    },
    binary_s8: {
      call: 125.49,
      line: 25.524,
      element: 31.51
    },
    select_s8: {
      call: 102.45,
      line: 18.791,
      element: 10.03
    },
    reduce_sum_s8: {
      call: 74.788,
      output: 34.539,
      element: 8.1192,
      root: 409.19
    },
    cumsum_s8: {
      call: 82.56,
      run: 17.108,
      element: 30.152
    },
    top_k_s8: {
      call: 115.62,
      place: 39.677,
      element: 26.338
    },
    one_hot_s8: {
      call: 20.263,
      row: 50.892,
      place: 7.1243,
      byte: 0.61855
    },
    conv2d_s16: {
      call: 245.86,
      position: 117.18,
      block: 40.421,
      output: 74.727,
      run: 94.473,
      quadStep: 34.399,
      step: 12.335,
      quadRest: 7.8562,
      rest: 8.9534
    },
    depthwise_conv2d_s16: {
      call: 121.46,
      position: 103.17,
      quad: 344.13,
      single: 159.12,
      quadRow: 25.312,
      singleRow: 25.116,
      quadTap: 42.883,
      singleTap: 21.793
    },
    conv_transpose2d_s16: {
      call: 32.319,
      row: 6.4874,
      position: 76.405,
      meeting: 5.9591,
      output: 65.142,
      run: 121.03,
      quadStep: 33.435,
      step: 12.325,
      quadRest: 8.6591,
      rest: 0.37663
    },
    fully_connected_s16: {
      call: 39.723,
      position: 17.077,
      block: 81.191,
      output: 66.232,
      quadStep: 32.003,
      row: 4.5621,
      step: 12.652,
      quadRest: 4.817,
      rest: 5.6141
    },
    softmax_s16: {
      call: 51.551,
      row: 115.37,
      element: 92.781
    },
    resize2d_s16: {
      call: 132.86,
      row: 31.843,
      position: 81.317,
      tap: 20.465,
      byte: 1.0682,
      sum: 20.715,
      product: 6.0598
    },
    copy_s16: {
      call: 74.025,
      plane: 15.45,
      line: 31.729,
      byte: 1.1606,
      stridedLine: 16.742,
      element: 9.007
    },
    max_pool2d_s16: {
      call: 70.953,
      row: 2.0239,
      position: 90.367,
      skip: 6.7594,
      output: 20.583,
      windowRow: 8.1911,
      tap: 8.0008
    },
    mul_s16: {
      call: 57.353,
      position: 25.698,
      element: 18.888
    },
    add_s16: {
      call: 57,
      element: 46
    },
    lut_s16: {
      call: 25,
      element: 14
    },
    quantize_s16: {
      call: 34,
      element: 32
    },
    dequantize_s16: {
      call: 24,
      element: 7
    },
    requantize_s16: {
      call: 26,
      element: 17
    },
    requantize_s16_s8: {
      call: 28,
      element: 18
    },
    requantize_s8_s16: {
      call: 26,
      element: 20
    },
    batch_matmul_s8: {
      call: 217.85,
      batch: 123.37,
      dot: 59.146,
      quad: 197.97,
      single: 133.59,
      step: 24.31,
      rest: 26.499,
      pair: 232.6,
      widened: 18.415,
      block: 104.87,
      blockTurn: 61.29,
      blockWord: 19.37,
      blockRest: 10.058,
      laid: 5.5325,
      summed: 4.6268
    },
    attention_s8: {
      call: 389.55,
      head: 150.01,
      dot: 69.746,
      quad: 180.11,
      single: 109.24,
      tap: 17.609,
      step: 25.05,
      rest: 20.776,
      pair: 108.64,
      widened: 18.712,
      block: 94.288,
      blockTurn: 65.125,
      blockWord: 19.794,
      blockRest: 17.721,
      row: 316.67,
      score: 20.281,
      laid: 5.6098,
      summed: 4.8462,
      looked: 6.4213
    },
    linear_attention_s8: {
      call: 259.12,
      pair: 123.14,
      row: 11.36,
      channel: 13.107,
      added: 35.307,
      asked: 50.713,
      askedTurn: 15.737
    },
    normalize_s8: {
      call: 121.8,
      group: 188.26,
      run: 65.172,
      word: 66.004,
      rest: 19.418,
      element: 0.0013524,
      apart: 47.795
    },
    conv2d_s4: {
      call: 127.18,
      row: 99.455,
      position: 81.923,
      skip: 29.107,
      dot: 14.725,
      quad: 149.24,
      single: 78.96,
      tap: 36.728,
      step: 25.94,
      rest: 15.543,
      block: 133.86,
      unpackedRow: 10.256,
      unpackedGroup: 28.443,
      unpackedRun: 12.696
    },
    fully_connected_s4: {
      dot: 30.439,
      quad: 268.71,
      single: 149.69,
      tap: 0.040944,
      step: 25.575,
      rest: 16.104,
      pair: 244.97,
      block: 159.37,
      blockTurn: 106.22,
      blockWord: 44.574,
      blockRest: 40.992,
      call: 69.507,
      unpackedRow: 0.0030635,
      unpackedGroup: 28.144,
      unpackedRun: 12.772
    },
    lstm_s16: {
      call: 158.56,
      position: 13.429,
      unit: 860.39,
      step: 32.374,
      rest: 5.6801
    },
    gru_s16: {
      call: 153.27,
      position: 66.615,
      unit: 728.18,
      apart: 186.08,
      step: 11.972,
      rest: 4.0218
    },
    conv2d_pairs_s8: {
      call: 239.28,
      turn: 78.252,
      plain: 40.461,
      edge: 38.583,
      run: 17.504,
      edgeRun: 54.692,
      strip: 57.675,
      padded: 54.437,
      filled: 4.3177,
      copied: 4.6045,
      wordOfFour: 15.798,
      wordOfThree: 13.233,
      restOfOne: 10.618,
      restOfTwo: 13.993,
      restOfThree: 24.706,
      single: 51.708,
      blockOfFour: 53.52,
      blockOfThree: 43.264,
      ties: 1.9495,
      pairOfFour: 12.089,
      pairOfThree: 8.3557,
      singleOfThree: 2.8631,
      eight: 2.4358,
      clamped: 8.5665
    },
    fully_connected_pairs_s8: {
      call: 93.365,
      padded: 51.534,
      copied: 0.76952,
      rest: 37.543,
      restOfScales: 98.142,
      block: 61.789,
      each: 7.1964,
      word: 15.914,
      turn: 1.3723,
      clamped: 13.29
    },
    depthwise_conv2d_planes_s8: {
      call: 183.03,
      cleared: 0.25709,
      clearedRow: 187.91,
      keptPlane: 31.193,
      kept: 6.9162,
      channel: 63.013,
      laidBand: 96.294,
      laidRow: 9.5375,
      laidPair: 18.63,
      laidRest: 7.6381,
      row: 15.439,
      fourOfTwo: 67.038,
      two: 36.951,
      one: 24.249,
      tie: 1.0231,
      clamped: 8.2314,
      four: 59.645
    },
    depthwise_conv2d_large_planes_s8: {
      call: 206.18,
      cleared: 0.21339,
      clearedRow: 109.42,
      keptPlane: 33.232,
      kept: 9.2994,
      channel: 43.68,
      word: 3.6171,
      laidBand: 125.08,
      laidRow: 7.8036,
      laidPair: 17.488,
      laidRest: 8.1748,
      largeRow: 4.1795,
      turn: 131.55,
      sevenOfTwo: 14.395,
      clamped: 8.6701,
      seven: 12.114,
      fiveOfTwo: 3.496,
      five: 1.1588
    },
    masked_softmax_s8: {
      call: 106.43,
      row: 176.02,
      element: 141.05
    },
    masked_softmax_s16: {
      call: 108.91,
      row: 144.03,
      element: 110.42
    },
    batch_matmul_s16: {
      call: 57.039,
      batch: 56.835,
      column: 34.042,
      output: 64.003,
      laid: 5.6672,
      apart: 5.4871,
      step: 11.47,
      rest: 6.8112
    },
    normalize_s16: {
      call: 75.718,
      group: 180.94,
      row: 32.904,
      element: 59.071
    },
    sqrt_s16: {
      call: 3.2968,
      element: 34.465
    },
    shift_s8: {
      call: 23.968,
      four: 13.037,
      byte: 3.8501,
      bytes: 1.2616,
      aligned: 14.372,
      eight: 6.0235,
      word: 3.6377,
      eights: 2.7776
    },
    pool_sums_s8: {
      call: 66.953,
      eight: 45.712,
      four: 44.539,
      channel: 12.738,
      eightTap: 8.863,
      fourTap: 6.0186,
      element: 5.0032
    },
    average_sums_s8: {
      call: 22,
      channel: 15
    },
    requantize_sums_s8: {
      call: 26,
      channel: 19
    },
    weighted_sum_s8: {
      call: 34.208,
      four: 29.798,
      rest: 16.042,
      clamped: 11.527
    },
    move_s8: {
      call: 24.151,
      four: 12.462,
      byte: 4.1188
    },
    conv_transpose2d_pairs_s8: {
      turn: 102.33,
      plain: 45.077,
      edge: 15.361,
      run: 4.8851,
      edgeRun: 107.25,
      strip: 4.5769e-12,
      padded: 54.329,
      filled: 5.5798,
      copied: 4.1592,
      wordOfFour: 15.956,
      wordOfThree: 13.236,
      restOfOne: 8.5572,
      restOfTwo: 15.171,
      restOfThree: 26.968,
      single: 53.029,
      blockOfFour: 53.084,
      blockOfThree: 42.942,
      ties: 1.9822,
      pairOfFour: 12.085,
      pairOfThree: 8.348,
      singleOfThree: 2.0302,
      eight: 2.5564,
      clamped: 9.0667,
      place: 7.9313,
      word: 4.882,
      byte: 4.9165,
      phase: 418.98
    },
    conv2d_groups_pairs_s8: {
      call: 76.704,
      turn: 78.074,
      plain: 40.092,
      edge: 43.545,
      run: 11.055,
      edgeRun: 49.441,
      strip: 57.636,
      padded: 50.423,
      filled: 5.2855,
      copied: 4.5785,
      wordOfFour: 15.525,
      wordOfThree: 13.808,
      restOfOne: 10.636,
      restOfTwo: 15.686,
      restOfThree: 21.931,
      single: 52.095,
      blockOfFour: 53.605,
      blockOfThree: 44.546,
      ties: 1.9303,
      pairOfFour: 12.325,
      pairOfThree: 8.3377,
      singleOfThree: 2.3078,
      eight: 2.4757,
      clamped: 8.7621,
      place: 14.608,
      word: 3.691,
      byte: 4.4262,
      band: 140.99,
      group: 254.31
    }
  },
  'builtin/cortex-m3': {
    conv2d_s8: {
      call: 256.06,
      row: 68.053,
      position: 55.828,
      skip: 19.351,
      dot: 39.541,
      quad: 184.71,
      single: 97.072,
      tap: 23.515,
      step: 12.019
    },
    depthwise_conv2d_s8: {
      call: 160.27,
      row: 63.23,
      position: 63.577,
      skip: 8.9032,
      quad: 186.85,
      single: 99.843,
      quadRow: 16.189,
      singleRow: 15.732,
      quadTap: 22.961,
      singleTap: 11.02,
      channel: 25.313
    },
    conv_transpose2d_s8: {
      row: 94.079,
      position: 72.783,
      meeting: 11.169,
      quad: 176.56,
      single: 87.222,
      tap: 26.998,
      step: 12.019
    },
    fully_connected_s8: {
      call: 192,
      dot: 44,
      quad: 207.93,
      single: 119.93,
      tap: 0.072202,
      step: 12
    },
    add_s8: {
      call: 63,
      element: 68
    },
    mul_s8: {
      call: 67.39,
      position: 26.019,
      element: 18.991,
      clamped: 10.043
    },
    avg_pool2d_s8: {
      call: 63.237,
      row: 47.707,
      position: 65.508,
      skip: 7.1206,
      output: 26.047,
      windowRow: 7.9759,
      tap: 5.0006
    },
    max_pool2d_s8: {
      call: 66.198,
      row: 55.953,
      position: 51.993,
      skip: 8.0271,
      output: 18.009,
      windowRow: 7.9956,
      tap: 7.0001
    },
    softmax_s8: {
      row: 7.2682,
      element: 211.78
    },
    lut_s8: {
      call: 24,
      element: 6
    },
    copy_s8: {
      call: 72.847,
      plane: 13.959,
      line: 30.892,
      byte: 0.70969,
      stridedLine: 15.097,
      element: 9.0039
    },
    fill_s8: {
      call: 36.889,
      wide: 8.1958,
      word: 11.817,
      byte: 0.15538
    },
    quantize_s8: {
      call: 15.555,
      element: 395.78
    },
    dequantize_s8: {
      call: 26.514,
      element: 64.504
    },
    patch_statistics_s8: {
      call: 67.953,
      patch: 164.1,
      row: 14.292,
      element: 19.989
    },
    gate_patches_s8: {
      call: 37.524,
      patch: 20.36
    },
    copy_tiles_s8: {
      call: 113.45,
      row: 26.582,
      byte: 0.54691
    },
    list_tiles_s32: {
      call: 740.64,
      patch: 21.951,
      row: 47.296
    },
    dilate_tiles_s32: {
      call: 872.5,
      row: 12.18,
      word: 17.883
    },
    unite_tiles_s32: {
      call: 878.15,
      row: 11.687,
      word: 26.553
    },
    mean_pool2d_s8: {
      call: 78.161,
      row: 57.651,
      position: 73.192,
      skip: 8.4009,
      quad: 35.936,
      quadRow: 8.007,
      quadTap: 5.0013
    },
    lstm_s8: {
      call: 123.19,
      position: 53.195,
      unit: 627.36,
      step: 4.9958
    },
    gru_s8: {
      call: 141.88,
      position: 92.565,
      unit: 498.63,
      apart: 87.943,
      step: 4.991
    },
    rnn_s8: {
      call: 65.374,
      position: 64.341,
      unit: 195.97,
      step: 5.0169
    },
    gather_s8: {
      call: 55.11,
      row: 34.045,
      byte: 0.82791
    },
    resize2d_s8: {
      call: 88.39,
      row: 38.051,
      position: 76.373,
      tap: 21.265,
      sum: 16.826,
      product: 6.0191,
      byte: 0.71372
    },
    binary_s8: {
      call: 136.21,
      line: 25.322,
      element: 37.477
    },
    select_s8: {
      call: 102.45,
      line: 18.791,
      element: 10.03
    },
    reduce_sum_s8: {
      call: 78.475,
      output: 40.861,
      element: 8.1224,
      root: 408.17
    },
    cumsum_s8: {
      call: 74.215,
      run: 12.664,
      element: 38.109
    },
    top_k_s8: {
      call: 115.62,
      place: 39.677,
      element: 26.338
    },
    one_hot_s8: {
      call: 20.263,
      row: 50.892,
      place: 7.1243,
      byte: 0.61855
    },
    batch_matmul_s8: {
      call: 228.91,
      batch: 106.92,
      dot: 104.66,
      quad: 214.09,
      single: 120.15,
      step: 11.815,
      laid: 5.5106,
      summed: 4.5807
    },
    attention_s8: {
      call: 360.36,
      head: 284.31,
      dot: 59.93,
      quad: 183.53,
      single: 93.95,
      tap: 27.529,
      step: 12.01,
      row: 239.22,
      score: 32.45,
      laid: 5.4449,
      summed: 4.5114,
      looked: 6.3964
    },
    linear_attention_s8: {
      call: 234.19,
      pair: 124.55,
      channel: 12.177,
      added: 24.119,
      addedTurn: 6.4041,
      asked: 52.541,
      askedTurn: 6.7787
    },
    normalize_s8: {
      call: 111.68,
      group: 184.92,
      run: 56.319,
      element: 34.249,
      apart: 57.031
    },
    conv2d_s4: {
      call: 81.8,
      row: 67.912,
      position: 72.739,
      skip: 24.31,
      dot: 11.947,
      quad: 184.84,
      single: 97.585,
      tap: 22.933,
      step: 12.032,
      block: 252.13,
      unpackedRow: 9.192,
      unpackedGroup: 30.041,
      unpackedRun: 20.787
    },
    fully_connected_s4: {
      dot: 44.179,
      quad: 208.24,
      single: 120.36,
      step: 11.986,
      call: 51.069,
      block: 201.92,
      unpackedRow: 6.7855,
      unpackedGroup: 29.995,
      unpackedRun: 21.022
    },
    masked_softmax_s8: {
      call: 103.4,
      row: 181.23,
      element: 162.9
    },
    softmax_s16: {
      call: 51.976,
      row: 114.81,
      element: 92.788
    },
    masked_softmax_s16: {
      call: 108.65,
      row: 142.81,
      element: 108.41
    },
    batch_matmul_s16: {
      call: 100.17,
      batch: 33.549,
      column: 35.562,
      output: 53.307,
      laid: 5.3218,
      apart: 5.7973,
      step: 5.0285
    },
    normalize_s16: {
      call: 77.569,
      group: 179.83,
      row: 32.04,
      element: 68.078
    },
    sqrt_s16: {
      call: 3.2968,
      element: 34.465
    },
    shift_s8: {
      call: 23.968,
      four: 13.037,
      byte: 3.8501,
      bytes: 1.2616,
      aligned: 14.372,
      eight: 6.0235,
      word: 3.6377,
      eights: 2.7776
    },
    conv2d_words_s8: {
      call: 99.245,
      turn: 136.08,
      row: 31.146,
      window: 15.924,
      windowRow: 29.582,
      paddedRow: 81.54,
      single: 38.893,
      blockOfFour: 93.398,
      blockOfThree: 72.005,
      fourOfFour: 27.958,
      inputOfFour: 26.072,
      inputOfThree: 22.278,
      stepOfFour: 11.953,
      stepOfThree: 8.8375,
      eight: 3.6357
    },
    depthwise_conv2d_planes_s8: {
      call: 160.81,
      cleared: 0.72126,
      clearedRow: 157.1,
      laidBand: 162.64,
      laidRow: 1.3513,
      kept: 11.503,
      keptBand: 48.216,
      channel: 143.2,
      laidPixel: 11.118,
      row: 17.228,
      four: 106.83,
      one: 42.262,
      clamped: 10.122,
      fourOfTwo: 118.86
    },
    fully_connected_words_s8: {
      call: 52,
      block: 43,
      rest: 3.3938e-7,
      output: 17,
      scaled: 6.5824e-9,
      step: 17,
      turn: 2
    },
    pool_sums_s8: {
      call: 45.826,
      channel: 11.139,
      element: 5.004
    },
    average_sums_s8: {
      call: 22,
      channel: 15
    },
    requantize_sums_s8: {
      call: 31,
      channel: 26
    },
    weighted_sum_s8: {
      call: 32.803,
      four: 30.167,
      rest: 13.829,
      clamped: 10.182
    },
    move_s8: {
      call: 24.151,
      four: 12.462,
      byte: 4.1188
    },
    depthwise_conv2d_large_planes_s8: {
      band: 329.74,
      cleared: 0.33465,
      clearedRow: 94.842,
      laidBand: 97.657,
      laidRow: 2.17,
      kept: 8.1933,
      keptBand: 89.293,
      channel: 62.91,
      laidPixel: 10.799,
      word: 7.2701,
      output: 18.44,
      largeRow: 6.6348,
      turn: 200.01,
      seven: 24.651,
      clamped: 10.742,
      sevenOfTwo: 28.025,
      fiveOfTwo: 7.942,
      five: 3.4254
    }
  },
  'builtin/cortex-m0plus': {
    conv2d_s8: {
      call: 416.97,
      row: 100.36,
      position: 70.427,
      skip: 24.022,
      dot: 59.887,
      quad: 443.13,
      single: 178.12,
      tap: 41.005,
      step: 23.038
    },
    depthwise_conv2d_s8: {
      call: 283.52,
      row: 99.852,
      position: 84.02,
      skip: 13.889,
      quad: 473.34,
      single: 212.81,
      quadRow: 26.318,
      singleRow: 22.779,
      quadTap: 37.678,
      singleTap: 16.756,
      channel: 69.582
    },
    conv_transpose2d_s8: {
      row: 75.215,
      position: 146.41,
      meeting: 24.989,
      quad: 425.32,
      single: 156.46,
      tap: 49.701,
      step: 23.029
    },
    fully_connected_s8: {
      call: 301.39,
      dot: 58.781,
      quad: 484.5,
      single: 219.68,
      tap: 0.12027,
      step: 22.981
    },
    add_s8: {
      call: 94.311,
      element: 219.76
    },
    mul_s8: {
      call: 91.79,
      position: 28.112,
      element: 57.927,
      clamped: 10.025
    },
    avg_pool2d_s8: {
      row: 96.957,
      position: 95.816,
      skip: 10.527,
      output: 84.646,
      windowRow: 8.0969,
      tap: 6.7668
    },
    max_pool2d_s8: {
      call: 93.775,
      row: 89.22,
      position: 89.665,
      skip: 12.137,
      output: 25.726,
      windowRow: 9.0976,
      tap: 8.0201
    },
    softmax_s8: {
      element: 912.36
    },
    lut_s8: {
      call: 23,
      element: 9
    },
    copy_s8: {
      call: 106.01,
      plane: 4.3984,
      line: 47.261,
      byte: 1.5492,
      stridedLine: 20.603,
      element: 11.065
    },
    fill_s8: {
      call: 47.47,
      wide: 8.7241,
      word: 20.047
    },
    quantize_s8: {
      call: 29.932,
      element: 665.18
    },
    dequantize_s8: {
      call: 31.636,
      element: 171.67
    },
    patch_statistics_s8: {
      call: 83.79,
      patch: 421.92,
      row: 25.189,
      element: 25.003
    },
    gate_patches_s8: {
      call: 67.511,
      patch: 25.529
    },
    copy_tiles_s8: {
      call: 166.57,
      row: 50.247,
      byte: 0.77843
    },
    list_tiles_s32: {
      call: 947.64,
      patch: 42.165,
      row: 26.169
    },
    dilate_tiles_s32: {
      call: 1017.9,
      row: 15.967,
      word: 20.119
    },
    unite_tiles_s32: {
      call: 1074.3,
      row: 15.449,
      word: 29.683
    },
    mean_pool2d_s8: {
      call: 100.4,
      row: 91.645,
      position: 117.97,
      skip: 8.4979,
      quad: 89.921,
      quadRow: 9.0132,
      quadTap: 7.0013
    },
    lstm_s8: {
      call: 139.13,
      position: 103.34,
      unit: 1251.1,
      step: 6.984
    },
    gru_s8: {
      call: 149.59,
      position: 122.39,
      unit: 953.86,
      apart: 163.59,
      step: 6.9799
    },
    rnn_s8: {
      call: 90.901,
      position: 104.56,
      unit: 351.84,
      step: 7.0417
    },
    gather_s8: {
      call: 73.724,
      row: 38.998,
      byte: 2.221
    },
    resize2d_s8: {
      call: 248.85,
      row: 51.15,
      position: 102.73,
      tap: 33.066,
      sum: 19.466,
      product: 6.9599,
      byte: 1.6935
    },
    binary_s8: {
      call: 192.22,
      line: 39.076,
      element: 94.772
    },
    select_s8: {
      call: 167.64,
      line: 33.433,
      element: 13.039
    },
    reduce_sum_s8: {
      call: 90.475,
      output: 89.986,
      element: 10.104,
      root: 940.31
    },
    cumsum_s8: {
      call: 111.96,
      run: 18.481,
      element: 88.85
    },
    top_k_s8: {
      call: 132.22,
      place: 48.941,
      element: 42.786
    },
    one_hot_s8: {
      call: 32.004,
      row: 70.827,
      place: 7.3374,
      byte: 0.77415
    },
    batch_matmul_s8: {
      call: 325.26,
      batch: 170.75,
      dot: 159.3,
      quad: 490.09,
      single: 219.56,
      step: 22.828,
      laid: 7.4754,
      summed: 6.8818
    },
    attention_s8: {
      call: 496.15,
      head: 410.91,
      dot: 109.66,
      quad: 426.54,
      single: 162.13,
      tap: 60.253,
      step: 22.812,
      row: 690.01,
      score: 140.18,
      laid: 7.6747,
      summed: 7.2199,
      looked: 10.161
    },
    linear_attention_s8: {
      call: 391.36,
      pair: 365.42,
      row: 99.706,
      channel: 21.883,
      added: 10.984,
      addedTurn: 6.8436,
      asked: 169.01,
      askedTurn: 54.765
    },
    normalize_s8: {
      call: 125.2,
      group: 1074.5,
      run: 77.139,
      element: 241.23,
      apart: 211.56
    },
    conv2d_s4: {
      call: 178.3,
      row: 113.39,
      position: 92.025,
      skip: 33.321,
      dot: 33.753,
      quad: 444.33,
      single: 178.46,
      tap: 40.278,
      step: 23.057,
      block: 394.59,
      unpackedRow: 13.615,
      unpackedGroup: 58.25,
      unpackedRun: 68.703
    },
    fully_connected_s4: {
      dot: 64.349,
      quad: 484.25,
      single: 218.39,
      step: 23.003,
      call: 69.614,
      block: 334.76,
      unpackedRow: 5.0714,
      unpackedGroup: 59.117,
      unpackedRun: 68.998
    },
    masked_softmax_s8: {
      call: 68.737,
      row: 770.74,
      element: 577.16
    },
    softmax_s16: {
      call: 74.402,
      row: 625.93,
      element: 279.38
    },
    masked_softmax_s16: {
      call: 120.85,
      row: 639.96,
      element: 297.94
    },
    batch_matmul_s16: {
      call: 120.77,
      batch: 96.504,
      column: 47.901,
      output: 108.91,
      laid: 7.4955,
      apart: 18.995,
      step: 13.943
    },
    normalize_s16: {
      call: 114.15,
      group: 1004.5,
      row: 50.981,
      element: 267.47
    },
    sqrt_s16: {
      element: 118.49
    },
    shift_s8: {
      call: 33.979,
      four: 80.024,
      byte: 4.9043,
      bytes: 0.17134,
      aligned: 11.693,
      eight: 6.0142,
      word: 3.8202,
      eights: 5.8794
    },
    fully_connected_words_s8: {
      call: 58.319,
      block: 127.98,
      output: 52.028,
      scaled: 48.356,
      step: 35.946
    },
    conv2d_words_s8: {
      turn: 247.56,
      row: 55.316,
      window: 76.693,
      windowRow: 39.091,
      paddedRow: 129.14,
      single: 68.005,
      blockOfFour: 690.67,
      blockOfThree: 590.52,
      fourOfFour: 116.3,
      inputOfFour: 29.186,
      inputOfThree: 34.269,
      stepOfFour: 21.789,
      stepOfThree: 21.191,
      eight: 4.4039
    },
    depthwise_conv2d_planes_s8: {
      call: 323.71,
      cleared: 0.51068,
      clearedRow: 221.11,
      laidBand: 177.31,
      laidRow: 17.402,
      kept: 19.167,
      keptBand: 68.732,
      channel: 210.48,
      laidPixel: 18.752,
      row: 32.966,
      four: 434.19,
      one: 209.71,
      clamped: 11.006,
      fourOfTwo: 435.13
    },
    pool_sums_s8: {
      call: 64.887,
      channel: 13.132,
      element: 7.0041
    },
    average_sums_s8: {
      call: 43.206,
      channel: 74.635
    },
    requantize_sums_s8: {
      call: 54.2,
      channel: 81.131
    },
    weighted_sum_s8: {
      call: 47.079,
      four: 52.519,
      rest: 13.164,
      clamped: 10.082
    },
    move_s8: {
      call: 21,
      four: 64,
      byte: 4
    },
    depthwise_conv2d_large_planes_s8: {
      band: 539.21,
      cleared: 0.21888,
      clearedRow: 135.34,
      laidBand: 138.93,
      laidRow: 18.989,
      kept: 11.072,
      keptBand: 141.52,
      channel: 97.294,
      laidPixel: 17.807,
      word: 8.4048,
      output: 47.505,
      largeRow: 17.949,
      turn: 428.67,
      seven: 51.727,
      clamped: 11.996,
      sevenOfTwo: 52.344,
      fiveOfTwo: 11.912,
      five: 9.5722
    }
  },
  'cmsis-nn/cortex-m4': {
    conv2d_s8: {
      pointwiseCall: 230.29,
      'p:product': 108.52,
      'p:channels': 66.904,
      'p:weight': 6.4395,
      'p:block': 160.6,
      'p:blockByte': 12.072,
      'p:half': 107.49,
      'p:halfByte': 8.1868,
      'p:output': 48.7,
      'p:outputByte': 5.9844,
      'p:blockWide': 94.238,
      'p:blockWord': 29.131,
      'p:halfWide': 49.357,
      'p:halfWord': 25.407,
      call: 523.59,
      tap: 37.219,
      padTap: 41.879,
      byte: 2.5555,
      padByte: 2.1767,
      wideByte: 4.1728,
      wideRest: 9.8478,
      product: 252.58,
      block: 183.42,
      blockByte: 11.44,
      half: 96.238,
      halfByte: 1.5049,
      blockWord: 25.97,
      halfWord: 10.515
    },
    depthwise_conv2d_s8: {
      threeCall: 203.48,
      threeRow: 36.185,
      threePosition: 68.068,
      threeQuad: 157.54,
      threeSingle: 50.054,
      threeQuadRow: 13.325,
      threeSingleRow: 13.214,
      threeQuadTap: 10.861,
      threeSingleTap: 3.9678,
      'four:call': 185.57,
      'four:position': 74.752,
      'four:output': 54.202,
      'four:windowRow': 4.5168,
      'four:tap': 3.6961,
      'one:call': 274.76,
      'one:position': 88.911,
      'one:output': 84.262,
      'one:windowRow': 35.573,
      'one:tap': 10.307,
      optCall: 356.52,
      optPosition: 127.62,
      optTap: 33.464,
      optWord: 29.765,
      optRest: 0.50959,
      optPadByte: 5.898,
      optQuad: 174.16,
      optQuadPair: 0.027854,
      optQuadLast: 5.4702,
      optSingle: 35.181,
      optSingleTap: 14.115
    },
    fully_connected_s8: {
      call: 93.456,
      row: 101.84,
      block: 100.29,
      single: 52.815,
      blockStep: 15.296,
      singleStep: 5.9894,
      blockRest: 6.7953,
      channel: 8.91
    },
    add_s8: {
      call: 101.23,
      four: 328.65,
      rest: 109.1
    },
    mul_s8: {
      call: 106.25,
      four: 144.84,
      rest: 35.882
    },
    avg_pool2d_s8: {
      call: 119.68,
      row: 45.365,
      position: 79.349,
      output: 10.429,
      window: 13.056,
      windowRow: 1.7864,
      tap: 5.7405
    },
    max_pool2d_s8: {
      call: 158.31,
      row: 60.622,
      position: 67.769,
      output: 2.086,
      window: 16.992,
      windowRow: 1.4795,
      tap: 7.2972
    },
    softmax_s8: {
      row: 456.99,
      element: 373.69
    }
  },
  'cmsis-nn/cortex-m55': {
    conv2d_s8: {
      pointwiseCall: 455.18,
      'p:product': 35.938,
      'p:four': 61.808,
      'p:fourStep': 9.7312,
      'p:one': 80.608,
      'p:oneOutput': 23.535,
      'p:oneStep': 5.3556,
      call: 538.74,
      position: 90.907,
      tap: 19.686,
      padTap: 17.837,
      byte: 3.3607,
      product: 3.3576,
      four: 57.662,
      fourStep: 10.936,
      one: 71.76,
      oneOutput: 21.645,
      oneStep: 4.895
    },
    depthwise_conv2d_s8: {
      optCall: 362.78,
      optPosition: 91.181,
      optTap: 16.363,
      optPadTap: 16.472,
      optByte: 3.0155,
      optPadByte: 1.8443,
      optFour: 106.5,
      optFourTap: 16.053,
      optOne: 46.133,
      optOneTap: 6.9939,
      'four:call': 195.36,
      'four:position': 68.519,
      'four:output': 26.442,
      'four:windowRow': 4.9928,
      'four:tap': 3.2079,
      'one:call': 268.3,
      'one:position': 97.407,
      'one:output': 89.306,
      'one:windowRow': 38.861,
      'one:tap': 8.3395
    },
    fully_connected_s8: {
      call: 146.36,
      row: 151.03,
      block: 42.228,
      single: 30.41,
      blockStep: 31.763,
      singleStep: 16.167,
      sum: 18.097,
      sumStep: 6.198,
      channel: 3.1012
    },
    add_s8: {
      call: 166.67,
      four: 53.202,
      rest: 6.8231
    },
    mul_s8: {
      call: 106.53,
      four: 26.347,
      rest: 4.7486
    },
    avg_pool2d_s8: {
      call: 161,
      row: 40,
      position: 33,
      output: 178,
      window: 6.3957e-7,
      windowRow: 17,
      tap: 21
    },
    max_pool2d_s8: {
      call: 192.71,
      row: 35.187,
      position: 30.61,
      window: 17.304,
      windowRow: 2.8022,
      tap: 16.249
    },
    softmax_s8: {
      row: 483.32,
      element: 404.46
    }
  },
  'cmsis-nn/cortex-m7': {
    conv2d_s8: {
      pointwiseCall: 240.79,
      'p:product': 104.87,
      'p:channels': 66.24,
      'p:weight': 6.4335,
      'p:block': 161.14,
      'p:blockByte': 11.924,
      'p:half': 105.54,
      'p:halfByte': 8.372,
      'p:output': 48.39,
      'p:outputByte': 5.9934,
      'p:blockWide': 91.366,
      'p:blockWord': 29.965,
      'p:halfWide': 49.617,
      'p:halfWord': 25.293,
      call: 631.07,
      tap: 39.98,
      padTap: 40.345,
      byte: 2.5545,
      padByte: 2.2119,
      wideByte: 4.2861,
      wideRest: 9.2255,
      product: 286.73,
      block: 183.89,
      blockByte: 12.402,
      half: 91.656,
      blockWord: 25.962,
      halfWord: 10.509
    },
    depthwise_conv2d_s8: {
      threeCall: 204.47,
      threeRow: 36.185,
      threePosition: 68.069,
      threeQuad: 157.54,
      threeSingle: 50.054,
      threeQuadRow: 13.325,
      threeSingleRow: 13.215,
      threeQuadTap: 10.861,
      threeSingleTap: 3.9674,
      'four:call': 178.52,
      'four:position': 74.761,
      'four:output': 52.724,
      'four:windowRow': 4.5016,
      'four:tap': 3.6987,
      'one:call': 256.78,
      'one:position': 97.835,
      'one:output': 91.61,
      'one:windowRow': 34.96,
      'one:tap': 10.272,
      optCall: 353.29,
      optPosition: 129.02,
      optTap: 33.42,
      optWord: 28.755,
      optRest: 0.033422,
      optPadByte: 5.6451,
      optQuad: 170.32,
      optQuadPair: 0.037396,
      optQuadLast: 6.5162,
      optSingle: 37.71,
      optSingleTap: 14.531
    },
    fully_connected_s8: {
      call: 95.701,
      row: 103.54,
      block: 100.52,
      single: 52.136,
      blockStep: 15.291,
      singleStep: 5.9755,
      blockRest: 6.8359,
      channel: 8.77
    },
    add_s8: {
      call: 98.575,
      four: 329.4,
      rest: 108.92
    },
    mul_s8: {
      call: 105.98,
      four: 144.77,
      rest: 35.81
    },
    avg_pool2d_s8: {
      call: 118.67,
      row: 44.391,
      position: 77.325,
      output: 10.423,
      window: 13.057,
      windowRow: 1.7918,
      tap: 5.7396
    },
    max_pool2d_s8: {
      call: 156.8,
      row: 64.677,
      position: 67.803,
      output: 2.0991,
      window: 16.986,
      windowRow: 1.4664,
      tap: 7.2997
    },
    softmax_s8: {
      row: 479.67,
      element: 379.65
    }
  },
  'cmsis-nn/cortex-m33': {
    conv2d_s8: {
      pointwiseCall: 234.08,
      'p:product': 106.28,
      'p:channels': 67.108,
      'p:weight': 6.4162,
      'p:block': 159.38,
      'p:blockByte': 12.136,
      'p:half': 104.66,
      'p:halfByte': 8.166,
      'p:output': 49.861,
      'p:outputByte': 5.9828,
      'p:blockWide': 93.701,
      'p:blockWord': 29.195,
      'p:halfWide': 50.299,
      'p:halfWord': 25.332,
      call: 530.2,
      tap: 36.305,
      padTap: 42.178,
      byte: 2.6615,
      padByte: 2.1593,
      wideByte: 4.2084,
      wideRest: 9.8794,
      product: 260.76,
      block: 183.36,
      blockByte: 11.468,
      half: 95.003,
      halfByte: 1.3084,
      blockWord: 25.959,
      halfWord: 10.509
    },
    depthwise_conv2d_s8: {
      threeCall: 200.46,
      threeRow: 36.163,
      threePosition: 68.048,
      threeQuad: 157.55,
      threeSingle: 51.039,
      threeQuadRow: 13.325,
      threeSingleRow: 13.226,
      threeQuadTap: 10.86,
      threeSingleTap: 3.969,
      'four:call': 189.35,
      'four:position': 70.269,
      'four:output': 53.448,
      'four:windowRow': 4.2663,
      'four:tap': 3.6971,
      'one:call': 259.41,
      'one:position': 86.502,
      'one:output': 83.12,
      'one:windowRow': 38.732,
      'one:tap': 10.28,
      optCall: 350.94,
      optPosition: 124.69,
      optTap: 30.464,
      optWord: 29.737,
      optRest: 0.503,
      optPadByte: 5.9128,
      optQuad: 174.4,
      optQuadPair: 0.020215,
      optQuadLast: 5.3574,
      optSingle: 35.52,
      optSingleTap: 14.052
    },
    fully_connected_s8: {
      call: 99.401,
      row: 99.312,
      block: 100.08,
      single: 51.696,
      blockStep: 15.394,
      singleStep: 5.9916,
      blockRest: 8.2401,
      channel: 8.6677
    },
    add_s8: {
      call: 104.1,
      four: 337.2,
      rest: 108.19
    },
    mul_s8: {
      call: 104.86,
      four: 135.48,
      rest: 37.146
    },
    avg_pool2d_s8: {
      call: 122.66,
      row: 41.412,
      position: 79.325,
      output: 10.43,
      window: 13.057,
      windowRow: 1.7863,
      tap: 5.7405
    },
    max_pool2d_s8: {
      call: 162.5,
      row: 62.382,
      position: 68.293,
      output: 2.2023,
      window: 17.018,
      windowRow: 1.4502,
      tap: 7.3042
    },
    softmax_s8: {
      row: 456.93,
      element: 373.82
    }
  },
  'cmsis-nn/cortex-m3': {
    conv2d_s8: {
      pointwiseCall: 184.39,
      'p:product': 95.652,
      'p:channels': 59.888,
      'p:weight': 6.0437,
      'p:block': 146.13,
      'p:blockByte': 10.025,
      'p:half': 87.313,
      'p:halfByte': 6.915,
      'p:output': 53.452,
      'p:outputByte': 5.8875,
      call: 481.54,
      tap: 36.502,
      padTap: 43.367,
      byte: 5.2404,
      padByte: 4.3378,
      wideByte: 1.4565,
      product: 237.31,
      block: 164.53,
      blockByte: 9.9685,
      half: 85.769,
      halfByte: 4.9295
    },
    depthwise_conv2d_s8: {
      threeCall: 204.89,
      threeRow: 40.319,
      threePosition: 62.179,
      threeQuad: 154.74,
      threeSingle: 50.675,
      threeQuadRow: 14.466,
      threeSingleRow: 12.03,
      threeQuadTap: 17.751,
      threeSingleTap: 3.8974,
      'four:call': 189.37,
      'four:position': 70.265,
      'four:output': 52.698,
      'four:windowRow': 4.266,
      'four:tap': 3.6972,
      'one:call': 273.11,
      'one:position': 74.516,
      'one:output': 90.124,
      'one:windowRow': 34.278,
      'one:tap': 11.125
    },
    fully_connected_s8: {
      call: 32.14,
      row: 150.81,
      block: 113.39,
      single: 37.654,
      blockStep: 10.023,
      singleStep: 5.9619,
      channel: 7.6314
    },
    add_s8: {
      call: 117,
      four: 336,
      rest: 84
    },
    mul_s8: {
      call: 75,
      four: 144,
      rest: 36
    },
    avg_pool2d_s8: {
      call: 44.083,
      row: 13.246,
      position: 19.918,
      output: 22.531,
      window: 2.7168,
      windowRow: 7.571,
      tap: 15.356
    },
    max_pool2d_s8: {
      call: 164.45,
      row: 62.394,
      position: 67.288,
      output: 2.1984,
      window: 17.016,
      windowRow: 1.4539,
      tap: 7.3037
    },
    softmax_s8: {
      row: 453.4,
      element: 371.73
    }
  },
  'cmsis-nn/cortex-m0plus': {
    conv2d_s8: {
      pointwiseCall: 259.71,
      'p:product': 124.13,
      'p:channels': 87.098,
      'p:weight': 8.0837,
      'p:block': 389.95,
      'p:blockByte': 24.046,
      'p:half': 193.14,
      'p:halfByte': 12.906,
      'p:output': 121.5,
      'p:outputByte': 7.8105,
      call: 831.12,
      tap: 37.452,
      padTap: 42.954,
      byte: 9.252,
      padByte: 9.8959,
      wideByte: 2.6924,
      product: 311.5,
      block: 405.46,
      blockByte: 23.961,
      half: 171.52,
      halfByte: 12.914
    },
    depthwise_conv2d_s8: {
      threeCall: 260.88,
      threeRow: 47.138,
      threePosition: 81.112,
      threeQuad: 416.62,
      threeSingle: 104.55,
      threeQuadRow: 21.221,
      threeSingleRow: 14.801,
      threeQuadTap: 106.88,
      threeSingleTap: 6.4655,
      'four:call': 285.61,
      'four:position': 81.257,
      'four:output': 119.37,
      'four:windowRow': 7.535,
      'four:tap': 5.9926,
      'one:call': 383.13,
      'one:position': 87.275,
      'one:output': 189.53,
      'one:windowRow': 62.703,
      'one:tap': 22.539
    },
    fully_connected_s8: {
      call: 96.546,
      row: 181.61,
      block: 310.17,
      single: 105.73,
      blockStep: 17.122,
      singleStep: 7.7887,
      channel: 5.7861
    },
    add_s8: {
      call: 156.43,
      four: 955.98,
      rest: 241.01
    },
    mul_s8: {
      call: 115.29,
      four: 383.63,
      rest: 96.755
    },
    avg_pool2d_s8: {
      row: 25.346,
      position: 40.03,
      output: 91.107,
      window: 3.7322,
      windowRow: 14.433,
      tap: 19.407
    },
    max_pool2d_s8: {
      call: 367.29,
      row: 236.97,
      windowRow: 17.964,
      tap: 33.133
    },
    softmax_s8: {
      row: 1643.5,
      element: 1284.6
    }
  }
};
