// Every metric name, written once. All start with `parley_`; units are in the name (Prometheus' conventions).

export const METRIC = {
  intake: 'parley_intake_messages_total',
  runsEnded: 'parley_runs_ended_total',
  runDuration: 'parley_run_duration_seconds',
  firstToken: 'parley_run_first_token_seconds',
  deltas: 'parley_run_deltas_total',
  appends: 'parley_log_append_batches',
  takeovers: 'parley_run_takeovers_total',
  toolCalls: 'parley_tool_calls_total',
  upstreamRequests: 'parley_upstream_requests_total',
  circuit: 'parley_upstream_circuit_state',
  runs: 'parley_runs',
  deadLetters: 'parley_dead_letters_total',
  outboxPending: 'parley_outbox_pending',
  outboxLag: 'parley_outbox_lag_seconds',
  sockets: 'parley_subscriber_connections',
  frames: 'parley_frames_sent_total',
  framesSkipped: 'parley_frames_skipped_total',
  resets: 'parley_subscriber_resets_total',
  partUp: 'parley_health_part_up',
  http: 'parley_http_request_duration_seconds',
} as const;
