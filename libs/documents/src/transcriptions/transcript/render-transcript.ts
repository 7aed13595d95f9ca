// A transcript in the forms that people and players read. Pure.
import type { Transcript, TranscriptFormat, TranscriptSegment } from '#openai';

export interface RenderedTranscript {
  mediatype: string;
  body: string;
}

/** @param format one that the transcript has what is needed for */
export function renderTranscript(transcript: Transcript, format: TranscriptFormat): RenderedTranscript {
  switch (format) {
    case 'text':
      return { mediatype: 'text/plain; charset=utf-8', body: `${transcript.text}\n` };
    case 'srt':
      return { mediatype: 'application/x-subrip; charset=utf-8', body: srt(transcript.segments ?? []) };
    case 'vtt':
      return { mediatype: 'text/vtt; charset=utf-8', body: vtt(transcript.segments ?? []) };
    case 'json':
      return json({ text: transcript.text, ...some({ languages: transcript.languages }) });
    case 'verbose_json': {
      const { text, languages, duration, segments = [], words } = transcript;
      return json({
        task: 'transcribe',
        ...some({ language: languages?.[0], duration }),
        text,
        segments: segments.map((segment, id) => ({ id, ...segment })),
        ...some({ words }),
      });
    }
    case 'diarized_json': {
      const { text, duration, segments = [] } = transcript;
      return json({
        task: 'transcribe',
        ...some({ duration }),
        text,
        segments: segments.map((segment, id) => ({
          type: 'transcript.text.segment',
          id: `seg_${id}`,
          ...segment,
        })),
      });
    }
    default:
      return format satisfies never;
  }
}

/** With its speakers, where they are known: for people, a vCon, an index. */
export function spokenLines({ text, segments = [] }: Transcript): string {
  if (!segments.some(({ speaker }) => speaker !== undefined)) return text;
  const turns: { speaker: string; texts: string[] }[] = [];
  for (const { speaker = '?', text } of segments) {
    const last = turns.at(-1);
    if (last?.speaker === speaker) last.texts.push(text.trim());
    else turns.push({ speaker, texts: [text.trim()] });
  }
  return turns.map(({ speaker, texts }) => `${speaker}: ${texts.join(' ')}`).join('\n');
}

const srt = (segments: readonly TranscriptSegment[]): string =>
  segments
    .map(
      (segment, index) =>
        `${index + 1}\n${clock(segment.start, ',')} --> ${clock(segment.end, ',')}\n${cue(segment)}\n`,
    )
    .join('\n');

const vtt = (segments: readonly TranscriptSegment[]): string =>
  [
    'WEBVTT\n',
    ...segments.map(
      (segment) => `${clock(segment.start, '.')} --> ${clock(segment.end, '.')}\n${escaped(cue(segment))}\n`,
    ),
  ].join('\n');

/** A blank line or an arrow would end the cue or begin another. */
const cue = ({ text, speaker }: TranscriptSegment): string => {
  const line = text
    .trim()
    .replace(/\s*\n\s*/g, '\n')
    .replaceAll('-->', '→');
  return speaker === undefined ? line : `${speaker}: ${line}`;
};

const escaped = (line: string): string =>
  line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function clock(seconds: number, point: ',' | '.'): string {
  const ms = Math.max(0, Math.round(seconds * 1_000));
  const two = (n: number): string => String(n).padStart(2, '0');
  const whole = `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1_000) % 60)}`;
  return `${whole}${point}${String(ms % 1_000).padStart(3, '0')}`;
}

const json = (value: object): RenderedTranscript => ({
  mediatype: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

const some = (members: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
