// Admission → the answer of POST.
import type { Admission } from '#runs';
import { toRunResult } from '../runs/to-run-view.js';
import type { AcceptedView } from './message.views.js';

export const toAccepted = (message_id: string, admission: Admission): AcceptedView => ({
  run_id: admission.run_id,
  message_id,
  status: admission.status,
  cursor: admission.cursor,
  duplicate: admission.outcome === 'duplicate',
  ...(admission.result && { result: toRunResult(admission.result) }),
});
