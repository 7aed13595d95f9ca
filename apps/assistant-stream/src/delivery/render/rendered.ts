// One thing to send, dressed at most once per dress however many subscribers take it.
import { wrap, type Place, type Wrap } from './wrap.js';

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
    private readonly place?: Place,
  ) {}

  as(dress: Wrap): Buffer {
    const made = this.made[dress];
    if (made) return made;
    this.json ??= this.render();
    const name = dress === 'sse' ? this.name() : '';
    return (this.made[dress] = wrap(this.json, dress, this.channel, name, this.place));
  }
}
