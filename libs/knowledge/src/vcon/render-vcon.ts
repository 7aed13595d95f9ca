// What of a vCon goes to the index: subject, parties, what was written and said, summaries. Text only, a part a line; the same vCon always
// gives the same text, so that a hit in it can be led back to the dialog that it comes from.
import { textOf } from './text-of.js';
import type { RenderedSpan, Vcon, VconDialog, VconParty, VconRendering } from './vcon.js';

/** A line longer than this is cut, so that a chunk of the index holds whole lines. */
const LINE = 600;

export function renderVcon(vcon: Vcon): VconRendering {
  const page = new Page();
  page.line(`"uuid": ${JSON.stringify(vcon.uuid)}`);
  for (const name of ['created_at', 'subject'] as const)
    if (vcon[name]) page.line(`"${name}": ${JSON.stringify(vcon[name])}`);
  page.list('parties', vcon.parties ?? [], (party) => [{ text: JSON.stringify(describe(party)) }]);
  page.list('dialog', vcon.dialog ?? [], (dialog, i) => {
    const head = {
      dialog: i,
      type: dialog.type,
      ...(dialog.start && { start: dialog.start }),
      ...speaker(vcon, dialog),
    };
    return pieces(textOf(dialog)).map((text) => ({ text: JSON.stringify({ ...head, text }), dialog: i }));
  });
  page.list('analysis', vcon.analysis ?? [], (analysis, i) => {
    const of = [analysis.dialog].flat();
    const dialog = of.length === 1 && typeof of[0] === 'number' ? of[0] : undefined;
    const head = { analysis: i, type: analysis.type, ...(dialog !== undefined && { dialog }) };
    return pieces(textOf(analysis)).map((text) => ({
      text: JSON.stringify({ ...head, text }),
      analysis: i,
      ...(dialog !== undefined && { dialog }),
    }));
  });
  return page.end();
}

interface Line extends Omit<RenderedSpan, 'start' | 'end'> {
  text: string;
}

class Page {
  private text = '{';
  private first = true;
  private readonly spans: RenderedSpan[] = [];

  line(text: string): void {
    this.text += `${this.first ? '' : ','}\n${text}`;
    this.first = false;
  }

  /** Nothing at all where no item has anything to say. */
  list<T>(name: string, items: readonly T[], toLines: (item: T, i: number) => Line[]): void {
    const lines = items.flatMap((item, i) => toLines(item, i));
    if (lines.length === 0) return;
    this.line(`"${name}": [`);
    lines.forEach(({ text, ...from }, i) => {
      this.text += i === 0 ? '\n' : ',\n';
      const start = this.text.length;
      this.text += text;
      this.spans.push({ start, end: this.text.length, ...from });
    });
    this.text += '\n]';
  }

  end(): VconRendering {
    return { text: `${this.text}\n}\n`, spans: this.spans };
  }
}

function describe({ name, tel, mailto, role }: VconParty): object {
  return { ...(name && { name }), ...(tel && { tel }), ...(mailto && { mailto }), ...(role && { role }) };
}

/** Who speaks, where one does. */
function speaker(vcon: Vcon, { originator, parties }: VconDialog): { from?: string } {
  const index =
    originator ??
    (typeof parties === 'number'
      ? parties
      : Array.isArray(parties) && parties.length === 1
        ? parties[0]
        : undefined);
  const party = typeof index === 'number' ? vcon.parties[index] : undefined;
  const from = party && (party.name || party.role || party.tel || party.mailto);
  return from ? { from } : {};
}

/** Lines together as long as they fit, longer ones cut between sentences or words. */
function pieces(lines: readonly string[]): string[] {
  const all: string[] = [];
  let open = '';
  for (const line of lines.flatMap(cut)) {
    if (open !== '' && open.length + line.length + 1 > LINE) {
      all.push(open);
      open = '';
    }
    open = open === '' ? line : `${open}\n${line}`;
  }
  return open === '' ? all : [...all, open];
}

function cut(line: string): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > LINE) {
    const head = rest.slice(0, LINE);
    const at = Math.max(head.lastIndexOf('. ') + 1, head.lastIndexOf('? ') + 1, head.lastIndexOf('! ') + 1);
    const end = at > LINE / 2 ? at : head.lastIndexOf(' ') > 0 ? head.lastIndexOf(' ') : LINE;
    parts.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return rest === '' ? parts : [...parts, rest];
}
