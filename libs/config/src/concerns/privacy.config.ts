import { ArrayUnique, IsIn } from 'class-validator';
import { Env } from '../env.js';

export const PII_MODES = ['off', 'mask', 'placeholder'] as const;
export type PiiMode = (typeof PII_MODES)[number];

/** What `#privacy` can find; where two findings overlap, the one that stands first here wins. */
export const PII_KINDS = ['secret', 'iban', 'card', 'email', 'ssn', 'ip', 'phone'] as const;
export type PiiKind = (typeof PII_KINDS)[number];

export class PrivacyConfig {
  @Env(
    'PII_MODE',
    'What becomes of personal data before a text goes to the model: `off` leaves it, `mask` replaces it for good by a marker such as `[EMAIL]`, `placeholder` by `[EMAIL_1]`, which is put back in the answer.',
  )
  @IsIn(PII_MODES)
  mode: PiiMode = 'off';

  @Env('PII_KINDS', 'Which kinds of it.')
  @IsIn(PII_KINDS, { each: true })
  @ArrayUnique()
  kinds: string[] = [...PII_KINDS];
}
