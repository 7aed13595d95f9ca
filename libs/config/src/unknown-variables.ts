// Variables of the environment that look like settings of ours but that nothing reads: probably slips of the pen.
// All is derived from the declared names, so that a new setting is watched over from its first day.
import { variablesOf } from './env.js';
import type { ConfigClass, Environment } from './load-config.js';

export interface UnknownVariable {
  name: string;
  /** Settings that were likely meant, the nearest first; none where only the first word is ours. */
  meant: string[];
}

/**
 * First words of settings of ours that also begin variables of other software. There, only what is close to a setting is
 * told; every other first word is ours alone.
 */
const SHARED_WORDS: ReadonlySet<string> = new Set(
  (
    'BATCH BOOTSTRAP CACHE CONTEXT DAILY DEAD EVENT EXCHANGE FFMPEG HIGH HOST IS LEDGER LOG MAX MEMORY MODEL MONTHLY NODE OTEL ' +
    'OUTAGE PHOTO PLAN PORT PRICES QUEUE REQUESTS ROLE ROUTING RUN SECRET SHUTDOWN SLOW STORAGE TEMPERATURE TIMEOUT TOOL USER ' +
    'VISION'
  ).split(' '),
);
const MOST_MEANT = 3;

/** @returns sorted by name */
export function unknownVariables(types: readonly ConfigClass[], env: Environment): UnknownVariable[] {
  const variables = types.flatMap(variablesOf);
  const known = variables.map(({ name }) => name);
  const read = new Set(variables.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])));
  const own = new Set(known.map(firstWord).filter((word) => !SHARED_WORDS.has(word)));
  return Object.keys(env)
    .filter((name) => !read.has(name) && !isServiceLink(name, env))
    .map((name) => ({ name, meant: meantBy(name, known) }))
    .filter(({ name, meant }) => meant.length > 0 || (name.includes('_') && own.has(firstWord(name))))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function meantBy(name: string, known: readonly string[]): string[] {
  const asked = name
    .toUpperCase()
    .replaceAll('-', '_')
    .replace(/_FILE$/, '');
  return known
    .map((setting) => ({ setting, distance: editDistance(asked, setting) }))
    .filter(({ setting, distance }) => distance <= slipsIn(setting) || leavesWordsOut(asked, setting))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_MEANT)
    .map(({ setting }) => setting);
}

const firstWord = (name: string): string => name.split('_', 1)[0]!;

/** How many letters may be wrong in a name of that length: short ones are too near to too many others. */
const slipsIn = ({ length }: string): number => (length < 6 ? 0 : length < 12 ? 1 : 2);

/** `MONTHLY_BUDGET` for `MONTHLY_BUDGET_USD`, `USER_BUDGET_USD` for `USER_DAILY_BUDGET_USD`. */
function leavesWordsOut(asked: string, setting: string): boolean {
  const words = asked.split('_');
  const whole = setting.split('_');
  if (words.length < 2 || words.length >= whole.length || words[0] !== whole[0]) return false;
  let found = 0;
  for (const word of whole) if (word === words[found]) found += 1;
  return found === words.length;
}

/** What Kubernetes tells each pod of each Service, which may be called like a setting of ours begins. */
const isServiceLink = (name: string, env: Environment): boolean =>
  /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
  (name.endsWith('_PORT') && env[name.replace(/_PORT$/, '_SERVICE_HOST')] !== undefined);

/** Letters to add, remove, change, or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let last: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, change, swap ? last[j - 2]! + 1 : change);
    }
    [last, row] = [row, next];
  }
  return row[b.length]!;
}
