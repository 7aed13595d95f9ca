// The rule about Kafka's answers, checked: a good history passes, and each way of breaking it is found.
import { describe, expect, test } from '@jest/globals';
import type { KafkaAnswer, KafkaHistory, KafkaRequest } from '../../history/history.js';
import { check } from '../check.js';
import { good, sent, story } from '../testing.js';

/** The end of m1 is at 1050; see `stored`. */
const END_AT = 1_050;
const BODY = 'body of m1';

const request = (record: string, offset: number, at = 1_000): KafkaRequest => ({
  record,
  partition: 0,
  offset,
  at,
});
const answer = (value: object = {}, key = 'm1'): KafkaAnswer => ({
  partition: 0,
  offset: 0,
  key,
  value: JSON.stringify({ key, value: { response: 'ab', finish_reason: 'stop', ...value } }),
});
const refusal = (error: string, key = 'm1') => answer({ response: '', finish_reason: 'error', error }, key);

/** m1 came by Kafka as record k; further records of it, and two that are no requests. */
const operations = story(
  sent('m1', { door: 'kafka', record: 'k', body: BODY }),
  sent('m1', { door: 'kafka', record: 'again', source: 'r', body: BODY, phase: 'info' }),
  sent('m1', { door: 'kafka', record: 'other', source: 'r', body: 'another', phase: 'info' }),
  { op: 'bad_record', phase: 'ok', record: 'poison', fate: 'dead', key: 'p' },
  { op: 'bad_record', phase: 'ok', record: 'wrong', fate: 'refused', key: 'w' },
);

const broken = (kafka: Partial<KafkaHistory>): string[] => {
  const whole: KafkaHistory = {
    requests: [request('k', 0)],
    answers: [answer()],
    dead: [],
    partitions: [{ partition: 0, end: 3, committed: 3 }],
    ...kafka,
  };
  const { violations } = check({ ...good(), operations, kafka: whole });
  // Subscribers are not in this story.
  return [...new Set(violations.map(({ invariant }) => invariant))];
};
const again = (at: number): KafkaRequest[] => [request('k', 0), request('again', 1, at)];
const dead = { partition: 0, offset: 1, reason: 'invalid_json' };

describe("Kafka's answers", () => {
  test.each<[string, string[], Partial<KafkaHistory>]>([
    ['one answer', [], {}],
    ['none', ['I7'], { answers: [] }],
    ['two to one record', ['I7'], { answers: [answer(), answer()] }],
    ['one for two records in front of the end', [], { requests: again(1_010) }],
    ['one for each of them', [], { requests: again(1_010), answers: [answer(), answer()] }],
    ['three for them', ['I7'], { requests: again(1_010), answers: [answer(), answer(), answer()] }],
    ['the answer again after the end', [], { requests: again(END_AT + 1), answers: [answer(), answer()] }],
    ['no answer after the end', ['I7'], { requests: again(END_AT + 1) }],
    [
      'another answer after the end',
      ['I7'],
      { requests: again(END_AT + 1), answers: [answer(), answer({ timestamp: 'x' })] },
    ],
    ['another text', ['I7'], { answers: [answer({ response: 'a' })] }],
    ['an error for a completed run', ['I7'], { answers: [refusal('run_failed')] }],
    ['another key in the envelope', ['I7'], { answers: [{ ...answer(), value: answer({}, 'm2').value }] }],
    ['no JSON', ['I7'], { answers: [{ ...answer(), value: 'x' }] }],
    ['an answer to nobody', ['I7'], { answers: [answer(), answer({}, 'm9')] }],
    [
      'another body, refused',
      [],
      {
        requests: [request('k', 0), request('other', 1)],
        answers: [answer(), refusal('message_id_conflict')],
      },
    ],
    ['another body, unanswered', ['I7'], { requests: [request('k', 0), request('other', 1)] }],
    [
      'a refusal twice',
      ['I7'],
      {
        requests: [request('k', 0), request('other', 1)],
        answers: [answer(), refusal('message_id_conflict'), refusal('message_id_conflict')],
      },
    ],
    ['a confirmed record that is not there', ['I7'], { requests: [], answers: [] }],
  ])('%s', (_, expected, kafka) => {
    expect(broken(kafka)).toEqual(expected);
  });

  test.each<[string, string[], Partial<KafkaHistory>]>([
    ['set aside', [], { requests: [request('k', 0), request('poison', 1)], dead: [dead] }],
    ['set aside twice', [], { requests: [request('k', 0), request('poison', 1)], dead: [dead, dead] }],
    ['lost', ['I7'], { requests: [request('k', 0), request('poison', 1)] }],
    [
      'set aside without a reason',
      ['I7'],
      { requests: [request('k', 0), request('poison', 1)], dead: [{ ...dead, reason: '' }] },
    ],
    ['a request that was set aside', ['I7'], { dead: [{ ...dead, offset: 0 }] }],
    [
      'refused',
      [],
      {
        requests: [request('k', 0), request('wrong', 1)],
        answers: [answer(), refusal('invalid_request', 'w')],
      },
    ],
    ['not refused', ['I7'], { requests: [request('k', 0), request('wrong', 1)] }],
    [
      'answered as if it were good',
      ['I7'],
      { requests: [request('k', 0), request('wrong', 1)], answers: [answer(), answer({}, 'w')] },
    ],
    [
      'refused and set aside',
      ['I7'],
      {
        requests: [request('k', 0), request('wrong', 1)],
        answers: [answer(), refusal('invalid_request', 'w')],
        dead: [dead],
      },
    ],
    ['a partition that stands still', ['I7'], { partitions: [{ partition: 1, end: 3, committed: 2 }] }],
  ])('what is no request: %s', (_, expected, kafka) => {
    expect(broken(kafka)).toEqual(expected);
  });
});
