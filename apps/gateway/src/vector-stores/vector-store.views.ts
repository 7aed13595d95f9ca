// Vector stores as they are shown.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERRORS } from '#contracts';
import { INDEX_STATES, STORE_STATES, type StoredFile, type StoreRecord } from '#knowledge';

export class StoreFilesView {
  @ApiProperty()
  total!: number;
  @ApiProperty({ description: 'That can be found.' })
  completed!: number;
  @ApiProperty()
  failed!: number;
}

export class FailedFileView {
  @ApiProperty({ description: "'' = several." })
  id!: string;
  @ApiProperty()
  reason!: string;
}

export class VectorStoreView {
  @ApiProperty({ example: 'store_0f3b…' })
  id!: string;
  @ApiProperty({
    description: 'At the provider: what `file_search` of assistants and plans name.',
    example: 'vs_0f3b…',
  })
  vector_store_id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  profile!: string;
  @ApiProperty({ enum: STORE_STATES })
  state!: string;
  @ApiProperty({ description: 'Days without use after which it goes.' })
  expires_after_days!: number;
  @ApiProperty()
  delete_files!: boolean;
  @ApiProperty({ type: 'object', additionalProperties: true })
  attributes!: Record<string, string | number | boolean>;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ type: StoreFilesView })
  files!: StoreFilesView;
  @ApiProperty({ type: [FailedFileView] })
  failed_files!: FailedFileView[];
  @ApiPropertyOptional({ enum: Object.keys(ERRORS), description: 'Why it could not be removed yet.' })
  fault?: string;
}

export class VectorStorePageView {
  @ApiProperty({ type: [VectorStoreView] })
  items!: VectorStoreView[];
  @ApiPropertyOptional({ description: 'For `after` of the next page.' })
  next?: string;
}

export class StoreHitView {
  @ApiPropertyOptional({ description: 'Of the uploaded file.' })
  file_id?: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  score!: number;
  @ApiProperty()
  text!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  attributes!: Record<string, string | number | boolean>;
}

export class StoreHitsView {
  @ApiProperty({ type: [StoreHitView] })
  items!: StoreHitView[];
}

export class StoreRemovalView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ description: 'false: it is tried again until it is gone.' })
  complete!: boolean;
}

export class StoredFileView {
  @ApiProperty({ description: 'Of the uploaded file.', example: 'file_0f3b…' })
  id!: string;
  @ApiPropertyOptional()
  name?: string;
  @ApiProperty({ enum: INDEX_STATES })
  status!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  attributes!: Record<string, string | number | boolean>;
  @ApiProperty({ description: 'What its index takes.' })
  bytes!: number;
  @ApiPropertyOptional({ description: 'Why it cannot be found.' })
  reason?: string;
}

export class StoredFilePageView {
  @ApiProperty({ type: [StoredFileView] })
  items!: StoredFileView[];
  @ApiPropertyOptional({ description: 'For `after` of the next page.' })
  next?: string;
}

export class StoredFileRemovalView {
  @ApiProperty()
  id!: string;
  @ApiProperty({
    enum: ['kept', 'removed', 'removing'],
    description: 'The upload itself: `removing` is tried again until it is gone.',
  })
  file!: string;
}

export const toStoredFileView = ({ name, ...file }: StoredFile): StoredFileView => ({
  ...file,
  ...(name !== undefined && { name }),
});

export const toStoreView = (record: StoreRecord): VectorStoreView => ({
  id: record.id,
  vector_store_id: record.vector_store_id,
  name: record.name,
  profile: record.profile,
  state: record.state,
  expires_after_days: record.ttl_days,
  delete_files: record.delete_files,
  attributes: record.attributes,
  created_at: new Date(record.created_at).toISOString(),
  files: {
    total: record.files.length,
    completed: record.completed,
    failed: record.failed.filter(({ id }) => id !== '').length,
  },
  failed_files: record.failed,
  ...(record.fault !== undefined && { fault: record.fault }),
});
