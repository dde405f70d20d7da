/** Graphs in the operators that kernels are there for; files keep the standard ones. */
import type { Graph } from '../graph/types.ts';
import { averageBorders } from './average-borders.ts';
import { scatterToGather } from './scatter-to-gather.ts';
import { volumesToImages } from './volumes-to-images.ts';

/** Law: that of its passes; values keep their names and their quantisation. */
export function deviceForms(graph: Graph): Graph {
  const passes = [volumesToImages, averageBorders, averageBorders, scatterToGather];
  return passes.reduce((made, pass) => pass(made), graph);
}
