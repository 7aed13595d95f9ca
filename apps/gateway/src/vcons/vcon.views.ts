// vCons as REST shows them: how far they are, never what is in them.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { REMOVABLE, VCON_STATES, type Removal, type Saved } from '#knowledge';

class FaultView {
  @ApiProperty()
  code!: string;
  @ApiPropertyOptional({ description: 'What the provider said, cleaned.' })
  detail?: string;
}

class IssueView {
  @ApiProperty({ example: '$.dialog[0].parties[1]' })
  path!: string;
  @ApiProperty()
  rule!: string;
  @ApiProperty()
  message!: string;
}

class SignatureView {
  @ApiProperty()
  verified!: boolean;
  @ApiProperty()
  alg!: string;
  @ApiProperty({ type: [String] })
  chain!: string[];
  @ApiPropertyOptional()
  reason?: string;
}

export class VconView {
  @ApiProperty({ format: 'uuid' })
  uuid!: string;
  @ApiProperty()
  profile!: string;
  @ApiPropertyOptional({ enum: VCON_STATES })
  state?: string;
  @ApiPropertyOptional({ type: FaultView, description: 'Why it is in this state.' })
  fault?: FaultView;
  @ApiPropertyOptional({
    type: FaultView,
    description: 'Of a later save that failed; what was saved before lives on.',
  })
  last_fault?: FaultView;
  @ApiProperty({ enum: ['unsigned', 'signed', 'encrypted'] })
  form!: string;
  @ApiProperty({ description: 'SHA-256 of the vCon as it came.' })
  sha256!: string;
  @ApiProperty()
  bytes!: number;
  @ApiPropertyOptional()
  file_id?: string;
  @ApiPropertyOptional()
  file_name?: string;
  @ApiPropertyOptional()
  vector_store_id?: string;
  @ApiProperty({ type: [IssueView], description: 'Departures from the draft that were accepted.' })
  warnings!: IssueView[];
  @ApiProperty({ type: [SignatureView] })
  signatures!: SignatureView[];
  @ApiPropertyOptional({ format: 'date-time' })
  saved_at?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  changed_at?: string;
}

export class SavedVconView extends VconView {
  @ApiProperty({ enum: ['saved', 'unchanged', 'dry_run'] })
  outcome!: string;
  @ApiProperty({ description: 'Of what is uploaded.' })
  file_bytes!: number;
}

export class VconPageView {
  @ApiProperty({ type: [VconView] })
  items!: VconView[];
  @ApiPropertyOptional()
  next?: string;
}

class HitView {
  @ApiProperty()
  snippet!: string;
  @ApiProperty()
  score!: number;
  @ApiPropertyOptional({ description: 'Index into the vCon’s `dialog`.' })
  dialog?: number;
  @ApiPropertyOptional({ description: 'Index into its `analysis`.' })
  analysis?: number;
}

export class VconMatchView extends HitView {
  @ApiProperty({ format: 'uuid' })
  uuid!: string;
  @ApiProperty()
  profile!: string;
  @ApiProperty()
  file_id!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  attributes!: object;
  @ApiProperty({ type: [HitView], description: 'Further places in the same vCon.' })
  more!: HitView[];
}

export class VconMatchesView {
  @ApiProperty({ type: [VconMatchView] })
  items!: VconMatchView[];
  @ApiPropertyOptional()
  next?: string;
}

class RemovedObjectView {
  @ApiProperty({ enum: REMOVABLE })
  kind!: string;
  @ApiProperty()
  id!: string;
  @ApiPropertyOptional()
  vector_store_id?: string;
  @ApiProperty({ enum: ['pending', 'deleted', 'absent'] })
  outcome!: string;
  @ApiPropertyOptional({ description: 'What was answered for it at last.' })
  answer?: string;
}

export class RemovalView {
  @ApiProperty({ example: 'removal_3f…' })
  id!: string;
  @ApiProperty({ enum: ['deleted', 'replaced', 'failed_save', 'orphan'] })
  why!: string;
  @ApiProperty({ format: 'uuid' })
  uuid!: string;
  @ApiProperty()
  profile!: string;
  @ApiProperty({ description: 'Whether every object is gone; if not, it is tried again.' })
  complete!: boolean;
  @ApiProperty()
  tries!: number;
  @ApiProperty({ format: 'date-time' })
  begun_at!: string;
  @ApiProperty({ type: [RemovedObjectView] })
  objects!: RemovedObjectView[];
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Of a deletion that is complete, signed; `parley erasures verify` checks it. Kept for 90 days.',
  })
  receipt?: object;
}

export class RemovalsView {
  @ApiProperty({ type: [RemovalView] })
  items!: RemovalView[];
}

const when = (ms: number): string => new Date(ms).toISOString();

export function toVconView(record: Saved['record']): VconView {
  const { uuid, profile, state, fault, last_fault, form, hash, bytes, file, warnings, signatures } = record;
  return {
    uuid,
    profile,
    ...(state !== undefined && { state }),
    ...(fault !== undefined && { fault }),
    ...(last_fault !== undefined && { last_fault }),
    form,
    sha256: hash,
    bytes,
    ...(file !== undefined && { file_id: file.file_id, file_name: file.name }),
    ...(file?.vector_store_id !== undefined && { vector_store_id: file.vector_store_id }),
    warnings,
    signatures,
    ...(record.saved_at !== undefined && { saved_at: when(record.saved_at) }),
    ...(record.changed_at !== undefined && { changed_at: when(record.changed_at) }),
  };
}

export const toSavedView = ({ outcome, record, file_name, file_bytes }: Saved): SavedVconView => ({
  ...toVconView(record),
  outcome,
  file_name,
  file_bytes,
});

export function toRemovalView({
  id,
  why,
  uuid,
  profile,
  tries,
  begun_at,
  objects,
  receipt,
}: Removal): RemovalView {
  return {
    id,
    why,
    uuid,
    profile,
    complete: objects.every(({ outcome }) => outcome !== 'pending'),
    tries,
    begun_at: when(begun_at),
    objects: objects.map(({ kind, id: object, vector_store_id, outcome, answer }) => ({
      kind,
      id: object,
      ...(vector_store_id !== undefined && { vector_store_id }),
      outcome,
      ...(answer !== undefined && { answer }),
    })),
    ...(receipt !== undefined && { receipt }),
  };
}
