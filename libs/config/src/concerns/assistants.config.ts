import { IsBoolean, IsIn, IsInt, Min } from 'class-validator';
import { Env } from '../env.js';

export class AssistantsConfig {
  @Env(
    'ASSISTANT_REFRESH_MODE',
    'When the refresh interval has passed: `recreate` makes a new assistant from the current one; `verify` asks the provider whether its model still exists.',
  )
  @IsIn(['recreate', 'verify'])
  refreshMode: 'recreate' | 'verify' = 'recreate';

  @Env(
    'ASSISTANT_REFRESH_INTERVAL_MS',
    'Milliseconds between refreshes until another interval is set over REST; 0 = every time the manager is asked.',
  )
  @IsInt()
  @Min(0)
  refreshIntervalMs: number = 86_400_000;

  @Env(
    'ASSISTANT_KEEP',
    'How many of the assistants that Parley made are kept after it made another; current ones and those in use are always kept.',
  )
  @IsInt()
  @Min(1)
  keep: number = 5;

  @Env(
    'ASSISTANT_PROJECTIONS',
    'The manager also writes the current assistant to `.env` and `config/openai-assistant.json` of its working directory. The command line always does.',
  )
  @IsBoolean()
  projections: boolean = false;
}
