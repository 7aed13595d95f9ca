// Checks what a model wrote against a tool's schema, and says what is wrong in words the model can act on.
import { Ajv } from 'ajv';

/** Returns faults, at most five, without the values. */
export type ArgumentChecker = (args: unknown) => string[];

const MOST_FAULTS = 5;
const ajv = new Ajv({ allErrors: true, strict: false, logger: false });

/** @throws Error when the schema cannot be compiled */
export function argumentChecker(schema: Record<string, unknown>): ArgumentChecker {
  const validate = ajv.compile(schema);
  return (args) => {
    if (validate(args)) return [];
    return (validate.errors ?? [])
      .slice(0, MOST_FAULTS)
      .map(({ instancePath, message }) => `${instancePath || 'the arguments'} ${message ?? 'is not valid'}`);
  };
}
