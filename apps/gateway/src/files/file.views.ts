// Files as they are shown: ours, without the provider's id, which is no right of anybody's.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERRORS, type ErrorCode, type ParleyError } from '#contracts';
import { FILE_KINDS, FILE_STATES, UPLOAD_PURPOSES, type FileRecord } from '#knowledge';

export class FileView {
  @ApiProperty({ example: 'file_0f3b…' })
  id!: string;
  @ApiProperty({ example: 'drawing.pdf' })
  name!: string;
  @ApiProperty({ enum: Object.keys(FILE_KINDS) })
  kind!: string;
  @ApiProperty({ enum: UPLOAD_PURPOSES })
  purpose!: string;
  @ApiProperty({ description: 'The account at the provider.' })
  profile!: string;
  @ApiProperty({ enum: FILE_STATES })
  state!: string;
  @ApiPropertyOptional()
  bytes?: number;
  @ApiPropertyOptional({ description: 'SHA-256 of its content, hex.' })
  sha256?: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiPropertyOptional({ enum: Object.keys(ERRORS), description: 'Why it could not be removed yet.' })
  fault?: string;
}

export class FilePageView {
  @ApiProperty({ type: [FileView] })
  items!: FileView[];
  @ApiPropertyOptional({ description: 'For `after` of the next page.' })
  next?: string;
}

export class UploadFaultView {
  @ApiProperty({ enum: Object.keys(ERRORS) })
  code!: ErrorCode;
  @ApiProperty()
  status!: number;
  @ApiProperty()
  detail!: string;
  @ApiPropertyOptional({ type: [String] })
  errors?: string[];
}

export class UploadView {
  @ApiProperty({ description: 'Place in the form, from 0.' })
  index!: number;
  @ApiPropertyOptional({ type: FileView })
  file?: FileView;
  @ApiPropertyOptional({ type: UploadFaultView, description: 'Why this one was not taken.' })
  error?: UploadFaultView;
}

export class UploadsView {
  @ApiProperty({ type: [UploadView], description: 'In the order of the form.' })
  items!: UploadView[];
}

export class FileRemovalView {
  @ApiProperty()
  id!: string;
  @ApiProperty({
    description: 'false: it is gone here, and tried again at the provider until it is gone there.',
  })
  complete!: boolean;
}

export const toFileView = (record: FileRecord): FileView => ({
  id: record.id,
  name: record.name,
  kind: record.kind,
  purpose: record.purpose,
  profile: record.profile,
  state: record.state,
  ...(record.bytes !== undefined && { bytes: record.bytes }),
  ...(record.hash !== undefined && { sha256: record.hash }),
  created_at: new Date(record.created_at).toISOString(),
  ...(record.fault !== undefined && { fault: record.fault }),
});

export const toUploadFault = ({ code, httpStatus, publicText, details }: ParleyError): UploadFaultView => ({
  code,
  status: httpStatus,
  detail: publicText,
  ...(details.length > 0 && { errors: [...details] }),
});
