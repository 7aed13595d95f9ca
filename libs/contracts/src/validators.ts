// class-validator rules that the library lacks.
import { ValidateBy, buildMessage, type ValidationOptions } from 'class-validator';

/** At most `limit` UTF-8 bytes. */
export function MaxBytes(limit: number, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'maxBytes',
      constraints: [limit],
      validator: {
        validate: (value: unknown) => typeof value === 'string' && Buffer.byteLength(value) <= limit,
        defaultMessage: buildMessage(
          (each) => `${each}$property must not exceed $constraint1 bytes`,
          options,
        ),
      },
    },
    options,
  );
}

/** No lone surrogates and no NUL: such text cannot be stored or sent on unchanged. */
export function WellFormed(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'wellFormed',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && value.isWellFormed() && !value.includes('\0'),
        defaultMessage: buildMessage(
          (each) => `${each}$property must be well-formed text without NUL`,
          options,
        ),
      },
    },
    options,
  );
}
