/** The table of kernels. A kernel is one file here and one file in each folder of native/kernels/. */

import type { CoreFeatures, KernelLibrary } from '../implementation.ts';
import { OVERLAPS, type Overlap, type OverlapName } from '../overlaps.ts';
import { evaluate, type Kernel, type KernelSignature } from '../signature.ts';
import { type AccumulateF32, accumulateF32 } from './accumulate-f32.ts';
import {
  type ActivationGradientF32,
  type ActivationGradientS8,
  activationGradientF32,
  activationGradientS8,
} from './activation-gradient.ts';
import { type AddBiasF32, addBiasF32 } from './add-bias-f32.ts';
import { type AddCodesF32, addCodesF32 } from './add-codes-f32.ts';
import { type AddF32, addF32 } from './add-f32.ts';
import { type AddS8, addS8 } from './add-s8.ts';
import { type AddS16, addS16 } from './add-s16.ts';
import { type AttentionS8, attentionS8 } from './attention-s8.ts';
import { type AverageSumsS8, averageSumsS8 } from './average-sums-s8.ts';
import { type AvgPool2dDecodeS8, avgPool2dDecodeS8 } from './avg-pool2d-decode-s8.ts';
import { type AvgPool2dF32, avgPool2dF32 } from './avg-pool2d-f32.ts';
import { type AvgPool2dS8, avgPool2dS8 } from './avg-pool2d-s8.ts';
import { type BatchMatmulF32, batchMatmulF32 } from './batch-matmul-f32.ts';
import { type BatchMatmulS8, batchMatmulS8 } from './batch-matmul-s8.ts';
import { type BatchMatmulS16, batchMatmulS16 } from './batch-matmul-s16.ts';
import { type BatchMatmulSumsS8, batchMatmulSumsS8 } from './batch-matmul-sums-s8.ts';
import {
  type BatchNormF32,
  type BatchNormGradientF32,
  type BatchNormGradientS8,
  batchNormF32,
  batchNormGradientF32,
  batchNormGradientS8,
} from './batch-norm.ts';
import { type BinaryF32, binaryF32, type PowerF32, powerF32 } from './binary-f32.ts';
import { type BinaryS8, binaryS8 } from './binary-s8.ts';
import { type ClampF32, clampF32 } from './clamp-f32.ts';
import { type ClipRangeF32, clipRangeF32 } from './clip-range-f32.ts';
import { type CompareF32, compareF32 } from './compare-f32.ts';
import {
  type CompensationF32,
  type CompensationGradientF32,
  compensationF32,
  compensationGradientF32,
  type SumRowsF32,
  sumRowsF32,
  type TiedCompensationF32,
  tiedCompensationF32,
} from './compensation.ts';
import { type ConvTranspose2dF32, convTranspose2dF32 } from './conv-transpose2d-f32.ts';
import { type ConvTranspose2dPairsS8, convTranspose2dPairsS8 } from './conv-transpose2d-pairs-s8.ts';
import { type ConvTranspose2dS8, convTranspose2dS8 } from './conv-transpose2d-s8.ts';
import { type ConvTranspose2dS16, convTranspose2dS16 } from './conv-transpose2d-s16.ts';
import { type ConvTranspose2dVectorsS8, convTranspose2dVectorsS8 } from './conv-transpose2d-vectors-s8.ts';
import { type Conv2dAccumulateS8, conv2dAccumulateS8 } from './conv2d-accumulate-s8.ts';
import { type Conv2dEncodeS8, conv2dEncodeS8 } from './conv2d-encode-s8.ts';
import { type Conv2dF32, conv2dF32 } from './conv2d-f32.ts';
import { type Conv2dGroupsPairsS8, conv2dGroupsPairsS8 } from './conv2d-groups-pairs-s8.ts';
import { type Conv2dGroupsVectorsS8, conv2dGroupsVectorsS8 } from './conv2d-groups-vectors-s8.ts';
import { type Conv2dPairsS8, conv2dPairsS8 } from './conv2d-pairs-s8.ts';
import { type Conv2dS4, conv2dS4 } from './conv2d-s4.ts';
import { type Conv2dS8, conv2dS8 } from './conv2d-s8.ts';
import { type Conv2dS16, conv2dS16 } from './conv2d-s16.ts';
import {
  type Conv2dInputGradientF32,
  type Conv2dInputGradientS8,
  type Conv2dSumsF32,
  type Conv2dSumsS8,
  type Conv2dWeightGradientF32,
  type Conv2dWeightGradientS8,
  conv2dInputGradientF32,
  conv2dInputGradientS8,
  conv2dSumsF32,
  conv2dSumsS8,
  conv2dWeightGradientF32,
  conv2dWeightGradientS8,
} from './conv2d-sums.ts';
import { type Conv2dUpdateS8, conv2dUpdateS8 } from './conv2d-update-s8.ts';
import { type Conv2dVectorsS8, conv2dVectorsS8 } from './conv2d-vectors-s8.ts';
import { type Conv2dWordsS8, conv2dWordsS8 } from './conv2d-words-s8.ts';
import { type CopyF32, copyF32 } from './copy-f32.ts';
import { type CopyS8, copyS8 } from './copy-s8.ts';
import { type CopyS16, copyS16 } from './copy-s16.ts';
import { type CumsumS8, cumsumS8 } from './cumsum-s8.ts';
import { type DecodeS8, decodeS8 } from './decode-s8.ts';
import { type DecodeWeightsS8, decodeWeightsS8 } from './decode-weights-s8.ts';
import { type DepthwiseConv2dColumnsS8, depthwiseConv2dColumnsS8 } from './depthwise-conv2d-columns-s8.ts';
import { type DepthwiseConv2dF32, depthwiseConv2dF32 } from './depthwise-conv2d-f32.ts';
import {
  type DepthwiseConv2dLargePlanesS8,
  type DepthwiseConv2dPlanesS8,
  depthwiseConv2dLargePlanesS8,
  depthwiseConv2dPlanesS8,
} from './depthwise-conv2d-planes-s8.ts';
import { type DepthwiseConv2dRowsS8, depthwiseConv2dRowsS8 } from './depthwise-conv2d-rows-s8.ts';
import { type DepthwiseConv2dS8, depthwiseConv2dS8 } from './depthwise-conv2d-s8.ts';
import { type DepthwiseConv2dS16, depthwiseConv2dS16 } from './depthwise-conv2d-s16.ts';
import { type DequantizeS8, dequantizeS8 } from './dequantize-s8.ts';
import { type DequantizeS16, dequantizeS16 } from './dequantize-s16.ts';
import { type EncodeS8, encodeS8 } from './encode-s8.ts';
import { type EncodeWeightsS8, encodeWeightsS8 } from './encode-weights-s8.ts';
import { type ExtentF32, extentF32 } from './extent-f32.ts';
import { type FillS8, fillS8 } from './fill-s8.ts';
import { type FullyConnectedF32, fullyConnectedF32 } from './fully-connected-f32.ts';
import { type FullyConnectedPairsS8, fullyConnectedPairsS8 } from './fully-connected-pairs-s8.ts';
import { type FullyConnectedS4, fullyConnectedS4 } from './fully-connected-s4.ts';
import { type FullyConnectedS8, fullyConnectedS8 } from './fully-connected-s8.ts';
import { type FullyConnectedS16, fullyConnectedS16 } from './fully-connected-s16.ts';
import { type FullyConnectedVectorsS8, fullyConnectedVectorsS8 } from './fully-connected-vectors-s8.ts';
import { type FullyConnectedWordsS8, fullyConnectedWordsS8 } from './fully-connected-words-s8.ts';
import { type GatePatchesS8, gatePatchesS8 } from './gate-patches-s8.ts';
import { type GatherF32, gatherF32 } from './gather-f32.ts';
import { type GatherS8, gatherS8 } from './gather-s8.ts';
import {
  type AvgPool2dGradientEncodeF32,
  type AvgPool2dGradientExtentF32,
  avgPool2dGradientEncodeF32,
  avgPool2dGradientExtentF32,
  type Conv2dInputGradientAddS8,
  type Conv2dInputGradientEncodeS8,
  type Conv2dInputGradientExtentS8,
  conv2dInputGradientAddS8,
  conv2dInputGradientEncodeS8,
  conv2dInputGradientExtentS8,
} from './gradient-passes.ts';
import { type GruS8, gruS8 } from './gru-s8.ts';
import { type GruS16, gruS16 } from './gru-s16.ts';
import { type InsideBitsS8, insideBitsS8, type MaskedGradientF32, maskedGradientF32 } from './inside-bits.ts';
import { type LinearAttentionS8, linearAttentionS8 } from './linear-attention-s8.ts';
import { type LogSoftmaxS8, logSoftmaxS8 } from './log-softmax-s8.ts';
import {
  type SoftmaxCrossEntropyF32,
  type SquaredErrorF32,
  softmaxCrossEntropyF32,
  squaredErrorF32,
} from './losses.ts';
import { type LrnF32, lrnF32 } from './lrn-f32.ts';
import { type LrnS8, lrnS8 } from './lrn-s8.ts';
import { type LstmS8, lstmS8 } from './lstm-s8.ts';
import { type LstmS16, lstmS16 } from './lstm-s16.ts';
import { type LutS8, lutS8 } from './lut-s8.ts';
import { type LutS16, lutS16 } from './lut-s16.ts';
import { type MaxPool2dF32, maxPool2dF32 } from './max-pool2d-f32.ts';
import { type MaxPool2dS8, maxPool2dS8 } from './max-pool2d-s8.ts';
import { type MaxPool2dS16, maxPool2dS16 } from './max-pool2d-s16.ts';
import { type MeanPool2dS8, meanPool2dS8 } from './mean-pool2d-s8.ts';
import { type MoveS8, moveS8 } from './move-s8.ts';
import { type MulF32, mulF32 } from './mul-f32.ts';
import { type MulS8, mulS8 } from './mul-s8.ts';
import { type MulS16, mulS16 } from './mul-s16.ts';
import { type NormalizeF32, normalizeF32 } from './normalize-f32.ts';
import { type NormalizeGradientF32, normalizeGradientF32 } from './normalize-gradient-f32.ts';
import { type NormalizeS8, normalizeS8 } from './normalize-s8.ts';
import { type NormalizeS16, normalizeS16 } from './normalize-s16.ts';
import {
  type AddTilesS8,
  type AvgPool2dTilesS8,
  addTilesS8,
  avgPool2dTilesS8,
  type Conv2dTilesS8,
  type CopyTilesS8,
  conv2dTilesS8,
  copyTilesS8,
  type DepthwiseConv2dTilesS8,
  depthwiseConv2dTilesS8,
  type LutTilesS8,
  lutTilesS8,
  type MaxPool2dTilesS8,
  type MeanPool2dTilesS8,
  type MulTilesS8,
  maxPool2dTilesS8,
  meanPool2dTilesS8,
  mulTilesS8,
} from './on-tiles.ts';
import { type OneHotF32, oneHotF32 } from './one-hot-f32.ts';
import { type OneHotS8, oneHotS8 } from './one-hot-s8.ts';
import {
  type AdamF32,
  adamF32,
  type MomentumF32,
  momentumF32,
  type SgdF32,
  type SgdS8,
  sgdF32,
  sgdS8,
} from './optimisers.ts';
import {
  type PatchContrastF32,
  type PatchMaskF32,
  type PatchMaskGradientF32,
  type PatchMixF32,
  type PatchMixGradientF32,
  type PatchStatisticsF32,
  patchContrastF32,
  patchMaskF32,
  patchMaskGradientF32,
  patchMixF32,
  patchMixGradientF32,
  patchStatisticsF32,
} from './patch-gate.ts';
import { type PatchStatisticsS8, patchStatisticsS8 } from './patch-statistics-s8.ts';
import {
  type AvgPool2dGradientF32,
  avgPool2dGradientF32,
  type MaxPool2dGradientF32,
  type MaxPool2dGradientS8,
  maxPool2dGradientF32,
  maxPool2dGradientS8,
} from './pool-gradients.ts';
import { type PoolSumsS8, poolSumsS8 } from './pool-sums-s8.ts';
import { type QuantizeS8, quantizeS8 } from './quantize-s8.ts';
import { type QuantizeS16, quantizeS16 } from './quantize-s16.ts';
import { type RecodeWeightsS8, recodeWeightsS8 } from './recode-weights-s8.ts';
import {
  type RecurrentCellF32,
  type RecurrentCellGradientF32,
  recurrentCellF32,
  recurrentCellGradientF32,
} from './recurrent-cell-f32.ts';
import { type RecurrentF32, recurrentF32 } from './recurrent-f32.ts';
import { type ReduceF32, reduceF32 } from './reduce-f32.ts';
import { type ReduceSumS8, reduceSumS8 } from './reduce-sum-s8.ts';
import {
  type RequantizeS8S16,
  type RequantizeS16,
  type RequantizeS16S8,
  requantizeS8S16,
  requantizeS16,
  requantizeS16S8,
} from './requantize-s16.ts';
import { type RequantizeSumsS8, requantizeSumsS8 } from './requantize-sums-s8.ts';
import { type RescaleS32, rescaleS32 } from './rescale-s32.ts';
import { type Resize2dF32, resize2dF32 } from './resize2d-f32.ts';
import { type Resize2dS8, resize2dS8 } from './resize2d-s8.ts';
import { type Resize2dS16, resize2dS16 } from './resize2d-s16.ts';
import { type RnnS8, rnnS8 } from './rnn-s8.ts';
import { type SelectF32, selectF32 } from './select-f32.ts';
import { type SelectS8, selectS8 } from './select-s8.ts';
import { type ShiftS8, shiftS8 } from './shift-s8.ts';
import { type ShiftS16, shiftS16 } from './shift-s16.ts';
import { type SoftmaxF32, softmaxF32 } from './softmax-f32.ts';
import { type MaskedSoftmaxS8, maskedSoftmaxS8, type SoftmaxS8, softmaxS8 } from './softmax-s8.ts';
import { type MaskedSoftmaxS16, maskedSoftmaxS16, type SoftmaxS16, softmaxS16 } from './softmax-s16.ts';
import { type SqrtS16, sqrtS16 } from './sqrt-s16.ts';
import {
  type DecodeStripesS8,
  decodeStripesS8,
  type EncodeStripesS8,
  encodeStripesS8,
} from './stripes-s8.ts';
import {
  type DilateTilesS32,
  dilateTilesS32,
  type ListTilesS32,
  listTilesS32,
  type UniteTilesS32,
  uniteTilesS32,
} from './tile-lists.ts';
import { type TopKF32, topKF32 } from './top-k-f32.ts';
import { type TopKS8, topKS8 } from './top-k-s8.ts';
import { type TrackRangeF32, trackRangeF32 } from './track-range-f32.ts';
import { type TrigonometryF32, trigonometryF32 } from './trigonometry-f32.ts';
import { type UnaryF32, unaryF32 } from './unary-f32.ts';
import { type UnaryGradientF32, unaryGradientF32 } from './unary-gradient-f32.ts';
import { type WeightedSumS8, weightedSumS8 } from './weighted-sum-s8.ts';

export type Step =
  | Conv2dS8
  | DepthwiseConv2dS8
  | ConvTranspose2dS8
  | FullyConnectedS8
  | Conv2dS4
  | FullyConnectedS4
  | Conv2dPairsS8
  | Conv2dGroupsPairsS8
  | ConvTranspose2dPairsS8
  | FullyConnectedPairsS8
  | Conv2dVectorsS8
  | Conv2dGroupsVectorsS8
  | ConvTranspose2dVectorsS8
  | Conv2dWordsS8
  | FullyConnectedVectorsS8
  | FullyConnectedWordsS8
  | WeightedSumS8
  | DepthwiseConv2dPlanesS8
  | DepthwiseConv2dLargePlanesS8
  | DepthwiseConv2dColumnsS8
  | DepthwiseConv2dRowsS8
  | LstmS8
  | GruS8
  | RnnS8
  | LstmS16
  | GruS16
  | AddS16
  | Conv2dS16
  | ConvTranspose2dS16
  | CopyS16
  | DepthwiseConv2dS16
  | DequantizeS16
  | FullyConnectedS16
  | LutS16
  | MaxPool2dS16
  | MulS16
  | QuantizeS16
  | RequantizeS16
  | RequantizeS16S8
  | RequantizeS8S16
  | Resize2dS16
  | SoftmaxS16
  | MaskedSoftmaxS16
  | BatchMatmulS16
  | NormalizeS16
  | SqrtS16
  | AddS8
  | MulS8
  | AvgPool2dS8
  | PoolSumsS8
  | AverageSumsS8
  | RequantizeSumsS8
  | MaxPool2dS8
  | MeanPool2dS8
  | SoftmaxS8
  | MaskedSoftmaxS8
  | LogSoftmaxS8
  | BatchMatmulS8
  | AttentionS8
  | LinearAttentionS8
  | NormalizeS8
  | LrnS8
  | LutS8
  | CopyS8
  | FillS8
  | MoveS8
  | ShiftS8
  | ShiftS16
  | GatherS8
  | Resize2dS8
  | BinaryS8
  | SelectS8
  | ReduceSumS8
  | CumsumS8
  | TopKS8
  | OneHotS8
  | EncodeStripesS8
  | DecodeStripesS8
  | QuantizeS8
  | DequantizeS8
  | Conv2dF32
  | DepthwiseConv2dF32
  | ConvTranspose2dF32
  | FullyConnectedF32
  | AddF32
  | MulF32
  | AvgPool2dF32
  | MaxPool2dF32
  | ClampF32
  | CopyF32
  | RecurrentF32
  | BatchMatmulF32
  | LrnF32
  | NormalizeF32
  | SoftmaxF32
  | ReduceF32
  | TrigonometryF32
  | PowerF32
  | BinaryF32
  | CompareF32
  | SelectF32
  | GatherF32
  | TopKF32
  | OneHotF32
  | Resize2dF32
  | UnaryF32
  | Conv2dSumsS8
  | Conv2dInputGradientS8
  | Conv2dWeightGradientS8
  | Conv2dSumsF32
  | Conv2dInputGradientF32
  | Conv2dWeightGradientF32
  | RescaleS32
  | AddBiasF32
  | ExtentF32
  | TrackRangeF32
  | EncodeS8
  | DecodeS8
  | EncodeWeightsS8
  | DecodeWeightsS8
  | RecodeWeightsS8
  | AddCodesF32
  | ActivationGradientS8
  | ActivationGradientF32
  | ClipRangeF32
  | MaxPool2dGradientS8
  | MaxPool2dGradientF32
  | AvgPool2dGradientF32
  | BatchNormF32
  | BatchNormGradientS8
  | BatchNormGradientF32
  | BatchMatmulSumsS8
  | NormalizeGradientF32
  | UnaryGradientF32
  | RecurrentCellF32
  | RecurrentCellGradientF32
  | SoftmaxCrossEntropyF32
  | SquaredErrorF32
  | AccumulateF32
  | SgdF32
  | MomentumF32
  | AdamF32
  | SgdS8
  | Conv2dUpdateS8
  | Conv2dAccumulateS8
  | InsideBitsS8
  | MaskedGradientF32
  | Conv2dEncodeS8
  | Conv2dInputGradientExtentS8
  | Conv2dInputGradientEncodeS8
  | Conv2dInputGradientAddS8
  | AvgPool2dGradientExtentF32
  | AvgPool2dGradientEncodeF32
  | AvgPool2dDecodeS8
  | CompensationF32
  | CompensationGradientF32
  | TiedCompensationF32
  | SumRowsF32
  | PatchStatisticsS8
  | GatePatchesS8
  | ListTilesS32
  | DilateTilesS32
  | UniteTilesS32
  | CopyTilesS8
  | Conv2dTilesS8
  | DepthwiseConv2dTilesS8
  | AddTilesS8
  | MulTilesS8
  | LutTilesS8
  | MaxPool2dTilesS8
  | AvgPool2dTilesS8
  | MeanPool2dTilesS8
  | PatchStatisticsF32
  | PatchMaskF32
  | PatchMaskGradientF32
  | PatchMixF32
  | PatchMixGradientF32
  | PatchContrastF32;

export type KernelName = Step['kernel'];

const kernels: { readonly [K in KernelName]: Kernel<Extract<Step, { kernel: K }>> } = {
  conv2d_s8: conv2dS8,
  depthwise_conv2d_s8: depthwiseConv2dS8,
  conv_transpose2d_s8: convTranspose2dS8,
  fully_connected_s8: fullyConnectedS8,
  conv2d_pairs_s8: conv2dPairsS8,
  conv2d_groups_pairs_s8: conv2dGroupsPairsS8,
  conv_transpose2d_pairs_s8: convTranspose2dPairsS8,
  fully_connected_pairs_s8: fullyConnectedPairsS8,
  conv2d_vectors_s8: conv2dVectorsS8,
  conv2d_groups_vectors_s8: conv2dGroupsVectorsS8,
  conv_transpose2d_vectors_s8: convTranspose2dVectorsS8,
  conv2d_words_s8: conv2dWordsS8,
  fully_connected_vectors_s8: fullyConnectedVectorsS8,
  fully_connected_words_s8: fullyConnectedWordsS8,
  weighted_sum_s8: weightedSumS8,
  depthwise_conv2d_planes_s8: depthwiseConv2dPlanesS8,
  depthwise_conv2d_large_planes_s8: depthwiseConv2dLargePlanesS8,
  depthwise_conv2d_columns_s8: depthwiseConv2dColumnsS8,
  depthwise_conv2d_rows_s8: depthwiseConv2dRowsS8,
  add_s8: addS8,
  mul_s8: mulS8,
  avg_pool2d_s8: avgPool2dS8,
  pool_sums_s8: poolSumsS8,
  average_sums_s8: averageSumsS8,
  requantize_sums_s8: requantizeSumsS8,
  max_pool2d_s8: maxPool2dS8,
  mean_pool2d_s8: meanPool2dS8,
  softmax_s8: softmaxS8,
  masked_softmax_s8: maskedSoftmaxS8,
  log_softmax_s8: logSoftmaxS8,
  batch_matmul_s8: batchMatmulS8,
  attention_s8: attentionS8,
  linear_attention_s8: linearAttentionS8,
  normalize_s8: normalizeS8,
  lstm_s8: lstmS8,
  gru_s8: gruS8,
  rnn_s8: rnnS8,
  lstm_s16: lstmS16,
  gru_s16: gruS16,
  lrn_s8: lrnS8,
  lut_s8: lutS8,
  copy_s8: copyS8,
  fill_s8: fillS8,
  move_s8: moveS8,
  shift_s8: shiftS8,
  shift_s16: shiftS16,
  gather_s8: gatherS8,
  resize2d_s8: resize2dS8,
  binary_s8: binaryS8,
  select_s8: selectS8,
  reduce_sum_s8: reduceSumS8,
  cumsum_s8: cumsumS8,
  top_k_s8: topKS8,
  one_hot_s8: oneHotS8,
  encode_stripes_s8: encodeStripesS8,
  decode_stripes_s8: decodeStripesS8,
  quantize_s8: quantizeS8,
  dequantize_s8: dequantizeS8,
  conv2d_f32: conv2dF32,
  depthwise_conv2d_f32: depthwiseConv2dF32,
  conv_transpose2d_f32: convTranspose2dF32,
  fully_connected_f32: fullyConnectedF32,
  add_f32: addF32,
  mul_f32: mulF32,
  avg_pool2d_f32: avgPool2dF32,
  max_pool2d_f32: maxPool2dF32,
  clamp_f32: clampF32,
  copy_f32: copyF32,
  recurrent_f32: recurrentF32,
  batch_matmul_f32: batchMatmulF32,
  lrn_f32: lrnF32,
  normalize_f32: normalizeF32,
  softmax_f32: softmaxF32,
  reduce_f32: reduceF32,
  trigonometry_f32: trigonometryF32,
  power_f32: powerF32,
  binary_f32: binaryF32,
  compare_f32: compareF32,
  select_f32: selectF32,
  gather_f32: gatherF32,
  top_k_f32: topKF32,
  one_hot_f32: oneHotF32,
  resize2d_f32: resize2dF32,
  unary_f32: unaryF32,
  add_s16: addS16,
  conv2d_s16: conv2dS16,
  conv_transpose2d_s16: convTranspose2dS16,
  copy_s16: copyS16,
  depthwise_conv2d_s16: depthwiseConv2dS16,
  dequantize_s16: dequantizeS16,
  fully_connected_s16: fullyConnectedS16,
  lut_s16: lutS16,
  max_pool2d_s16: maxPool2dS16,
  mul_s16: mulS16,
  quantize_s16: quantizeS16,
  requantize_s16: requantizeS16,
  requantize_s16_s8: requantizeS16S8,
  requantize_s8_s16: requantizeS8S16,
  resize2d_s16: resize2dS16,
  softmax_s16: softmaxS16,
  masked_softmax_s16: maskedSoftmaxS16,
  batch_matmul_s16: batchMatmulS16,
  normalize_s16: normalizeS16,
  sqrt_s16: sqrtS16,
  conv2d_sums_s8: conv2dSumsS8,
  conv2d_input_gradient_s8: conv2dInputGradientS8,
  conv2d_weight_gradient_s8: conv2dWeightGradientS8,
  conv2d_sums_f32: conv2dSumsF32,
  conv2d_input_gradient_f32: conv2dInputGradientF32,
  conv2d_weight_gradient_f32: conv2dWeightGradientF32,
  rescale_s32: rescaleS32,
  add_bias_f32: addBiasF32,
  extent_f32: extentF32,
  track_range_f32: trackRangeF32,
  encode_s8: encodeS8,
  decode_s8: decodeS8,
  encode_weights_s8: encodeWeightsS8,
  decode_weights_s8: decodeWeightsS8,
  recode_weights_s8: recodeWeightsS8,
  add_codes_f32: addCodesF32,
  activation_gradient_s8: activationGradientS8,
  activation_gradient_f32: activationGradientF32,
  clip_range_f32: clipRangeF32,
  max_pool2d_gradient_s8: maxPool2dGradientS8,
  max_pool2d_gradient_f32: maxPool2dGradientF32,
  avg_pool2d_gradient_f32: avgPool2dGradientF32,
  batch_norm_f32: batchNormF32,
  batch_norm_gradient_s8: batchNormGradientS8,
  batch_norm_gradient_f32: batchNormGradientF32,
  batch_matmul_sums_s8: batchMatmulSumsS8,
  normalize_gradient_f32: normalizeGradientF32,
  unary_gradient_f32: unaryGradientF32,
  recurrent_cell_f32: recurrentCellF32,
  recurrent_cell_gradient_f32: recurrentCellGradientF32,
  softmax_cross_entropy_f32: softmaxCrossEntropyF32,
  squared_error_f32: squaredErrorF32,
  accumulate_f32: accumulateF32,
  sgd_f32: sgdF32,
  momentum_f32: momentumF32,
  adam_f32: adamF32,
  sgd_s8: sgdS8,
  conv2d_update_s8: conv2dUpdateS8,
  conv2d_accumulate_s8: conv2dAccumulateS8,
  inside_bits_s8: insideBitsS8,
  masked_gradient_f32: maskedGradientF32,
  conv2d_encode_s8: conv2dEncodeS8,
  conv2d_input_gradient_extent_s8: conv2dInputGradientExtentS8,
  conv2d_input_gradient_encode_s8: conv2dInputGradientEncodeS8,
  conv2d_input_gradient_add_s8: conv2dInputGradientAddS8,
  avg_pool2d_gradient_extent_f32: avgPool2dGradientExtentF32,
  avg_pool2d_gradient_encode_f32: avgPool2dGradientEncodeF32,
  avg_pool2d_decode_s8: avgPool2dDecodeS8,
  compensation_f32: compensationF32,
  compensation_gradient_f32: compensationGradientF32,
  tied_compensation_f32: tiedCompensationF32,
  sum_rows_f32: sumRowsF32,
  patch_statistics_s8: patchStatisticsS8,
  gate_patches_s8: gatePatchesS8,
  list_tiles_s32: listTilesS32,
  dilate_tiles_s32: dilateTilesS32,
  unite_tiles_s32: uniteTilesS32,
  copy_tiles_s8: copyTilesS8,
  conv2d_tiles_s8: conv2dTilesS8,
  depthwise_conv2d_tiles_s8: depthwiseConv2dTilesS8,
  add_tiles_s8: addTilesS8,
  mul_tiles_s8: mulTilesS8,
  lut_tiles_s8: lutTilesS8,
  max_pool2d_tiles_s8: maxPool2dTilesS8,
  avg_pool2d_tiles_s8: avgPool2dTilesS8,
  mean_pool2d_tiles_s8: meanPool2dTilesS8,
  patch_statistics_f32: patchStatisticsF32,
  patch_mask_f32: patchMaskF32,
  patch_mask_gradient_f32: patchMaskGradientF32,
  patch_mix_f32: patchMixF32,
  patch_mix_gradient_f32: patchMixGradientF32,
  patch_contrast_f32: patchContrastF32,
  conv2d_s4: conv2dS4,
  fully_connected_s4: fullyConnectedS4,
};

export const kernelNames = Object.keys(kernels) as readonly KernelName[];

/** The kernel of a name. The table pairs each name with its own step type, so the cast is sound. */
function kernel(name: KernelName): Kernel<Step> {
  return kernels[name] as unknown as Kernel<Step>;
}

export function kernelOf(step: Step): Kernel<Step> {
  return kernel(step.kernel);
}

/** What a kernel takes; undefined for a name that is none, as a Program from elsewhere may have it. */
export function signatureOf(name: string): KernelSignature | undefined {
  return Object.hasOwn(kernels, name)
    ? (kernel(name as KernelName).signature as unknown as KernelSignature)
    : undefined;
}

/** Fields of the C parameter struct of a step, in order. */
export function stepParams(step: Step): readonly (readonly [name: string, value: number])[] {
  const values: Readonly<Record<string, number>> = step.params;
  return Object.keys(kernelOf(step).signature.params).map((name) => [name, values[name]!] as const);
}

/** Scratch bytes that the C function of a step needs beside its operands. */
export function scratchBytes(step: Step, library: KernelLibrary, core: CoreFeatures): number {
  const { scratch, cmsisScratch } = kernelOf(step).signature;
  if (library === 'cmsis-nn' && cmsisScratch !== undefined) return cmsisScratch(step.params, core);
  return scratch === undefined ? 0 : evaluate(scratch, step.params);
}

/** How the first output of a step may lie over its first input; null where they are apart, as for Arm's kernels, whose order is their own. */
export function overlapOf(step: Step, library: KernelLibrary): Overlap | null {
  const { overlap } = kernelOf(step).signature;
  if (overlap === undefined || library !== 'builtin') return null;
  // Plans ask it of the same step many times, and it goes through all positions.
  const own = knownOverlaps[overlap] ?? new WeakMap<Step['params'], Overlap>();
  knownOverlaps[overlap] = own;
  const known = own.get(step.params) ?? OVERLAPS[overlap](step.params);
  own.set(step.params, known);
  return known;
}

/** By parameters. */
const knownOverlaps: { [name in OverlapName]?: WeakMap<Step['params'], Overlap> } = {};

export function stepMacs(step: Step): number {
  const { macs } = kernelOf(step).signature;
  return macs === undefined ? 0 : evaluate(macs, step.params);
}
