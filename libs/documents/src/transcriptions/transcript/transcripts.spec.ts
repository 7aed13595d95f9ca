// Pieces joined with their offsets, and a transcript in each of its forms.
import { describe, expect, test } from '@jest/globals';
import type { Transcript } from '#openai';
import { joinTranscripts, sumUsage } from './join-transcripts.js';
import { renderTranscript, spokenLines } from './render-transcript.js';

const first: Transcript = {
  text: ' Good morning. ',
  languages: ['en'],
  duration: 10,
  segments: [{ start: 0.5, end: 2, text: ' Good morning.', speaker: 'A' }],
  words: [{ start: 0.5, end: 1, word: 'Good' }],
};
const second: Transcript = {
  text: 'Bonjour.',
  languages: ['fr', 'en'],
  duration: 3.2,
  segments: [{ start: 0.25, end: 1, text: 'Bonjour.', speaker: 'A' }],
  words: [{ start: 0.25, end: 1, word: 'Bonjour' }],
};

describe('joined', () => {
  test('times are from the start of the whole, and voices are not mixed up', () => {
    expect(
      joinTranscripts([
        { offset: 0, transcript: first },
        { offset: 10.1, transcript: second },
      ]),
    ).toEqual({
      text: 'Good morning. Bonjour.',
      languages: ['en', 'fr'],
      duration: 13.3,
      segments: [
        { start: 0.5, end: 2, text: ' Good morning.', speaker: 'A' },
        { start: 10.35, end: 11.1, text: 'Bonjour.', speaker: 'A (2)' },
      ],
      words: [
        { start: 0.5, end: 1, word: 'Good' },
        { start: 10.35, end: 11.1, word: 'Bonjour' },
      ],
    });
  });

  test('text alone stays text alone, and a piece in which nobody spoke leaves no trace', () => {
    const parts = ['a', ' ', 'b'].map((text, offset) => ({ offset, transcript: { text } }));
    expect(joinTranscripts(parts, 3)).toEqual({ text: 'a b', duration: 3 });
  });

  test('usage adds up in its unit, or is not known', () => {
    expect(
      sumUsage([
        { type: 'duration', seconds: 3 },
        { type: 'duration', seconds: 4.5 },
      ]),
    ).toEqual({
      type: 'duration',
      seconds: 7.5,
    });
    expect(
      sumUsage([
        { type: 'tokens', input_tokens: 10, audio_tokens: 8, output_tokens: 2 },
        { type: 'tokens', input_tokens: 1, output_tokens: 1 },
      ]),
    ).toEqual({ type: 'tokens', input_tokens: 11, audio_tokens: 8, output_tokens: 3 });
    expect(
      sumUsage([
        { type: 'duration', seconds: 3 },
        { type: 'tokens', input_tokens: 1, output_tokens: 1 },
      ]),
    ).toBeUndefined();
    expect(sumUsage([undefined])).toBeUndefined();
  });
});

describe('rendered', () => {
  const segments = [
    { start: 0, end: 1.0004, text: ' One\n\nline --> here ' },
    { start: 3_661.5, end: 3_662, text: 'Two <b> & three', speaker: 'A' },
  ];
  const transcript: Transcript = { text: 'One. Two.', duration: 3_700, segments, languages: ['en'] };

  test('as subtitles no text can end its cue or pass for a tag', () => {
    expect(renderTranscript(transcript, 'srt').body).toBe(
      '1\n00:00:00,000 --> 00:00:01,000\nOne\nline → here\n\n2\n01:01:01,500 --> 01:01:02,000\nA: Two <b> & three\n',
    );
    expect(renderTranscript(transcript, 'vtt').body).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nOne\nline → here\n\n01:01:01.500 --> 01:01:02.000\nA: Two &lt;b&gt; &amp; three\n',
    );
  });

  test.each([
    ['json', { text: 'One. Two.', languages: ['en'] }],
    [
      'verbose_json',
      {
        task: 'transcribe',
        language: 'en',
        duration: 3_700,
        text: 'One. Two.',
        segments: [
          { id: 0, ...segments[0] },
          { id: 1, ...segments[1] },
        ],
      },
    ],
    [
      'diarized_json',
      {
        task: 'transcribe',
        duration: 3_700,
        text: 'One. Two.',
        segments: segments.map((segment, i) => ({
          type: 'transcript.text.segment',
          id: `seg_${i}`,
          ...segment,
        })),
      },
    ],
  ] as const)('as %s', (format, expected) => {
    expect(JSON.parse(renderTranscript(transcript, format).body)).toEqual(expected);
  });

  test('as lines of speakers, one a turn', () => {
    const said = (speaker: string, text: string) => ({ start: 0, end: 1, speaker, text });
    expect(
      spokenLines({
        text: 'x',
        segments: [said('A', 'Hello.'), said('A', ' How are you?'), said('B', 'Fine.')],
      }),
    ).toBe('A: Hello. How are you?\nB: Fine.');
    expect(spokenLines({ text: 'Hello.' })).toBe('Hello.');
    expect(renderTranscript({ text: 'Hello.' }, 'text').body).toBe('Hello.\n');
  });
});
