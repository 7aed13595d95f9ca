// Declares which environment variable fills a property of a config class. The declarations are also the
// source of the configuration table in the docs.

export interface EnvOptions {
  /** Never printed; may also be given as `NAME_FILE`, the path of a file that holds it. */
  secret?: boolean;
  /** A text that stands for "not configured" in documented sample files and is treated as absent. */
  placeholders?: readonly string[];
}

export interface EnvVariable extends EnvOptions {
  name: string;
  property: string;
  description: string;
  kind: 'string' | 'number' | 'boolean' | 'list';
}

const declared = new WeakMap<object, EnvVariable[]>();
const KINDS = new Map<unknown, EnvVariable['kind']>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Array, 'list'],
]);

/** Binds a property to an environment variable; its type decides how the text is read. */
export function Env(name: string, description: string, options: EnvOptions = {}): PropertyDecorator {
  return (target, property) => {
    const kind = KINDS.get(Reflect.getMetadata('design:type', target, property)) ?? 'string';
    const list = declared.get(target.constructor) ?? [];
    list.push({ name, description, property: String(property), kind, ...options });
    declared.set(target.constructor, list);
  };
}

export const variablesOf = (type: object): readonly EnvVariable[] => declared.get(type) ?? [];
