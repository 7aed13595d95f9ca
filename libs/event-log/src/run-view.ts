// The open run of a channel as its events tell it: what a subscriber that comes late must be shown. Pure;
// knows neither Redis nor sockets.
import { isRunEnded, type RunEvent } from '#contracts';

export interface RunView {
  readonly run_id: string;
  readonly message_id: string;
  /** Null for a request that stands alone. */
  readonly thread_id: string | null;
  readonly attempt: number;
  /** UTC milliseconds and offset of `run.started`. */
  readonly started_at: number;
  readonly start_offset: number;
  /** The whole answer so far. */
  readonly text: string;
  /** Offset of the first piece of the answer; 0 while there is none. */
  readonly text_offset: number;
}

/**
 * The view after one more event. A channel has at most one open run, so events of other runs (queued, or
 * cancelled while they waited) leave it as it is.
 * @returns undefined when no run is open
 */
export function reduceRun(view: RunView | undefined, event: RunEvent, offset: number): RunView | undefined {
  if (event.type === 'run.started') return opened(event, offset);
  if (view === undefined || event.run_id !== view.run_id) return view;
  switch (event.type) {
    case 'output_text.delta':
      return {
        ...view,
        attempt: event.attempt,
        text: view.text + event.delta,
        text_offset: view.text_offset || offset,
      };
    case 'run.reset':
      return { ...view, attempt: event.attempt, text: view.text.slice(0, event.keep) };
    default:
      return isRunEnded(event) ? undefined : { ...view, attempt: event.attempt };
  }
}

function opened(event: Extract<RunEvent, { type: 'run.started' }>, offset: number): RunView {
  return {
    run_id: event.run_id,
    message_id: event.message_id,
    thread_id: event.thread_id,
    attempt: event.attempt,
    started_at: event.at,
    start_offset: offset,
    text: '',
    text_offset: 0,
  };
}
