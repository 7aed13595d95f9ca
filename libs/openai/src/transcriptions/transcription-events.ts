// Reads the events of a streamed transcription into its outcome. Types that it does not know are skipped.
import { streamFault } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { LifeClock } from '../stream/life-clock.js';
import type { EventConsumer } from '../stream/model-stream.js';
import { parseEvent } from '../stream/parse-event.js';
import { readSegment, readTranscript, readUsage } from './read-transcription.js';
import type { TranscriptionOutcome, TranscriptSegment } from './transcript.js';
import type { TranscriptionSink } from './transcription-request.js';

export class TranscriptionEvents implements EventConsumer {
  private readonly segments: TranscriptSegment[] = [];
  private done: TranscriptionOutcome | undefined;

  constructor(private readonly sink: TranscriptionSink) {}

  accept(data: string, clock: LifeClock): boolean {
    const event = parseEvent(data);
    switch (event['type']) {
      case 'transcript.text.delta': {
        clock.alive(true);
        if (typeof event['delta'] === 'string') this.sink.text(event['delta']);
        return false;
      }
      case 'transcript.text.segment': {
        clock.alive(true);
        const segment = readSegment(event);
        if (segment !== undefined) this.segments.push(segment);
        return false;
      }
      case 'transcript.text.done': {
        const usage = readUsage(event['usage']);
        const transcript = readTranscript(event);
        if (this.segments.length > 0) transcript.segments = this.segments;
        this.done = { transcript, ...(usage && { usage }) };
        return true;
      }
      case 'error':
        throw streamFault((event['error'] ?? event) as Parameters<typeof streamFault>[0]);
      default:
        clock.alive(false);
        return false;
    }
  }

  /** After the terminal event. @throws UpstreamError `stream_cut` before it */
  outcome(): TranscriptionOutcome {
    if (this.done === undefined)
      throw new UpstreamError('stream_cut', 'the stream ended without a transcription');
    return this.done;
  }
}
