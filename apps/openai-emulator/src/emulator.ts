// All state of one emulator and the table of its routes.

import { Transcriptions } from './audio/transcriptions.js';
import { Batches } from './batches/batches.js';
import { LineExchange } from './batches/line-exchange.js';
import { ChatCompletions } from './chat/chat-completions.js';
import { EmulatorClock } from './clock.js';
import { Control } from './control.js';
import { ConversationStore } from './conversations/conversation-store.js';
import { Conversations } from './conversations/conversations.js';
import { Embeddings } from './embeddings/embeddings.js';
import { FaultCounter } from './faults.js';
import { Files } from './files/files.js';
import { FileStore } from './files/file-store.js';
import { Door } from './http/door.js';
import { Router } from './http/router.js';
import { Journal } from './journal.js';
import { Models } from './models/models.js';
import { currentWeather } from './openweather.js';
import { TimerWheel } from './pacing/timer-wheel.js';
import { ResponseContext } from './responses/response-context.js';
import { ResponseStore } from './responses/response-store.js';
import { Responses } from './responses/responses.js';
import { Rules } from './rules.js';
import { factorySettings } from './settings.js';
import { FileBatches } from './vector-stores/file-batches.js';
import { StoreFiles } from './vector-stores/store-files.js';
import { VectorStoreRegistry } from './vector-stores/vector-store-registry.js';
import { VectorStores } from './vector-stores/vector-stores.js';

export class Emulator {
  readonly clock = new EmulatorClock();
  readonly settings = factorySettings();
  readonly journal = new Journal();
  readonly rules = new Rules();
  readonly faults = new FaultCounter();
  readonly wheel = new TimerWheel();
  readonly router = new Router();
  readonly door = new Door();
  readonly files: FileStore;
  readonly batches: Batches;
  readonly vectorStores: VectorStoreRegistry;
  private readonly responseStore = new ResponseStore(this.clock, this.settings);
  private readonly conversationStore = new ConversationStore();
  private readonly responseContext = new ResponseContext(this.responseStore, this.conversationStore);

  /** @param report told of an error that is the emulator's own fault */
  constructor(readonly report: (error: unknown) => void) {
    const { router, clock, settings, faults, wheel } = this;
    this.files = new FileStore(clock, report);
    this.vectorStores = new VectorStoreRegistry(this.files, clock, settings);
    const models = new Models(clock);
    router.on('GET', '/v1/models', models.list);
    router.on('GET', '/v1/models/{model}', models.retrieve);

    const responses = new Responses({
      models,
      context: this.responseContext,
      vectorStores: this.vectorStores,
      store: this.responseStore,
      faults,
      settings,
      clock,
      wheel,
    });
    router.on('POST', '/v1/responses', responses.create);
    router.on('POST', '/v1/responses/input_tokens', responses.countInputTokens);
    router.on('GET', '/v1/responses/{response_id}', responses.retrieve);
    router.on('DELETE', '/v1/responses/{response_id}', responses.delete);
    router.on('POST', '/v1/responses/{response_id}/cancel', responses.cancel);
    router.on('GET', '/v1/responses/{response_id}/input_items', responses.inputItems);

    const chat = new ChatCompletions({ models, faults, settings, clock, wheel });
    router.on('POST', '/v1/chat/completions', chat.create);

    const files = new Files(this.files);
    router.on('POST', '/v1/files', files.create);
    router.on('GET', '/v1/files', files.list);
    router.on('GET', '/v1/files/{file_id}', files.retrieve);
    router.on('DELETE', '/v1/files/{file_id}', files.delete);
    router.on('GET', '/v1/files/{file_id}/content', files.content);

    new VectorStores(this.vectorStores).addTo(router);
    new StoreFiles(this.vectorStores, settings).addTo(router);
    new FileBatches(this.vectorStores, settings).addTo(router);

    router.on('POST', '/v1/embeddings', new Embeddings(models).create);
    const transcriptions = new Transcriptions({ models, faults, settings, wheel });
    router.on('POST', '/v1/audio/transcriptions', transcriptions.create);

    const answers = { '/v1/responses': responses.create, '/v1/chat/completions': chat.create };
    const answer = (endpoint: string, body: unknown) =>
      new LineExchange(endpoint, body, this.rules.take('POST', endpoint, body)).askOf(
        answers[endpoint as keyof typeof answers],
      );
    this.batches = new Batches({ files: this.files, clock, settings, answer }, report);
    router.on('POST', '/v1/batches', this.batches.create);
    router.on('GET', '/v1/batches', this.batches.list);
    router.on('GET', '/v1/batches/{batch_id}', this.batches.retrieve);
    router.on('POST', '/v1/batches/{batch_id}/cancel', this.batches.cancel);

    const conversations = new Conversations(this.conversationStore, clock);
    const conversation = '/v1/conversations/{conversation_id}';
    router.on('POST', '/v1/conversations', conversations.create);
    router.on('GET', conversation, conversations.retrieve);
    router.on('POST', conversation, conversations.update);
    router.on('DELETE', conversation, conversations.delete);
    router.on('POST', `${conversation}/items`, conversations.createItems);
    router.on('GET', `${conversation}/items`, conversations.listItems);
    router.on('GET', `${conversation}/items/{item_id}`, conversations.retrieveItem);
    router.on('DELETE', `${conversation}/items/{item_id}`, conversations.deleteItem);

    router.on('GET', '/openweather/data/2.5/weather', currentWeather);

    new Control(this).addTo(router);
  }

  /** Everything as after the start: objects, rules, counts, journal, settings, clock. */
  reset(): void {
    this.responseStore.clear();
    this.conversationStore.clear();
    this.batches.clear();
    this.vectorStores.clear();
    this.files.clear();
    this.responseContext.clear();
    this.rules.clear();
    this.faults.reset();
    this.journal.clear();
    this.door.open();
    this.clock.reset();
    Object.assign(this.settings, factorySettings());
  }
}
