// An assistant as Redis holds it and as the outside sees it: OpenAI's assistant object and what Parley adds.
import { toFields } from '#redis';
import { parseSettings, type AssistantSettings } from './settings/assistant-settings.js';

/** Who makes an assistant, and so who may clean it up: only what Parley makes by itself is its own to delete. */
export type AssistantOrigin =
  /** Made from the environment at first use; follows it until somebody changes it. */
  | 'config'
  /** Made by the manager. */
  | 'manager'
  /** Made by hand, or brought from elsewhere. */
  | 'user';

export interface CanaryState {
  version: number;
  /** Of new runs, 0 to 1. */
  share: number;
  /** How many runs must have ended before it is judged. */
  min_runs: number;
  /** Of those, how many may have failed, 0 to 1; more ends it. */
  max_error_share: number;
  /** US dollars that a completed run may cost on average; more ends it. */
  max_cost_usd?: number;
  /** How many times the live version's average a completed run may cost on average; more ends it. */
  max_cost_factor?: number;
  /** UTC s. */
  started_at: number;
}

export interface CanaryEnd {
  version: number;
  reason: string;
  runs: number;
  errors: number;
  /** US dollars per completed run, where the price of the model is known. */
  mean_cost_usd?: number;
  /** UTC s. */
  ended_at: number;
}

export interface Assistant extends AssistantSettings {
  id: string;
  object: 'assistant';
  /** UTC s. */
  created_at: number;
  purpose: string;
  /** The one that new runs get. */
  version: number;
  created_by: string;
  made_by_us: boolean;
  /** Whether it is the current one of its purpose. */
  current: boolean;
  canary?: CanaryState;
  canary_ended?: CanaryEnd;
  /** Position in lists; grows with every assistant made. */
  sequence: number;
  origin: AssistantOrigin;
}

export type RecordReply = [id: string, fields: string[], current: 0 | 1];

/** Value of `metadata.created_by` that marks an assistant as ours, whatever way it came. */
export const MADE_BY = 'estrella-backend';

export function toAssistant([id, flat, current]: RecordReply): Assistant {
  const f = toFields(flat);
  const settings = parseSettings(f['settings']!);
  const origin = f['origin'] as AssistantOrigin;
  // A copy that the manager made has its metadata from another.
  const maker = f['copied'] ? undefined : settings.metadata['created_by'];
  return {
    ...settings,
    id,
    object: 'assistant',
    created_at: Number(f['created'] ?? 0),
    purpose: f['purpose']!,
    version: Number(f['version']),
    created_by: f['by'] ?? '',
    made_by_us: maker === undefined ? origin !== 'user' : maker === MADE_BY,
    current: current === 1,
    sequence: Number(f['seq']),
    origin,
    ...(f['canary'] && { canary: JSON.parse(f['canary']) as CanaryState }),
    ...(f['canary_ended'] && { canary_ended: JSON.parse(f['canary_ended']) as CanaryEnd }),
  };
}

export interface AssistantVersion {
  version: number;
  /** UTC s. */
  created_at: number;
  created_by: string;
  reason: string;
  settings: AssistantSettings;
}

/** Oldest first. */
export function toVersions(flat: string[]): AssistantVersion[] {
  const f = toFields(flat);
  return Object.keys(f)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      version: Number(name),
      created_at: Number(f[`${name}:at`]),
      created_by: f[`${name}:by`] ?? '',
      reason: f[`${name}:why`] ?? '',
      settings: parseSettings(f[name]!),
    }))
    .sort((a, b) => a.version - b.version);
}
