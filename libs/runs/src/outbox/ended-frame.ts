// The end of a run as the documented final frame, for replies that leave by a broker.
import { ERRORS, type Frame, type RunEnded } from '#contracts';

/** The user-facing text of an end, and how the frame calls it. */
export function toEndedFrame(channel: string, event: RunEnded): Omit<Frame, 'epoch' | 'offset'> {
  const common = {
    timestamp: event.at / 1000,
    final_message: true,
    message_id: event.message_id,
    thread_id: event.thread_id,
    channel,
    run_id: event.run_id,
    attempt: event.attempt,
  };
  if (event.type === 'run.completed')
    return { ...common, message: event.text, status: 'completed', type: 'response' };
  return {
    ...common,
    message: ERRORS[event.code].text,
    status: 'error',
    type: event.code === 'run_timeout' ? 'timeout' : 'error',
    error_details: event.code,
  };
}
