// What the manager makes when nothing else is asked for: the documented invoice assistant. Data.
import { MADE_BY } from '../assistant-record.js';
import {
  mergeSettings,
  type AssistantConfig,
  type AssistantSettings,
} from '../settings/assistant-settings.js';

const NAME = 'Invoice Translation Assistant';
const DESCRIPTION = 'Translates invoices and compares a translation with its original.';
const INSTRUCTIONS = [
  'You translate invoices and compare translations with their originals.',
  'Keep every number, date, currency, tax rate, account number and identifier exactly as it stands.',
  'Keep the order of the lines; translate descriptions, units and notes into the language asked for.',
  'When you compare, name each difference with its place, the text of both sides, and how much it matters.',
  'Say when something cannot be read or understood; never guess an amount.',
  'Answer with one JSON object and nothing else.',
].join('\n');

/** @param config wins field by field; the defaults of `metadata` stay beside what it says */
export function managerSettings(model: string, now: Date, config: AssistantConfig = {}): AssistantSettings {
  const defaults: AssistantConfig = {
    name: NAME,
    description: DESCRIPTION,
    model,
    instructions: INSTRUCTIONS,
    tools: [{ type: 'code_interpreter' }, { type: 'file_search' }],
    metadata: { created_by: MADE_BY, created_at: now.toISOString(), version: '1.0.0' },
  };
  return mergeSettings(mergeSettings({}, defaults), config);
}
