// The transcripts of the pieces of one recording as one, with times from its start. Pure.
import type { Transcript, TranscriptionUsage, TranscriptSegment } from '#openai';

export interface TranscriptPart {
  /** Seconds from the start of the recording to the start of the piece. */
  offset: number;
  transcript: Transcript;
}

/**
 * @param parts in order
 * @param duration of the whole, in seconds
 */
export function joinTranscripts(parts: readonly TranscriptPart[], duration?: number): Transcript {
  const transcripts = parts.map(({ transcript }) => transcript);
  const languages = [...new Set(transcripts.flatMap(({ languages = [] }) => languages))];
  const segments = parts.flatMap((part, index) => shiftedSegments(part, index));
  const words = parts.flatMap(({ offset, transcript: { words = [] } }) =>
    words.map((word) => ({ ...word, ...shifted(word, offset) })),
  );
  const whole = duration ?? lengthOf(parts);
  return {
    text: transcripts
      .map(({ text }) => text.trim())
      .filter((text) => text !== '')
      .join(' '),
    ...(languages.length > 0 && { languages }),
    ...(whole !== undefined && { duration: whole }),
    ...(segments.length > 0 && { segments }),
    ...(words.length > 0 && { words }),
  };
}

/** What several calls used; undefined when none of them told, or they told in different units. */
export function sumUsage(
  usages: readonly (TranscriptionUsage | undefined)[],
): TranscriptionUsage | undefined {
  const told = usages.filter((usage) => usage !== undefined);
  const [first] = told;
  if (first === undefined || told.some(({ type }) => type !== first.type)) return undefined;
  if (first.type === 'duration')
    return {
      type: 'duration',
      seconds: told.reduce((sum, one) => sum + ('seconds' in one ? one.seconds : 0), 0),
    };
  const sum = (of: 'input_tokens' | 'output_tokens' | 'audio_tokens'): number =>
    told.reduce((total, one) => total + (one.type === 'tokens' ? (one[of] ?? 0) : 0), 0);
  return {
    type: 'tokens',
    input_tokens: sum('input_tokens'),
    audio_tokens: sum('audio_tokens'),
    output_tokens: sum('output_tokens'),
  };
}

/** Whoever is `A` in one piece may be `B` in the next: from the second piece on a voice has its piece's number with it. */
function shiftedSegments({ offset, transcript }: TranscriptPart, index: number): TranscriptSegment[] {
  return (transcript.segments ?? []).map((segment) => ({
    ...segment,
    ...shifted(segment, offset),
    ...(segment.speaker !== undefined && index > 0 && { speaker: `${segment.speaker} (${index + 1})` }),
  }));
}

const shifted = ({ start, end }: { start: number; end: number }, offset: number) => ({
  start: round(start + offset),
  end: round(end + offset),
});

function lengthOf(parts: readonly TranscriptPart[]): number | undefined {
  const last = parts.at(-1);
  return last?.transcript.duration === undefined ? undefined : round(last.offset + last.transcript.duration);
}

/** Milliseconds are all that anybody means. */
const round = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
