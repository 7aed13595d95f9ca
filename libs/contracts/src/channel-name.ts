// A channel's name as every door takes it. Two spellings that look alike on the screen must be one channel, and a name
// must neither turn a line of a terminal round nor end it; beyond that a producer may call its channel what it likes.
import { Transform } from 'class-transformer';
import { IsNotEmpty, IsString, Matches, MaxLength } from 'class-validator';
import { LIMITS } from './limits.js';
import { WellFormed } from './validators.js';

/** No control characters, no line separators, and none of the marks that change the direction of writing. */
const PLAIN = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+$/u;

/** The one spelling (Unicode NFC) that all others of the same name become; keys, rights and frames know only that. */
export const normalChannelName = (name: string): string =>
  // What is too long is refused anyway, and composing it could take long.
  name.length > LIMITS.channel_chars ? name : name.normalize('NFC');

/** Whether a door would take it. It is to be made normal after that. */
export const isChannelName = (name: unknown): name is string =>
  typeof name === 'string' &&
  normalChannelName(name).length <= LIMITS.channel_chars &&
  name.isWellFormed() &&
  PLAIN.test(name);

/** Rules of a member that names a channel; its value becomes the normal spelling. */
export function ChannelName(): PropertyDecorator {
  const rules = [
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? normalChannelName(value) : value,
    ),
    IsString(),
    IsNotEmpty(),
    MaxLength(LIMITS.channel_chars),
    WellFormed(),
    Matches(PLAIN, { message: '$property must be without control characters and marks of direction' }),
  ];
  return (target, property) => {
    for (const rule of rules) rule(target, property);
  };
}
