// Whether a value is what a member of the settings may hold. Pure predicates over JSON.
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

type Members = Record<string, unknown>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const onlyHas = (value: Members, ...names: string[]): boolean =>
  Object.keys(value).every((name) => names.includes(name));

const isIds = (value: unknown, most: number): boolean =>
  Array.isArray(value) &&
  value.length <= most &&
  value.every((id) => typeof id === 'string' && /^[\x21-\x7e]{1,200}$/.test(id));

export function isTools(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 128 && value.every((tool) => isObject(tool) && isTool(tool));
}

function isTool(tool: Members): boolean {
  switch (tool['type']) {
    case 'code_interpreter':
      return onlyHas(tool, 'type');
    case 'file_search':
      return onlyHas(tool, 'type', 'file_search') && isSearch(tool['file_search'] ?? {});
    case 'function': {
      const called = tool['function'];
      return (
        onlyHas(tool, 'type', 'function') &&
        isObject(called) &&
        typeof called['name'] === 'string' &&
        NAME.test(called['name'])
      );
    }
    default:
      return false;
  }
}

function isSearch(search: unknown): boolean {
  if (!isObject(search) || !onlyHas(search, 'max_num_results')) return false;
  const most = search['max_num_results'];
  return most === undefined || (Number.isInteger(most) && Number(most) >= 1 && Number(most) <= 50);
}

export function isToolResources(value: unknown): boolean {
  if (!isObject(value) || !onlyHas(value, 'code_interpreter', 'file_search')) return false;
  const { code_interpreter: code = {}, file_search: search = {} } = value;
  return (
    isObject(code) &&
    onlyHas(code, 'file_ids') &&
    isIds(code['file_ids'] ?? [], 20) &&
    isObject(search) &&
    onlyHas(search, 'vector_store_ids') &&
    isIds(search['vector_store_ids'] ?? [], 2)
  );
}

export function isMetadata(value: unknown): boolean {
  if (!isObject(value)) return false;
  const pairs = Object.entries(value);
  return (
    pairs.length <= 16 &&
    pairs.every(([key, text]) => key.length <= 64 && typeof text === 'string' && text.length <= 512)
  );
}

export function isResponseFormat(value: unknown): boolean {
  if (value === 'auto') return true;
  if (!isObject(value)) return false;
  if (value['type'] === 'text' || value['type'] === 'json_object') return onlyHas(value, 'type');
  const format = value['json_schema'];
  return (
    value['type'] === 'json_schema' &&
    onlyHas(value, 'type', 'json_schema') &&
    isObject(format) &&
    typeof format['name'] === 'string' &&
    NAME.test(format['name']) &&
    isObject(format['schema'])
  );
}
