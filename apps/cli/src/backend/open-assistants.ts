// The assistants for a process that serves nobody: commands, and programs that use Parley as a library (compat/).
import type {
  AssistantCanary,
  AssistantManager,
  AssistantProjections,
  AssistantRegistry,
  AssistantUsage,
  DefaultAssistant,
  ProjectionKeeper,
} from '#assistants';
import { auditParts, onRecord } from './audited.js';
import { openBackend } from './with-backend.js';

export interface OpenAssistants {
  registry: AssistantRegistry;
  manager: AssistantManager;
  source: DefaultAssistant;
  usage: AssistantUsage;
  canary: AssistantCanary;
  files: AssistantProjections;
  /** Of those files, in commands that change what may be current. */
  keeper: ProjectionKeeper;
  /** Does something that changes assistants, on record. @param verb as `update` */
  onRecord<T>(verb: string, object: string, act: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Keep the documented files of the working directory whenever the current assistant is made. */
  files: boolean;
  /** Who acts, in the audit log; default `cli`. */
  door?: 'cli' | 'program';
}

/** @throws CliError when Redis cannot be used; ConfigError naming every variable at fault */
export async function openAssistants({ files, door = 'cli' }: OpenOptions): Promise<OpenAssistants> {
  const [config, lib, audit] = await Promise.all([import('#config'), import('#assistants'), auditParts()]);
  const { AssistantsConfig, OpenaiConfig, RunsConfig, ToolsConfig } = config;
  const backend = await openBackend(
    [AssistantsConfig, OpenaiConfig, RunsConfig, ToolsConfig, ...audit.configs],
    { imports: [lib.AssistantManagerModule], providers: audit.providers },
    { ...process.env, ASSISTANT_PROJECTIONS: String(files) },
  );
  return {
    registry: backend.get(lib.AssistantRegistry, { strict: false }),
    manager: backend.get(lib.AssistantManager, { strict: false }),
    source: backend.get(lib.DefaultAssistant, { strict: false }),
    keeper: backend.get(lib.ProjectionKeeper, { strict: false }),
    canary: backend.get(lib.AssistantCanary, { strict: false }),
    usage: backend.get(lib.AssistantUsage, { strict: false }),
    files: files
      ? backend.get(lib.AssistantProjections, { strict: false })
      : new lib.AssistantProjections(process.cwd()),
    onRecord: (verb, object, act) => onRecord(backend, { action: `assistant.${verb}`, object, door }, act),
    close: () => backend.close(),
  };
}
