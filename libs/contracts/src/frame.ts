// What a WebSocket subscriber sees in the documented protocol: the answer so far, as one growing text.
// Old clients know the first seven members; the rest are additions that they ignore.

export type FrameStatus = 'started' | 'processing' | 'responding' | 'in_progress' | 'completed' | 'error';
export type FrameType = 'status' | 'response' | 'error' | 'timeout';

export interface Frame {
  /** In `in_progress` and `completed` the whole text so far, never a delta; else a line for people. */
  message: string;
  /** UTC seconds with fraction. */
  timestamp: number;
  status: FrameStatus;
  type: FrameType;
  /** True exactly on the one frame that ends a message. */
  final_message: boolean;
  message_id: string;
  thread_id: string | null;
  /** Only on errors: the finite code and a text without secrets. */
  error_details?: string;
  channel: string;
  run_id: string;
  epoch: string;
  offset: number;
  attempt: number;
}

/** Sent in place of events that can no longer be shown: what the client holds of this channel is void. */
export interface ResetFrame {
  type: 'reset';
  channel: string;
  reason: 'epoch_changed' | 'cursor_too_old' | 'cursor_ahead';
  epoch: string;
  /** The oldest offset that can still be read. */
  first_offset: number;
  /** The newest offset; what follows this frame continues from the snapshot. */
  offset: number;
}
