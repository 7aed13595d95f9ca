// Keeps personal data from the model: it is taken out of what an attempt asks and put back into what comes of it. What the
// operator wrote (an assistant's instructions) goes as it is; everything that people said or tools found is looked at.
import { Injectable } from '@nestjs/common';
import { PrivacyConfig, type PiiKind } from '#config';
import type { ModelOutcome, ModelRequest, ResponseInputItem, ResponseOutputItem } from '#openai';
import { maskJson, PersonalDataMasker, PlaceholderStream, restoreJson } from '#privacy';
import { TranscriptStore } from '#threads';
import type { Attempt } from '../worker/attempt.js';

type Speak = (text: string, sequence: number) => void;
type Item = ResponseInputItem | ResponseOutputItem;

@Injectable()
export class Masking {
  private readonly mode: PrivacyConfig['mode'];
  private readonly maskers = new WeakMap<Attempt, PersonalDataMasker>();

  constructor(
    private readonly config: PrivacyConfig,
    transcripts: TranscriptStore,
  ) {
    // A transcript at the provider keeps the placeholders of earlier runs, which say nothing any more: a marker does.
    const foreign = config.mode === 'placeholder' && transcripts.kind === 'openai';
    this.mode = foreign ? 'mask' : config.mode;
  }

  /** Whether only the process that asked can read the answer: then nobody else can take it up. */
  get isReversible(): boolean {
    return this.mode === 'placeholder';
  }

  /**
   * @param request of the round: its format says what the answer is
   * @returns undefined when nothing is masked
   */
  of(attempt: Attempt, { text }: Pick<ModelRequest, 'text'>): Mask | undefined {
    if (this.mode === 'off') return undefined;
    let masker = this.maskers.get(attempt);
    if (!masker) {
      masker = new PersonalDataMasker({ mode: this.mode, kinds: this.config.kinds as PiiKind[] });
      this.maskers.set(attempt, masker);
    }
    const json = text?.format !== undefined && text.format.type !== 'text';
    return new Mask(masker, { withInstructions: attempt.run.request !== undefined, json });
  }
}

interface MaskOptions {
  /** They are the asker's own, not the operator's. */
  withInstructions: boolean;
  /** The answer is to be JSON, and stays it. */
  json: boolean;
}

/** For one round of an attempt; its masker knows the values of the rounds before. */
export class Mask {
  private readonly stream: PlaceholderStream;
  private held = '';

  constructor(
    private readonly masker: PersonalDataMasker,
    private readonly options: MaskOptions,
  ) {
    this.stream = new PlaceholderStream(masker, options);
  }

  request(request: ModelRequest): ModelRequest {
    const { instructions, input } = request;
    return {
      ...request,
      ...(instructions !== undefined && {
        instructions: this.options.withInstructions ? this.masker.mask(instructions) : instructions,
      }),
      input: input.map((item) => this.item(item, hidden(this.masker))),
    };
  }

  /** A piece of the answer is passed on whole or not at all, so that its number says what was passed on. */
  text(delta: string, sequence: number, speak: Speak): void {
    this.held += this.stream.push(delta);
    if (this.stream.pending || this.held === '') return;
    speak(this.held, sequence);
    this.held = '';
  }

  outcome(outcome: ModelOutcome, speak: Speak): ModelOutcome {
    const rest = this.held + this.stream.flush();
    if (rest !== '') speak(rest, outcome.sequence_number);
    this.held = '';
    const shown = shownBy(this.masker);
    return {
      ...outcome,
      text: this.answer(shown)(outcome.text),
      items: outcome.items.map((item) => this.item(item, shown)),
      tool_calls: outcome.tool_calls.map((call) => ({ ...call, arguments: shown.json(call.arguments) })),
    };
  }

  private answer({ json, text }: Change): (text: string) => string {
    return this.options.json ? json : text;
  }

  private item<I extends Item>(item: I, change: Change): I {
    if ('content' in item && item.type !== 'reasoning') {
      const { content } = item as { content: unknown };
      // Earlier answers are JSON too: hidden as what their strings say, a value is not escaped twice when it comes back.
      const told = item.role === 'assistant' ? this.answer(change) : change.text;
      if (typeof content === 'string') return { ...item, content: told(content) };
      if (!Array.isArray(content)) return item;
      const parts = (content as { text?: unknown }[]).map((part) =>
        typeof part.text === 'string' ? { ...part, text: told(part.text) } : part,
      );
      return { ...item, content: parts };
    }
    if (item.type === 'function_call') return { ...item, arguments: change.json(item.arguments) };
    if (item.type === 'function_call_output' && typeof item.output === 'string')
      return { ...item, output: change.json(item.output) };
    return item;
  }
}

interface Change {
  text: (text: string) => string;
  /** What may be JSON and then stays it. */
  json: (text: string) => string;
}

const hidden = (masker: PersonalDataMasker): Change => ({
  text: (text) => masker.mask(text),
  json: (text) => maskJson(masker, text),
});
const shownBy = (masker: PersonalDataMasker): Change => ({
  text: (text) => masker.restore(text),
  json: (text) => restoreJson(masker, text),
});
