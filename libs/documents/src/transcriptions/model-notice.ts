// Says once, at start, what becomes of the model that recordings are written down by.
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DocumentsConfig } from '#config';
import { ModelCatalogue, modelNotices } from '#openai';

@Injectable()
export class TranscriptionModelNotice implements OnApplicationBootstrap {
  private readonly logger = new Logger('Transcriptions');

  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly config: DocumentsConfig,
  ) {}

  onApplicationBootstrap(): void {
    const unknown = { ok: false, at: Date.now(), models: new Map<string, string | null>() };
    const names = [this.config.transcriptionModel];
    for (const { notice, ...named } of modelNotices(names, this.catalogue, unknown, new Date()))
      this.logger.warn(
        named,
        notice === 'replaced'
          ? 'OPENAI_MODEL_TRANSCRIBE names a model that is shut down: its successor is used'
          : 'the model of OPENAI_MODEL_TRANSCRIBE will be shut down',
      );
  }
}
