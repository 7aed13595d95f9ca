// Usage as REST clients see it.
import { ApiProperty } from '@nestjs/swagger';

export class UsageCountsView {
  @ApiProperty({ description: 'That have ended; the next three add up to it.' })
  runs!: number;
  @ApiProperty()
  completed!: number;
  @ApiProperty()
  failed!: number;
  @ApiProperty()
  cancelled!: number;
  @ApiProperty({ description: 'Of completed runs, as the four below.' })
  input_tokens!: number;
  @ApiProperty()
  output_tokens!: number;
  @ApiProperty()
  total_tokens!: number;
  @ApiProperty({ description: 'Of the input.' })
  cached_tokens!: number;
  @ApiProperty({ description: 'Of the output.' })
  reasoning_tokens!: number;
}

export class VersionUsageView extends UsageCountsView {
  @ApiProperty()
  version!: number;
}

export class AssistantUsageView extends UsageCountsView {
  @ApiProperty()
  assistant_id!: string;
  @ApiProperty({ type: [VersionUsageView], description: 'Only those that were used; oldest first.' })
  versions!: VersionUsageView[];
}
