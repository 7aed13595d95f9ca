// What differs between two settings, field by field. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { AssistantSettings } from './assistant-settings.js';

export interface SettingsChange {
  field: string;
  from: unknown;
  to: unknown;
}

/** In the order of the fields; equal settings give none. */
export function diffSettings(from: AssistantSettings, to: AssistantSettings): SettingsChange[] {
  const fields = [...new Set([...Object.keys(from), ...Object.keys(to)])] as (keyof AssistantSettings)[];
  return fields
    .filter((field) => !isDeepStrictEqual(from[field], to[field]))
    .map((field) => ({ field, from: from[field] ?? null, to: to[field] ?? null }));
}
