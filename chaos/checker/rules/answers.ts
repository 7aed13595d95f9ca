// I7 on Kafka, as a reader of committed records sees it. A request's records in front of its end share one answer, one
// that came after the end gets the same answer again, another body gets a refusal of its own; what is no request is refused
// or set aside; and no partition stands still.
import type { BadRecordOperation, SendOperation } from '../../history/operation.js';
import type { KafkaAnswer, KafkaHistory, KafkaRequest } from '../../history/history.js';
import { keyOf, only, type RunTrace, type View } from '../view.js';
import type { Violation } from '../violation.js';

/** A record of a request together with what was meant by it. */
type Asked = KafkaRequest & { send: SendOperation };

const CONFLICT = 'message_id_conflict';

export function checkAnswers(view: View): Violation[] {
  const { kafka } = view.history;
  if (!kafka) return [];
  const answers = Map.groupBy(kafka.answers, ({ key }) => key);
  return [
    ...requestsAreAnswered(view, kafka, answers),
    ...badRecordsEnd(view, kafka, answers),
    ...everyKeyWasAsked(view, answers),
    ...partitionsGoOn(kafka),
  ];
}

const broken = (text: string, run?: RunTrace): Violation => ({
  invariant: 'I7',
  text,
  ...(run && { channel: run.channel, run_id: run.run_id }),
});

function* requestsAreAnswered(
  { history, runsByMessage }: View,
  kafka: KafkaHistory,
  answers: Map<string, KafkaAnswer[]>,
): Generator<Violation> {
  const sends = new Map(only(history.operations, 'send').map((send) => [send.record, send]));
  const asked = kafka.requests.flatMap((request): Asked[] => {
    const send = sends.get(request.record);
    return send ? [{ ...request, send }] : [];
  });
  const inTopic = new Set(asked.map(({ record }) => record));
  for (const { record, phase, message_id } of sends.values())
    if (record !== undefined && phase === 'ok' && !inTopic.has(record))
      yield broken(`record ${record} of request ${message_id} was confirmed and is not in its topic`);
  for (const [key, records] of Map.groupBy(asked, ({ send }) => keyOf(send))) {
    const { message_id } = records[0]!.send;
    yield* agree(message_id, records, answers.get(message_id) ?? [], runsByMessage.get(key)?.[0]);
  }
}

/** The records of one request lie in one partition, so the first of them made the run. */
function* agree(
  key: string,
  records: readonly Asked[],
  answers: readonly KafkaAnswer[],
  run: RunTrace | undefined,
): Generator<Violation> {
  const inOrder = records.toSorted((a, b) => a.offset - b.offset);
  const [first] = inOrder;
  const same = inOrder.filter(({ send }) => send.body === first!.send.body);
  const read = answers.map((answer) => ({ ...answer, body: bodyOf(answer) }));
  const refusals = read.filter(({ body }) => body?.error === CONFLICT);
  const ends = read.filter(({ body }) => body?.error !== CONFLICT);
  const others = inOrder.length - same.length;
  if (refusals.length !== others)
    yield broken(`request ${key}: ${refusals.length} refusals for ${others} records with another body`, run);
  if (!run?.end) return;
  // Whatever was written after the end was read after it.
  const after = same.slice(1).filter(({ at }) => at > run.end!.at).length;
  if (ends.length < 1 + after || ends.length > same.length)
    yield broken(
      `request ${key}: ${ends.length} answers to ${same.length} records, of which ${after} came after the end`,
      run,
    );
  if (new Set(ends.map(({ value }) => value)).size > 1)
    yield broken(`request ${key} has different answers`, run);
  for (const { body } of ends)
    if (!isEndOf(run, key, body)) yield broken(`the answer to request ${key} is not its end`, run);
}

interface Body {
  key: unknown;
  response: unknown;
  finish_reason: unknown;
  error?: unknown;
}

function bodyOf({ value }: KafkaAnswer): Body | undefined {
  try {
    const { key, value: body } = JSON.parse(value) as { key: unknown; value: Omit<Body, 'key'> };
    return { ...body, key };
  } catch {
    return undefined;
  }
}

function isEndOf({ end }: RunTrace, key: string, body: Body | undefined): boolean {
  if (!end || body?.key !== key) return false;
  return end.type === 'run.completed'
    ? body.error === undefined && body.response === end.text
    : body.finish_reason === 'error' && body.error === end.code;
}

function* badRecordsEnd(
  { history }: View,
  kafka: KafkaHistory,
  answers: Map<string, KafkaAnswer[]>,
): Generator<Violation> {
  const bad = new Map(only(history.operations, 'bad_record').map((one) => [one.record, one]));
  const aside = new Map(kafka.dead.map((dead) => [`${dead.partition}:${dead.offset}`, dead]));
  const known = kafka.requests.flatMap((request) => {
    const operation = bad.get(request.record);
    return operation ? [{ ...request, operation }] : [];
  });
  for (const { partition, offset, record, operation } of known) {
    const dead = aside.get(`${partition}:${offset}`);
    aside.delete(`${partition}:${offset}`);
    if (operation.fate === 'dead' && !dead) yield broken(`bad record ${record} was not set aside`);
    else if (operation.fate === 'dead' && !dead?.reason)
      yield broken(`bad record ${record} was set aside without a reason`);
    else if (operation.fate === 'refused' && dead) yield broken(`bad record ${record} was set aside`);
  }
  for (const [record, copies] of Map.groupBy(known, ({ record }) => record))
    yield* refused(record, copies[0]!.operation, copies.length, answers);
  for (const { partition, offset } of aside.values())
    yield broken(`record ${offset} of partition ${partition} was set aside, but is a request`);
}

function* refused(
  record: string,
  { fate, key }: BadRecordOperation,
  copies: number,
  answers: Map<string, KafkaAnswer[]>,
): Generator<Violation> {
  const got = key === undefined ? [] : (answers.get(key) ?? []);
  const wanted = fate === 'refused' ? copies : 0;
  if (got.length !== wanted) yield broken(`bad record ${record}: ${got.length} answers instead of ${wanted}`);
  if (got.some((answer) => bodyOf(answer)?.error !== 'invalid_request'))
    yield broken(`the answer to bad record ${record} does not say what is wrong`);
}

function* everyKeyWasAsked({ history }: View, answers: Map<string, KafkaAnswer[]>): Generator<Violation> {
  const asked = new Set<string | undefined>([
    ...only(history.operations, 'send').flatMap(({ door, message_id }) =>
      door === 'kafka' ? [message_id] : [],
    ),
    ...only(history.operations, 'bad_record').map(({ key }) => key),
  ]);
  for (const key of answers.keys())
    if (!asked.has(key)) yield broken(`an answer to ${key}, which nobody asked`);
}

function* partitionsGoOn({ partitions }: KafkaHistory): Generator<Violation> {
  for (const { partition, end, committed } of partitions)
    if (committed < end) yield broken(`partition ${partition} stands at ${committed}; its end is ${end}`);
}
