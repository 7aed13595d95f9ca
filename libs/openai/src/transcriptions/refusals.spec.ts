// What each transcription model refuses, and what it names instead, before and after the old ones end.
import { describe, expect, test } from '@jest/globals';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { TRANSCRIBERS, type TranscriptFormat } from '../catalogue/transcribers.data.js';
import { detailOf, refusals, type TranscriptionWish } from './refusals.js';

const NOW = new Date('2026-11-26T00:00:00Z');
const LATER = new Date('2027-03-01T00:00:00Z');
const catalogue = new ModelCatalogue();
const asked = (model: string, wish: Partial<TranscriptionWish>, today = NOW): string[] =>
  refusals(
    catalogue,
    catalogue.resolveModel(model, today),
    { format: 'json', words: false, languages: [], keywords: [], ...wish },
    today,
  );

describe('formats', () => {
  const TABLE: [model: string, taken: TranscriptFormat[]][] = [
    ['gpt-transcribe', ['json', 'text']],
    ['whisper-1', ['json', 'text', 'srt', 'vtt', 'verbose_json']],
    ['gpt-4o-transcribe', ['json', 'text']],
    ['gpt-4o-mini-transcribe-2025-12-15', ['json', 'text']],
    ['gpt-4o-transcribe-diarize', ['json', 'text', 'srt', 'vtt', 'diarized_json']],
    ['somebodys-whisper', ['json', 'text', 'srt', 'vtt', 'verbose_json', 'diarized_json']],
  ];
  test.each(TABLE)('%s', (model, taken) => {
    const all = ['json', 'text', 'srt', 'vtt', 'verbose_json', 'diarized_json'] as const;
    expect(all.filter((format) => asked(model, { format }).length === 0)).toEqual(taken);
  });

  test('that the current model lost are refused with the reason and a way out', () => {
    expect(asked('gpt-transcribe', { format: 'srt' })).toEqual([
      'format srt: gpt-transcribe does not say when something is said; use whisper-1 (until 2027-02-26) or gpt-4o-transcribe-diarize (until 2027-02-26)',
    ]);
    expect(asked('whisper-1', { format: 'verbose_json' }, LATER)).toEqual([
      'format verbose_json: gpt-transcribe (it stands in for whisper-1, shut down 2027-02-26) does not give the times of single words; no current model does',
    ]);
  });
});

test.each([
  ['gpt-4o-transcribe-diarize', { prompt: 'Parley' }, /takes no prompt/],
  ['whisper-1', { keywords: ['Parley'] }, /takes no keywords; use gpt-transcribe$/],
  ['whisper-1', { languages: ['de', 'en'] }, /takes one language only; use gpt-transcribe$/],
  ['gpt-transcribe', { words: true }, /times of single words/],
] as const)('%s refuses %j', (model, wish, reason) => {
  const faults = asked(model, wish as Partial<TranscriptionWish>);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(reason);
});

test('the current model takes what it was made for', () => {
  expect(asked('gpt-transcribe', { prompt: 'x', keywords: ['a'], languages: ['de', 'en'] })).toEqual([]);
});

test.each([
  ['json', false, 'text'],
  ['srt', false, 'segments'],
  ['srt', true, 'words'],
  ['diarized_json', false, 'speakers'],
] as const)('%s with words %s needs %s', (format, words, detail) => {
  expect(detailOf({ format, words })).toBe(detail);
});

test('the old models lead to the current one when they end', () => {
  for (const name of Object.keys(TRANSCRIBERS))
    expect(catalogue.resolveModel(name, LATER).model).toBe('gpt-transcribe');
  expect(catalogue.resolveModel('whisper-1', NOW)).toEqual({
    model: 'whisper-1',
    shutdown_date: '2027-02-26',
  });
});
