// Everything that is asked of a vCon's bytes, in one go: read, checked, and of its content only what somebody needs. Takes and gives what can be
// copied between threads, so that it is the same work in one of its own (vcon-thread.ts) as here. Pure.
import { ParleyError } from '#contracts';
import { newestTurns, type NewestTurns, type TurnLimits } from '../vcon/conversation-vcon.js';
import { readVcon, type ReadOptions } from '../vcon/read-vcon.js';
import { renderVcon } from '../vcon/render-vcon.js';
import type { ParsedVcon, Vcon, VconRendering } from '../vcon/vcon.js';
import { contactsOf } from './owners.js';
import { toAttributes, type Attributes } from './to-attributes.js';
import { hashOf } from './vcon-record.js';

/** What is wanted of the content beside its outline. What was sealed on purpose is opened for none of it, even where we have the key. */
export interface VconWishes {
  /** What goes to an index of that tenant. */
  index?: { tenant: string; attributes: Attributes };
  rendering?: true;
  turns?: TurnLimits;
}

export interface VconStudy extends Omit<ParsedVcon, 'vcon'> {
  /** As it came, unpacked. */
  original: Buffer;
  /** SHA-256 of that, hex. */
  hash: string;
  created_at?: string;
  /** Addresses and numbers of its parties, each in its one spelling; none where no key opens it. */
  contacts: string[];
  index?: { content: Buffer; attributes: Attributes };
  rendering?: VconRendering;
  turns?: NewestTurns;
}

/** @throws what {@link readVcon} throws */
export async function studyVcon(bytes: Buffer, options: ReadOptions, wishes: VconWishes): Promise<VconStudy> {
  try {
    return await study(bytes, options, wishes);
  } catch (error) {
    // Longer than a text can be, or deeper than the stack.
    if ((error as Error).name !== 'RangeError') throw error;
    throw new ParleyError('too_complex', 'unable to read vCon; it is too much', { cause: error });
  }
}

async function study(bytes: Buffer, options: ReadOptions, wishes: VconWishes): Promise<VconStudy> {
  const { parsed, original } = await readVcon(bytes, options);
  const { vcon, ...outline } = parsed;
  return {
    ...outline,
    original,
    hash: hashOf(original),
    contacts: contactsOf(vcon),
    ...(vcon?.created_at !== undefined && { created_at: vcon.created_at }),
    ...(vcon !== undefined && parsed.form !== 'encrypted' && contentOf(vcon, wishes)),
  };
}

function contentOf(
  vcon: Vcon,
  { index, rendering, turns }: VconWishes,
): Pick<VconStudy, 'index' | 'rendering' | 'turns'> {
  const rendered = index || rendering ? renderVcon(vcon) : undefined;
  return {
    ...(index && {
      index: {
        content: Buffer.from(rendered!.text),
        attributes: toAttributes(index.tenant, vcon, index.attributes),
      },
    }),
    ...(rendering && { rendering: rendered! }),
    ...(turns && { turns: newestTurns(vcon, turns) }),
  };
}
