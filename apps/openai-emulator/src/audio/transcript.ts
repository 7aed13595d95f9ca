// A text as a transcript: sentences with times and speakers, and the formats that are written of them. Pure.

export interface Segment {
  id: string;
  /** Seconds. */
  start: number;
  end: number;
  speaker: string;
  text: string;
}

export interface Transcript {
  text: string;
  seconds: number;
  segments: Segment[];
}

/**
 * Spreads a text over a recording. A line such as `Ada: Hello.` is Ada's; sentences without a name go from speaker to speaker.
 * @param speakers names for those, in their turn; A and B when there are none
 */
export function toTranscript(text: string, seconds: number, speakers: readonly string[]): Transcript {
  const names = speakers.length > 0 ? speakers : ['A', 'B'];
  const spoken = text
    .split('\n')
    .flatMap((line) => {
      const [, named, rest = line] = /^(\p{L}[\p{L}\p{N} _-]{0,30}): (.*)$/su.exec(line) ?? [];
      return rest.split(/(?<=[.!?])\s+/).map((sentence) => ({ named, sentence: sentence.trim() }));
    })
    .filter(({ sentence }) => sentence !== '');
  const length = spoken.reduce((sum, { sentence }) => sum + sentence.length, 0);
  let at = 0;
  const segments = spoken.map(({ named, sentence }, index): Segment => {
    const start = round((at / length) * seconds);
    at += sentence.length;
    const id = `seg_${String(index + 1).padStart(3, '0')}`;
    const speaker = named ?? names[index % names.length]!;
    return { id, start, end: round((at / length) * seconds), speaker, text: sentence };
  });
  return { text: segments.map((segment) => segment.text).join(' '), seconds: round(seconds), segments };
}

/** Words with their times, each as long as its share of its sentence. */
export function wordsOf({ segments }: Transcript): { word: string; start: number; end: number }[] {
  return segments.flatMap(({ text, start, end }) => {
    const words = text.match(/[\p{L}\p{N}'’-]+/gu) ?? [];
    const step = (end - start) / Math.max(1, words.length);
    return words.map((word, index) => ({
      word,
      start: round(start + index * step),
      end: round(start + (index + 1) * step),
    }));
  });
}

export function toSrt({ segments }: Transcript): string {
  return segments
    .map(
      ({ start, end, text }, index) => `${index + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${text}\n`,
    )
    .join('\n');
}

export function toVtt({ segments }: Transcript): string {
  const cues = segments.map(
    ({ start, end, text }) => `${clock(start, '.')} --> ${clock(end, '.')}\n${text}\n`,
  );
  return `WEBVTT\n\n${cues.join('\n')}`;
}

function clock(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const fraction = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${point}${fraction}`;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
