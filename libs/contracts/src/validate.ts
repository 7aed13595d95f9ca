// One pass from unknown to a checked DTO. Doors call this; nothing behind a door checks again.
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
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
  const names = declaredMembers(type);
  // Class-transformer takes milliseconds for thousands of members, and calls what an object says is its constructor: it only gets
  // to see our own members, and of those no objects.
  const [plain, objects]: Record<string, unknown>[] = [{}, {}];
  for (const name of names)
    if (Object.hasOwn(value, name))
      (typeof value[name] === 'object' && value[name] !== null ? objects : plain)![name] = value[name];
  const dto = Object.assign(plainToInstance(type, plain, { exposeDefaultValues: true }), objects);
  const faults = validateSync(dto, {
    whitelist: true,
    forbidNonWhitelisted: unknownMembers === 'refuse',
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
  });
  const details = faults.flatMap((fault) => describe(fault));
  if (unknownMembers === 'refuse' && Object.keys(value).some((name) => !names.has(name)))
    details.push('unknown member');
  if (details.length > 0)
    throw new ParleyError('invalid_request', `unable to read request; ${details.join(', ')}`, { details });
  return dto;
}

const members = new WeakMap<object, ReadonlySet<string>>();

/** The properties that carry a rule, inherited ones included. */
function declaredMembers(type: new () => object): ReadonlySet<string> {
  let names = members.get(type);
  if (!names) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    names = new Set(rules.map((rule) => rule.propertyName));
    members.set(type, names);
  }
  return names;
}

function describe(fault: ValidationError, path = ''): string[] {
  // Only declared names are repeated to the sender; an undeclared one is the sender's own text of any length.
  const own = Object.entries(fault.constraints ?? {}).map(([rule, text]) =>
    rule === 'whitelistValidation' ? 'unknown member' : path + text,
  );
  return [...own, ...(fault.children ?? []).flatMap((child) => describe(child, `${path}${fault.property}.`))];
}
