// Events and the view of the open run as frames of the documented cumulative protocol. Pure.
import type { Frame, FrameStatus, RunEnded, RunStarted, ToolStarted } from '#contracts';
import type { RunView } from '#event-log';
import { toEndedFrame } from '#runs';

/** Where a frame belongs; `at` is UTC milliseconds. */
export interface FramePlace {
  channel: string;
  epoch: string;
  offset: number;
  at: number;
}

type RunFacts = Pick<RunView, 'run_id' | 'message_id' | 'thread_id' | 'attempt'>;

export const toStarted = (run: RunFacts | RunStarted, place: FramePlace): Frame =>
  status('started', 'The assistant has taken up the message.', run, place);

export const toProcessing = (event: ToolStarted, thread_id: string | null, place: FramePlace): Frame =>
  status('processing', `The assistant uses ${event.name}.`, { ...event, thread_id }, place);

export const toResponding = (run: RunFacts, place: FramePlace): Frame =>
  status('responding', 'The assistant is answering.', run, place);

/** The whole text so far. */
export const toInProgress = (run: RunView, place: FramePlace): Frame => ({
  ...status('in_progress', run.text, run, place),
  type: 'response',
});

/** The one frame that ends a message. */
export const toFinal = (event: RunEnded, { channel, epoch, offset }: FramePlace): Frame => ({
  ...toEndedFrame(channel, event),
  epoch,
  offset,
});

function status(
  name: FrameStatus,
  message: string,
  run: { run_id: string; message_id: string; attempt: number; thread_id: string | null },
  { channel, epoch, offset, at }: FramePlace,
): Frame {
  return {
    message,
    timestamp: at / 1_000,
    status: name,
    type: 'status',
    final_message: false,
    message_id: run.message_id,
    thread_id: run.thread_id,
    channel,
    run_id: run.run_id,
    epoch,
    offset,
    attempt: run.attempt,
  };
}
