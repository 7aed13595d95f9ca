// Things to send, dressed at most once per dress however many subscribers take them. Classes rather than
// closures: one is made for every token.
import { formatCursor, type Cursor, type Frame } from '#contracts';
import type { LogEntry } from '#event-log';
import { toDelta } from './to-delta.js';
import { wrap, type Wrap } from './wrap.js';

export abstract class Rendered {
  private bare: Buffer | undefined;
  private enveloped: Buffer | undefined;
  private sse: Buffer | undefined;

  constructor(protected readonly channel: string) {}

  protected abstract json(): string;
  /** The SSE event's name. */
  protected abstract name(): string;
  /** Where it stands in the log; absent on what is not in it. */
  protected abstract readonly place: Cursor | undefined;

  as(dress: Wrap): Buffer {
    return (this[dress] ??=
      dress === 'sse'
        ? wrap(this.json(), dress, this.channel, this.name(), this.place && formatCursor(this.place))
        : wrap(this.json(), dress, this.channel, ''));
  }
}

/** An event of the log in the delta format. */
export class RenderedEntry extends Rendered {
  constructor(
    channel: string,
    protected readonly place: LogEntry,
    private readonly channelJson: string,
  ) {
    super(channel);
  }

  protected json(): string {
    return toDelta(this.place, this.channelJson);
  }

  protected name(): string {
    return this.place.event.type;
  }
}

/** A frame of the documented protocol. */
export class RenderedFrame extends Rendered {
  constructor(protected readonly place: Frame) {
    super(place.channel);
  }

  protected json(): string {
    return JSON.stringify(this.place);
  }

  protected name(): string {
    return this.place.status;
  }
}

/** Anything else, as a line of JSON. */
export class RenderedLine extends Rendered {
  constructor(
    channel: string,
    private readonly line: string,
    private readonly event: string,
    protected readonly place: Cursor | undefined = undefined,
  ) {
    super(channel);
  }

  protected json(): string {
    return this.line;
  }

  protected name(): string {
    return this.event;
  }
}
