import { IsIn, IsInt, IsNumber, IsString, Max, Min, MinLength } from 'class-validator';
import { Env } from '../env.js';

export class CompletionsConfig {
  @Env('MODEL', 'Model of one-shot requests that name none.')
  @IsString()
  @MinLength(1)
  model: string = 'gpt-4o-mini';

  @Env('VISION_MODEL', 'Model of one-shot requests with images that name none.')
  @IsString()
  @MinLength(1)
  visionModel: string = 'gpt-4o-latest';

  @Env('MAX_TOKENS', 'Longest answer to a one-shot request, in tokens; a request may ask for less.')
  @IsInt()
  @Min(1)
  maxTokens: number = 4_000;

  @Env('TEMPERATURE', 'Of one-shot requests that name none; left out for models that refuse one.')
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature: number = 0.7;

  @Env('CONVERSATION_TURNS', 'Newest turns of a conversation that go along with a request that names it.')
  @IsInt()
  @Min(0)
  conversationTurns: number = 10;

  @Env('CONVERSATION_TOKENS', 'Tokens of those turns; older ones are left out.')
  @IsInt()
  @Min(0)
  conversationTokens: number = 8_000;

  @Env(
    'CONVERSATION_SUMMARY_MODEL',
    'Model that sums up the turns which do not go along any more, a cheap one; empty = they are left out. The summary goes along in their place.',
  )
  @IsString()
  conversationSummaryModel: string = '';

  @Env('CONVERSATION_SUMMARY_TOKENS', 'Longest summary, in tokens; they count among `CONVERSATION_TOKENS`.')
  @IsInt()
  @Min(50)
  @Max(4_000)
  conversationSummaryTokens: number = 500;

  @Env('FALLBACK_MODEL', 'Asked where the model of a one-shot request fails or its circuit is open.')
  @IsString()
  fallbackModel: string = '';

  @Env('CACHE_TTL_SECONDS', 'How long an answer is given again to an equal one-shot request; 0 = never.')
  @IsInt()
  @Min(0)
  cacheSeconds: number = 0;

  @Env(
    'CACHE_SCOPE',
    '`user`: nobody gets an answer that another user asked for; `tenant`: shared inside one.',
  )
  @IsIn(['user', 'tenant'])
  cacheScope: 'user' | 'tenant' = 'user';

  @Env('CACHE_MAX_TEMPERATURE', 'Requests above this temperature want variety: they are never cached.')
  @IsNumber()
  @Min(0)
  @Max(2)
  cacheMaxTemperature: number = 1;

  @Env(
    'CACHE_SIMILARITY',
    'From which cosine of their embeddings on two prompts count as the same question, so that one answer serves both, where everything else about the requests is equal: 0.95, say. 0 = only equal requests. Needs `CACHE_TTL_SECONDS`.',
  )
  @IsNumber()
  @Min(0)
  @Max(1)
  cacheSimilarity: number = 0;

  @Env('CACHE_EMBEDDING_MODEL', 'Model that makes those embeddings.')
  @IsString()
  @MinLength(1)
  cacheEmbeddingModel: string = 'text-embedding-3-small';

  @Env(
    'CACHE_SIMILAR_ENTRIES',
    'Prompts that one is compared with at most: the newest ones of the same user (or tenant) and kind of request. 2 KiB each.',
  )
  @IsInt()
  @Min(1)
  @Max(1_000)
  cacheSimilarEntries: number = 200;

  @Env(
    'OUTAGE_SECONDS',
    'How long a one-shot request waits for a provider that is away, or limits it again and again, and has no fallback, before it is answered with an error; 0 = as long as it takes.',
  )
  @IsInt()
  @Min(0)
  @Max(86_400)
  outageSeconds: number = 120;

  @Env(
    'FAR_DEADLINE',
    'What a one-shot request with a far deadline is sent by: `standard`, the cheaper `flex`, or `batch`, which collects such requests for the Batch API at half the price.',
  )
  @IsIn(['standard', 'flex', 'batch'])
  farDeadline: 'standard' | 'flex' | 'batch' = 'standard';

  @Env('FAR_DEADLINE_SECONDS', 'How far away a deadline must be to count as far.')
  @IsInt()
  @Min(60)
  farDeadlineSeconds: number = 3_600;

  @Env('BATCH_INTERVAL_SECONDS', 'How long the first request of a batch waits for others of its model.')
  @IsInt()
  @Min(1)
  batchIntervalSeconds: number = 300;

  @Env(
    'BATCH_MAX_REQUESTS',
    'Requests of one model that are sent without waiting longer; the most that one batch holds.',
  )
  @IsInt()
  @Min(1)
  @Max(50_000)
  batchMaxRequests: number = 50_000;

  @Env('BATCH_POLL_SECONDS', 'How often the provider is asked how far a batch is.')
  @IsInt()
  @Min(1)
  batchPollSeconds: number = 30;

  @Env(
    'BATCH_MARGIN_SECONDS',
    'Time before its deadline at which a request that no batch has answered is asked for as any other.',
  )
  @IsInt()
  @Min(1)
  batchMarginSeconds: number = 600;
}
