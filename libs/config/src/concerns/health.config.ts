import { IsInt, Min } from 'class-validator';
import { Env } from '../env.js';

export class HealthConfig {
  @Env(
    'MEMORY_LIMIT_MB',
    'Resident set (MiB) from which `/health` of gpt-worker calls its memory too full; 0 = nine tenths of what the container or machine has.',
  )
  @IsInt()
  @Min(0)
  memoryLimitMb: number = 0;
}
