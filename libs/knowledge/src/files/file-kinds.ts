// Tells what a file is by its content; its name must agree, because the provider goes by the name.
import { fileTypeFromBuffer } from 'file-type';
import { ParleyError } from '#contracts';

export const FILE_KINDS = {
  pdf: { ending: '.pdf', type: 'application/pdf' },
  docx: {
    ending: '.docx',
    type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  },
  txt: { ending: '.txt', type: 'text/plain' },
} as const;
export type FileKind = keyof typeof FILE_KINDS;

/** The names of the parts of a .docx stand in its first kilobytes. */
export const HEAD_BYTES = 65_536;
const MOST_NAME_CHARS = 200;
/** All of C0 but tab, line feed, form feed, carriage return; DEL. */
// oxlint-disable-next-line no-control-regex -- that is what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

/**
 * The name without what a path, a terminal or a header would read in it.
 * @throws ParleyError `invalid_request`, `unsupported_media_type` for an ending of no kind that is taken
 */
export function readFileName(given: string | undefined): { name: string; kind: FileKind } {
  const name = (given ?? '')
    .normalize('NFC')
    .toWellFormed()
    .split(/[/\\]/)
    .at(-1)!
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .trim();
  if (name === '' || name.startsWith('.') || name.length > MOST_NAME_CHARS)
    throw new ParleyError('invalid_request', 'unable to take file; its name will not do', {
      details: [`a file must have a name of at most ${MOST_NAME_CHARS} characters that begins with no dot`],
    });
  const kinds = Object.keys(FILE_KINDS) as FileKind[];
  const kind = kinds.find((one) => name.toLowerCase().endsWith(FILE_KINDS[one].ending));
  if (kind === undefined) throw wrongKind(`it must be one of ${kinds.join(', ')}`);
  return { name, kind };
}

/**
 * Passes a file on while it looks whether it is what its name says.
 * @throws ParleyError `unsupported_media_type`; `invalid_request` for an empty one
 */
export async function* ofKind(kind: FileKind, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < HEAD_BYTES) {
      const next = await chunks.next();
      if (next.done) break;
      head.push(next.value);
      length += next.value.byteLength;
    }
    if (length === 0)
      throw new ParleyError('invalid_request', 'unable to take file; it is empty', {
        details: ['the file is empty'],
      });
    await checkHead(kind, Buffer.concat(head));
    const text = kind === 'txt' ? new TextCheck() : undefined;
    for (const chunk of head.splice(0)) {
      text?.take(chunk);
      yield chunk;
    }
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      text?.take(next.value);
      yield next.value;
    }
    text?.end();
  } finally {
    await chunks.return?.();
  }
}

async function checkHead(kind: FileKind, head: Buffer): Promise<void> {
  if (kind === 'txt') return;
  const found = await fileTypeFromBuffer(head.subarray(0, HEAD_BYTES)).catch(() => undefined);
  if (found?.ext !== kind) throw wrongKind(`its content is no ${kind}`);
}

/** UTF-8 without control characters, over the borders of chunks. */
class TextCheck {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });

  take(chunk: Uint8Array): void {
    this.look(() => this.decoder.decode(chunk, { stream: true }));
  }

  end(): void {
    this.look(() => this.decoder.decode());
  }

  private look(decode: () => string): void {
    let text: string;
    try {
      text = decode();
    } catch {
      throw wrongKind('its content is no UTF-8 text');
    }
    if (CONTROLS.test(text)) throw wrongKind('its content is no plain text');
  }
}

const wrongKind = (detail: string): ParleyError =>
  new ParleyError('unsupported_media_type', `unable to take file; ${detail}`, { details: [detail] });
