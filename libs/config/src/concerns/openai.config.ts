import { IsIn, IsInt, IsString, Matches, Max, Min, MinLength, ValidateIf } from 'class-validator';
import { Env } from '../env.js';

export class OpenaiConfig {
  @Env('OPENAI_API_KEY', 'Key of the provider. Required.', {
    secret: true,
    placeholders: ['your-openai-api-key', 'your_openai_api_key', 'your_api_key_here', 'sk-...'],
  })
  @MinLength(1, { message: 'is required' })
  apiKey: string = '';

  @Env('OPENAI_ORG_ID', 'Organization that is billed.', { placeholders: ['your-org-id', 'org-xxxxx'] })
  @IsString()
  organization: string = '';

  @Env('OPENAI_PROJECT_ID', 'Project that is billed.', { placeholders: ['your-project-id', 'proj-xxxxx'] })
  @IsString()
  project: string = '';

  @Env('OPENAI_VECTOR_STORE_ID', 'Where files of the knowledge doors go that name no store.', {
    placeholders: ['your-vector-store-id', 'vs_xxxxx'],
  })
  @IsString()
  vectorStore: string = '';

  @Env(
    'OPENAI_PROFILES',
    'Further accounts for files and vector stores, JSON: `{"name": {"api_key", "organization", "project", "base_url", "vector_store_id"}}`; the key and the URL default to those above.',
    { secret: true },
  )
  @IsString()
  profiles: string = '';

  @Env('OPENAI_BASE_URL', 'Base URL of the provider, with `/v1`.')
  @Matches(/^https?:\/\//, { message: 'must be an http(s) URL' })
  baseUrl: string = 'https://api.openai.com/v1';

  @Env('OPENAI_API', '`responses`, or `chat` for servers that have only chat completions.')
  @IsIn(['responses', 'chat'])
  api: 'responses' | 'chat' = 'responses';

  @Env(
    'OPENAI_MODEL',
    'Model of the default assistant; retired names are mapped to a current one with a warning.',
  )
  @IsString()
  @MinLength(1)
  model: string = 'gpt-4o-mini';

  @Env('MODEL_ALIASES', 'Own mapping of model names, `old=new,old2=new2`.')
  @IsString()
  aliases: string = '';

  @Env(
    'OPENAI_RESUME',
    '`rerun` repeats a cut-off answer; `background` lets another worker re-attach to it, at the price of a slower first token, of state kept by the provider for minutes, and of `WORKER_UNNAMED_CALLS`.',
  )
  @IsIn(['rerun', 'background'])
  resume: 'rerun' | 'background' = 'rerun';

  @Env('TIMEOUT', 'Seconds without a sign of life after which a call for a one-shot request is given up.')
  @IsInt()
  @Min(1)
  @Max(86_400)
  timeoutSeconds: number = 30;

  @Env('FALLBACK_BASE_URL', 'Where that model is, with `/v1`, when it is not at the same provider.')
  @ValidateIf((config: OpenaiConfig) => config.fallbackBaseUrl !== '')
  @Matches(/^https?:\/\//, { message: 'must be an http(s) URL' })
  fallbackBaseUrl: string = '';

  @Env('FALLBACK_API_KEY', 'Key of that provider.', { secret: true })
  @IsString()
  fallbackApiKey: string = '';
}
