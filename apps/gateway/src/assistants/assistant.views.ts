// Assistants as REST clients see them: OpenAI's assistant object and what Parley adds.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const anything = { type: 'object', additionalProperties: true } as const;
const ANY = {
  nullable: true,
  anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'array', items: {} }, anything],
};
const TOOLS = { type: 'array', items: anything } as const;

export class SettingsView {
  @ApiProperty({ type: String, nullable: true })
  name!: string | null;
  @ApiProperty({ type: String, nullable: true })
  description!: string | null;
  @ApiProperty({ example: 'gpt-6-luna' })
  model!: string;
  @ApiProperty({ type: String, nullable: true })
  instructions!: string | null;
  @ApiProperty(TOOLS)
  tools!: object[];
  @ApiProperty(anything)
  tool_resources!: object;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  metadata!: Record<string, string>;
  @ApiProperty({ type: Number, nullable: true })
  temperature!: number | null;
  @ApiProperty({ type: Number, nullable: true })
  top_p!: number | null;
  @ApiProperty({ oneOf: [{ type: 'string' }, anything], description: '`auto`, or an object.' })
  response_format!: unknown;
}

export class CanaryView {
  @ApiProperty()
  version!: number;
  @ApiProperty({ description: 'Of new runs, 0 to 1.' })
  share!: number;
  @ApiProperty()
  min_runs!: number;
  @ApiProperty()
  max_error_share!: number;
  @ApiPropertyOptional({ description: 'US dollars per completed run.' })
  max_cost_usd?: number;
  @ApiPropertyOptional({ description: "Of the live version's mean cost per completed run." })
  max_cost_factor?: number;
  @ApiProperty({ description: 'UTC seconds.' })
  started_at!: number;
}

export class CanaryEndView {
  @ApiProperty()
  version!: number;
  @ApiProperty()
  reason!: string;
  @ApiProperty()
  runs!: number;
  @ApiProperty()
  errors!: number;
  @ApiPropertyOptional({ description: 'US dollars per completed run, by the list prices.' })
  mean_cost_usd?: number;
  @ApiProperty({ description: 'UTC seconds.' })
  ended_at!: number;
}

export class AssistantView extends SettingsView {
  @ApiProperty({ example: 'asst_0123456789abcdef0123456789abcdef' })
  id!: string;
  @ApiProperty({ enum: ['assistant'] })
  object!: 'assistant';
  @ApiProperty({ description: 'UTC seconds.' })
  created_at!: number;
  @ApiProperty()
  purpose!: string;
  @ApiProperty({ description: 'What new runs get; also the ETag.' })
  version!: number;
  @ApiProperty()
  created_by!: string;
  @ApiProperty({ description: 'Whether a clean-up may delete it.' })
  made_by_us!: boolean;
  @ApiProperty({ description: 'Whether it is the current one of its purpose.' })
  current!: boolean;
  @ApiPropertyOptional({ type: CanaryView })
  canary?: CanaryView;
  @ApiPropertyOptional({ type: CanaryEndView, description: 'Of the last trial, when it ended by itself.' })
  canary_ended?: CanaryEndView;
}

export class AssistantPageView {
  @ApiProperty({ type: [AssistantView] })
  items!: AssistantView[];
  @ApiPropertyOptional()
  next?: string;
}

export class VersionView {
  @ApiProperty()
  version!: number;
  @ApiProperty({ description: 'UTC seconds.' })
  created_at!: number;
  @ApiProperty()
  created_by!: string;
  @ApiProperty()
  reason!: string;
  @ApiProperty({ type: SettingsView })
  settings!: SettingsView;
}

export class VersionsView {
  @ApiProperty({ type: [VersionView], description: 'Oldest first.' })
  items!: VersionView[];
}

export class ChangeView {
  @ApiProperty()
  field!: string;
  @ApiProperty(ANY)
  from!: unknown;
  @ApiProperty(ANY)
  to!: unknown;
}

export class DiffView {
  @ApiProperty()
  from!: number;
  @ApiProperty()
  to!: number;
  @ApiProperty({ type: [ChangeView] })
  changes!: ChangeView[];
}

export class ChannelAssistantView {
  @ApiPropertyOptional()
  purpose?: string;
  @ApiPropertyOptional()
  assistant_id?: string;
  @ApiPropertyOptional()
  version?: number;
}
