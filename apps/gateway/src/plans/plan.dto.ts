// Bodies of the routes about plans, for the document; what is in them is checked by the documents lib.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MEETING_TYPES, MOST_TEXT_BYTES } from '#documents';

class AskedBody {
  @ApiPropertyOptional({ description: 'Default: OPENAI_MODEL_PLAN.' })
  model?: string;
  @ApiPropertyOptional({
    default: true,
    description: '`false` asks the model even if an equal question was answered before.',
  })
  cache?: boolean;
}

class PlanSourceBody {
  @ApiProperty({ maxLength: 200 })
  name!: string;
  @ApiProperty()
  text!: string;
}

export class PlanBody extends AskedBody {
  @ApiProperty({ maxLength: 200 })
  customer!: string;
  @ApiPropertyOptional({ maxLength: 200 })
  project_name?: string;
  @ApiPropertyOptional({ maxLength: 200 })
  family_of_parts?: string;
  @ApiPropertyOptional({ type: [String], maxItems: 200, description: 'What is known of the project.' })
  facts?: string[];
  @ApiPropertyOptional({ maxLength: 20_000, description: 'In place of the usual system prompt.' })
  instructions?: string;
  @ApiPropertyOptional({
    type: [PlanSourceBody],
    maxItems: 20,
    description: `Documents as text; all texts together at most ${MOST_TEXT_BYTES} bytes.`,
  })
  sources?: PlanSourceBody[];
  @ApiPropertyOptional({ type: [String], maxItems: 20, description: 'Uuids of saved vCons.' })
  vcons?: string[];
  @ApiPropertyOptional({ type: [String], maxItems: 20, description: "Files of the provider's account." })
  file_ids?: string[];
  @ApiPropertyOptional({
    type: [String],
    maxItems: 2,
    description: 'Vector stores that the model may search.',
  })
  vector_store_ids?: string[];
}

export class TranscriptBody extends AskedBody {
  @ApiProperty({ enum: MEETING_TYPES })
  meeting_type!: string;
  @ApiPropertyOptional({ description: 'What was said, as text; or `transcription`.' })
  transcript?: string;
  @ApiPropertyOptional({ description: 'Id of a transcription that has been written down.' })
  transcription?: string;
}

export class GradeBody extends AskedBody {}
