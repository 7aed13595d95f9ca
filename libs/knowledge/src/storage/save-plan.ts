// Everything about a save that can be known before anything is done: what goes where, under which name. Pure.
import { ParleyError } from '#contracts';
import type { VconStudy } from './study-vcon.js';
import type { Attributes } from './to-attributes.js';
import type { VconRecord, VconRef } from './vcon-record.js';
import { madeWith, type Purpose, type SaveOptions } from './vcon-options.js';

export interface SavePlan {
  ref: VconRef;
  study: VconStudy;
  options: SaveOptions;
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
  /** Where it is to be searched; '' = nowhere. */
  store: string;
  filePrefix: string;
  /** What the provider takes in one file. */
  maxFileBytes: number;
}

/** @throws ParleyError `too_large` for more than the provider takes */
export function planSave(study: VconStudy, options: SaveOptions, known: Known): SavePlan {
  const { tenant, profile, maxFileBytes, store } = known;
  const { uuid, original, index } = study;
  const content = index?.content ?? original;
  if (content.length > maxFileBytes)
    throw new ParleyError('too_large', `unable to save vCon; ${content.length} bytes exceed ${maxFileBytes}`);
  const name = `${options.file_prefix ?? known.filePrefix}${uuid}.vcon.json`;
  return {
    ref: { tenant, profile, uuid },
    study,
    options,
    name,
    purpose: options.purpose ?? 'assistants',
    content,
    ...(index && { vector_store_id: store }),
    attributes: index?.attributes ?? {},
    made_with: madeWith(name, index && store, options),
  };
}

/** Whether what is there is what would be made. */
export const isSaved = (record: VconRecord | undefined, { study, made_with }: SavePlan): boolean =>
  record !== undefined &&
  record.hash === study.hash &&
  record.made_with === made_with &&
  record.file !== undefined &&
  record.attempt === undefined &&
  (record.state === 'ready' || record.state === 'indexing');
