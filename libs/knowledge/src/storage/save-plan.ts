// Everything about a save that can be known before anything is done: what goes where, under which name. Pure.
import { ParleyError } from '#contracts';
import type { ParsedVcon, VconRendering } from '../vcon/vcon.js';
import { toAttributes, type Attributes } from './to-attributes.js';
import { hashOf, type VconRecord, type VconRef } from './vcon-record.js';
import { madeWith, type Purpose, type SaveOptions } from './vcon-options.js';

export interface SavePlan {
  ref: VconRef;
  parsed: ParsedVcon;
  options: SaveOptions;
  /** As it came, unpacked: what `get` gives back. */
  original: Buffer;
  hash: string;
  /** Of the file at the provider. */
  name: string;
  purpose: Purpose;
  /** What is uploaded: the rendering where it is to be searched, else the vCon as it is. */
  content: Buffer;
  vector_store_id?: string;
  attributes: Attributes;
  made_with: string;
}

interface Known {
  tenant: string;
  profile: string;
  /** Of the account; '' and undefined = none. */
  vector_store_id: string | undefined;
  filePrefix: string;
  /** What the provider takes in one file. */
  maxFileBytes: number;
}

/** @throws ParleyError `too_large` for more than the provider takes */
export function planSave(
  original: Buffer,
  parsed: ParsedVcon,
  options: SaveOptions,
  known: Known,
  render: (parsed: ParsedVcon) => VconRendering,
): SavePlan {
  const { tenant, profile, maxFileBytes } = known;
  const { uuid, form, vcon } = parsed;
  const store = options.vector_store_id ?? known.vector_store_id ?? '';
  // What was sealed on purpose is not opened for an index elsewhere, even where we have the key.
  const searchable = store !== '' && form !== 'encrypted' && vcon !== undefined;
  const content = searchable ? Buffer.from(render(parsed).text) : original;
  if (content.length > maxFileBytes)
    throw new ParleyError('too_large', `unable to save vCon; ${content.length} bytes exceed ${maxFileBytes}`);
  const name = `${options.file_prefix ?? known.filePrefix}${uuid}.vcon.json`;
  return {
    ref: { tenant, profile, uuid },
    parsed,
    options,
    original,
    hash: hashOf(original),
    name,
    purpose: options.purpose ?? 'assistants',
    content,
    ...(searchable && { vector_store_id: store }),
    attributes: searchable ? toAttributes(tenant, vcon, options.attributes) : {},
    made_with: madeWith(name, searchable ? store : undefined, options),
  };
}

/** Whether what is there is what would be made. */
export const isSaved = (record: VconRecord | undefined, { hash, made_with }: SavePlan): boolean =>
  record !== undefined &&
  record.hash === hash &&
  record.made_with === made_with &&
  record.file !== undefined &&
  record.attempt === undefined &&
  (record.state === 'ready' || record.state === 'indexing');
