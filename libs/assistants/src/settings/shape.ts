// A class-validator rule from a predicate and a sentence, for members whose shape depends on what is in them.
import { ValidateBy } from 'class-validator';

/** An undefined value passes: it says nothing. */
export function Shape(message: string, fits: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({
    name: 'shape',
    validator: {
      validate: (value: unknown) => value === undefined || fits(value),
      defaultMessage: () => message,
    },
  });
}
