/** A module with a JetPack on it, and how it is to be used: what everything for a Jetson is made for. */
import type { JetsonProfile, JetsonSoftware, PowerMode } from '../../../profiles/types.ts';
import type { Release } from './release.ts';

/** What a model is computed in where nothing of it says otherwise. */
export type Precision = 'int8' | 'fp16' | 'fp32';

export type Platform = {
  readonly profile: JetsonProfile;
  readonly software: JetsonSoftware;
  readonly release: Release;
  readonly powerMode: PowerMode;
  readonly precision: Precision;
  /** Core of the DLA that is to run what it can; null for the GPU alone. */
  readonly dlaCore: number | null;
  /** Bytes that the builder may use for tactics. */
  readonly workspaceBytes: number;
};
