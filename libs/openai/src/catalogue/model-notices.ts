// What an operator should hear about the configured models at start. Pure: says it as data, logs nothing.
import type { ProviderHealth } from '../client/model-health.js';
import type { ModelCatalogue } from './model-catalogue.js';

export interface ModelNotice {
  /** As configured. */
  name: string;
  /** As sent. */
  model: string;
  /** `replaced`: another model is used; `ending`: a shutdown is announced; `unavailable`: the account has no such model. */
  notice: 'replaced' | 'ending' | 'unavailable';
  /** YYYY-MM-DD: of `name` when replaced, of `model` when ending. */
  shutdown_date?: string;
}

/** The provider's own dates win over the catalogue's. Without a healthy answer only the catalogue speaks. */
export function modelNotices(
  names: Iterable<string>,
  catalogue: ModelCatalogue,
  health: ProviderHealth,
  today: Date,
): ModelNotice[] {
  const notices: ModelNotice[] = [];
  for (const name of new Set(names)) {
    const { model, replaced, shutdown_date } = catalogue.resolveModel(name, today);
    const say = (notice: ModelNotice['notice'], date?: string | null): void =>
      void notices.push({ name, model, notice, ...(date ? { shutdown_date: date } : {}) });
    if (replaced !== undefined) say('replaced', replaced.shutdown_date);
    if (health.ok && health.models.size > 0 && !health.models.has(model)) say('unavailable');
    const end = health.models.get(model) ?? shutdown_date;
    if (end !== undefined) say('ending', end);
  }
  return notices;
}
