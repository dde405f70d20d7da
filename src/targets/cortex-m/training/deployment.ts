/** A float model made ready to be trained on a Cortex-M. */
import { TinymlError } from '../../../diagnostics/errors.ts';
import { contractOf } from '../../../input/contract.ts';
import type { CortexMProfile } from '../../../profiles/types.ts';
import { deviceTraining } from '../../../train/run/device.ts';
import { trainable } from '../../../train/run/model.ts';
import type { EmitOptions, Subject, TrainingRequest } from '../../target.ts';
import { trainingFirmware } from './firmware.ts';

/** @throws TinymlError E_USAGE without data, as `trainable` and `deviceTraining` */
export async function trainingDeployment(
  { model, graph, dims }: Subject,
  { trainer, learningRate }: TrainingRequest,
  { library, seed, calibration, input }: EmitOptions,
  profile: CortexMProfile,
): Promise<ReturnType<typeof trainingFirmware>> {
  if (input === 'streamed') {
    throw new TinymlError('E_USAGE', 'a step of training needs the input whole', {
      at: ['--input streamed', '--training'],
      hint: 'leave --input out: the input then lies in the arena, whole',
    });
  }
  const trained = trainable(model, dims).graph;
  if (calibration === null) {
    throw new TinymlError('E_USAGE', 'ranges of values are taken from data: there are none', {
      at: '--training',
      hint: 'give the float model and --data, samples of the kind that the device will see',
    });
  }
  const programs = await deviceTraining(trained, trainer, calibration.samples());
  const own = contractOf(graph);
  const { loss } = programs;
  const isNamed = loss.kind === 'cross-entropy' && own.labels.length === loss.classes;
  const contract = { ...own, labels: isNamed ? own.labels : [] };
  const { optimizer } = trainer;
  const training = { programs, optimizer, seed: trainer.seed, learningRate };
  return trainingFirmware(training, contract, profile, { library, seed });
}
