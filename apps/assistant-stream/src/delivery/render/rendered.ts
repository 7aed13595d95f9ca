// One thing to send, dressed at most once per dress however many subscribers take it.
import { formatCursor, type Cursor } from '#contracts';
import { wrap, type Wrap } from './wrap.js';

export class Rendered {
  private readonly made: { [dress in Wrap]?: Buffer } = {};
  private json: string | undefined;

  /**
   * @param render makes the JSON when the first subscriber needs it
   * @param name the SSE event's name, asked for only when an SSE subscriber takes it
   * @param place the SSE id; absent on what is not in the log
   */
  constructor(
    private readonly channel: string,
    private readonly render: () => string,
    private readonly name: () => string,
    private readonly place?: Cursor,
  ) {}

  as(dress: Wrap): Buffer {
    const known = this.made[dress];
    if (known) return known;
    this.json ??= this.render();
    const made =
      dress === 'sse'
        ? wrap(this.json, dress, this.channel, this.name(), this.place && formatCursor(this.place))
        : wrap(this.json, dress, this.channel, '');
    return (this.made[dress] = made);
  }
}
