// One pass from unknown to a checked DTO. Doors call this; nothing behind a door checks again.
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { ParleyError } from './error.js';
import { isPlainObject } from './json.js';

/**
 * Only the members that the DTO declares are looked at, so the cost does not grow with what was sent.
 * @param unknownMembers 'ignore' for wires that old clients extend, 'refuse' for our own
 * @throws ParleyError `invalid_request` with one detail per fault: property and rule, never the value
 */
export function validate<T extends object>(
  type: new () => T,
  value: unknown,
  unknownMembers: 'ignore' | 'refuse' = 'ignore',
): T {
  if (!isPlainObject(value))
    throw new ParleyError('invalid_request', 'unable to read request; not an object');
  const dto = plainToInstance(type, value, { exposeDefaultValues: true });
  const faults = validateSync(dto, {
    whitelist: true,
    forbidNonWhitelisted: unknownMembers === 'refuse',
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
  });
  if (faults.length > 0) {
    const details = faults.flatMap((fault) => describe(fault));
    throw new ParleyError('invalid_request', `unable to read request; ${details.join(', ')}`, { details });
  }
  return dto;
}

function describe(fault: ValidationError, path = ''): string[] {
  // Only declared names are repeated to the sender; an undeclared one is the sender's own text of any length.
  const own = Object.entries(fault.constraints ?? {}).map(([rule, text]) =>
    rule === 'whitelistValidation' ? 'unknown member' : path + text,
  );
  return [...own, ...(fault.children ?? []).flatMap((child) => describe(child, `${path}${fault.property}.`))];
}
