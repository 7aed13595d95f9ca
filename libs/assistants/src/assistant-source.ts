// Where a run gets its assistant from. The small surface that runs need; how assistants are kept, versioned
// and chosen stays behind it.
import type { ChannelRef, Usage } from '#contracts';
import type { HostedToolDefinition, ResponseTextConfig } from '#openai';

/** One version of an assistant, as a run uses it from start to end. */
export interface AssistantSnapshot {
  /** `asst_` and 32 hexadecimal digits. */
  id: string;
  /** Counts changes of the settings, from 1. */
  version: number;
  name: string;
  /** As configured; the model catalogue resolves retired names. */
  model: string;
  instructions: string;
  /** Names of tools that the model may call; those that this process lacks are left out of a request. */
  tools: string[];
  /** Tools that the provider runs itself. */
  hosted_tools: HostedToolDefinition[];
  /** Kinds of configured tools that cannot be offered as they are set. */
  without?: string[];
  temperature?: number;
  top_p?: number;
  text?: ResponseTextConfig;
  max_output_tokens?: number;
  resume?: 'rerun' | 'background';
  /** It is on trial: how the run ends must be told. */
  on_trial?: true;
}

/** Whom a new run is for. Without one: the default tenant, and no channel that may have chosen. */
export interface AssistantAsker {
  ref: ChannelRef;
  /** Decides between an assistant and its canary, always in the same way. */
  run_id: string;
}

export interface RunOutcome {
  tenant: string;
  run_id: string;
  assistant_id: string;
  version: number;
  failed: boolean;
  /** As the version configures it. */
  model: string;
  /** Of a completed run. */
  usage?: Usage;
}

export abstract class AssistantSource {
  /**
   * The assistant for a new run, verified to exist; made when there is none.
   * @throws ParleyError `state_unavailable`
   */
  abstract current(asker?: AssistantAsker): Promise<AssistantSnapshot>;

  /**
   * The assistant of a run that has begun. With its version that very one, also when the assistant was changed or
   * deleted meanwhile; without, or when even that is gone, the one that a new run would get.
   */
  abstract resolve(id: string, version?: number, asker?: AssistantAsker): Promise<AssistantSnapshot>;

  /** Tells how a run ended whose assistant is on trial. Never rejects. */
  abstract ended(outcome: RunOutcome): Promise<void>;
}
