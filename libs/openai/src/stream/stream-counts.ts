// What readers skipped, as plain counters for whoever publishes metrics.

export interface StreamCounts {
  /** Events of a type that this version does not know. */
  unknown: number;
  /** Events whose sequence number had been seen. */
  duplicate: number;
}

export const newStreamCounts = (): StreamCounts => ({ unknown: 0, duplicate: 0 });
