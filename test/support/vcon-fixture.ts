// vCons of our own for stories: a telephone call with its transcript, as many as are wanted, each about something else.
import { createHash } from 'node:crypto';

export interface VconFixture {
  uuid: string;
  /** What a request sends. */
  text: string;
}

/** The same seed gives the same uuid. */
export function uuidOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function vconOf(
  uuid: string,
  subject: string,
  lines: readonly string[],
  more: Record<string, unknown> = {},
): VconFixture {
  const vcon = {
    vcon: '0.3.0',
    uuid,
    created_at: '2026-03-01T10:00:00Z',
    subject,
    parties: [
      { name: 'Caller', tel: '+15550100777', mailto: 'mailto:caller@example.com' },
      { name: 'Agent', mailto: 'agent@example.com' },
    ],
    dialog: lines.map((body, i) => ({
      type: 'text',
      start: new Date(Date.UTC(2026, 2, 1, 10, i)).toISOString(),
      parties: [i % 2],
      originator: i % 2,
      mediatype: 'text/plain',
      body,
      encoding: 'none',
    })),
    analysis: [],
    attachments: [],
    ...more,
  };
  return { uuid, text: JSON.stringify(vcon) };
}
