// What one channel's events and open run look like to its subscribers, ready to be dressed.
import { isRunEnded } from '#contracts';
import type { LogEntry, RunView } from '#event-log';
import { Rendered, RenderedEntry, RenderedFrame } from './rendered.js';
import { toFinal, toInProgress, toProcessing, toResponding, toStarted, type FramePlace } from './to-frame.js';

export class ChannelRenderer {
  private readonly channelJson: string;

  constructor(readonly channel: string) {
    this.channelJson = JSON.stringify(channel);
  }

  /** The event itself, for the delta format. */
  delta(entry: LogEntry): Rendered {
    return new RenderedEntry(this.channel, entry, this.channelJson);
  }

  /**
   * The documented frame of an event that has one of its own; pieces of text have none, see {@link text}.
   * @param run the open run as it was before the event
   */
  event(entry: LogEntry, run: RunView | undefined): Rendered | undefined {
    const { event } = entry;
    if (event.type !== 'run.started' && event.type !== 'tool.started' && !isRunEnded(event)) return undefined;
    const place = this.place(entry.epoch, entry.offset, event.at);
    if (event.type === 'run.started') return new RenderedFrame(toStarted(event, place));
    if (event.type === 'tool.started') {
      const thread = run?.run_id === event.run_id ? run.thread_id : null;
      return new RenderedFrame(toProcessing(event, thread, place));
    }
    return new RenderedFrame(toFinal(event, place));
  }

  started(run: RunView, epoch: string): Rendered {
    return new RenderedFrame(toStarted(run, this.place(epoch, run.start_offset, run.started_at)));
  }

  responding(run: RunView, epoch: string): Rendered {
    return new RenderedFrame(toResponding(run, this.place(epoch, run.text_offset)));
  }

  /** @param tip the text holds everything up to this offset */
  text(run: RunView, epoch: string, tip: number): Rendered {
    return new RenderedFrame(toInProgress(run, this.place(epoch, tip)));
  }

  private place(epoch: string, offset: number, at = Date.now()): FramePlace {
    return { channel: this.channel, epoch, offset, at };
  }
}
