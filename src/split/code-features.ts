import { createMessages } from '../codec/message.ts';
import { createDecoder, createEncoder } from '../codec/run.ts';
import type { StripeCodec } from '../codec/types.ts';
import type { Features } from './features.ts';

type CodedFeatures = {
  /** As the other side has them. */
  readonly features: Features;
  /** Of the messages, one per map, all of each counted. */
  readonly bytes: number;
};

/** Every map through the codec: encoded, written as a message, read and decoded. */
export function codeFeatures(codec: StripeCodec, features: Features): CodedFeatures {
  const [encode, decode, messages] = [createEncoder(codec), createDecoder(codec), createMessages(codec)];
  let bytes = 0;
  const codes = features.codes.map((map) => {
    const message = messages.write([encode(map)]);
    bytes += message.length;
    return decode(messages.read(message).streams[0]!);
  });
  return { features: { ...features, codes }, bytes };
}
