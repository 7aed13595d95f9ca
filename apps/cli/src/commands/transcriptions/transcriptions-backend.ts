// Documents for commands: kept and asked for here, made by the gateway that shares Redis and the storage.
import type { INestApplicationContext } from '@nestjs/common';
import type { DocumentJobs, Plans, TranscriptionJob, Transcriptions } from '#documents';
import { auditParts } from '../../backend/audited.js';
import { withBackend } from '../../backend/with-backend.js';
import { CliError } from '../../io/cli-error.js';

export interface OpenTranscriptions {
  transcriptions: Transcriptions;
  plans: Plans;
  jobs: DocumentJobs;
  backend: INestApplicationContext;
}

export async function withTranscriptions<T>(use: (open: OpenTranscriptions) => Promise<T>): Promise<T> {
  const [config, { DocumentJobs, DocumentsModule, Plans, Transcriptions }, { Metrics }, audit] =
    await Promise.all([import('#config'), import('#documents'), import('#telemetry'), auditParts()]);
  const {
    DocumentsConfig,
    KnowledgeConfig,
    LimitsConfig,
    OpenaiConfig,
    PrivacyConfig,
    RunsConfig,
    VconConfig,
  } = config;
  return withBackend(
    [
      DocumentsConfig,
      KnowledgeConfig,
      LimitsConfig,
      OpenaiConfig,
      PrivacyConfig,
      RunsConfig,
      VconConfig,
      ...audit.configs,
    ],
    { imports: [DocumentsModule], providers: [Metrics, ...audit.providers] },
    (backend) =>
      use({
        backend,
        transcriptions: backend.get(Transcriptions, { strict: false }),
        plans: backend.get(Plans, { strict: false }),
        jobs: backend.get(DocumentJobs, { strict: false }),
      }),
  );
}

/** @throws CliError when there is none */
export const found = (job: TranscriptionJob | undefined): TranscriptionJob => {
  if (job === undefined) throw new CliError('there is no transcription by this id');
  return job;
};
