// The guards of the product, each taken out of the compiled code alone, and the proof that must notice it. A random
// run misses a guard that another one covers, so every guard has a proof of its own; see proofs/.

export interface Patch {
  /** Below `dist`. */
  file: string;
  /** Must occur exactly once. */
  find: string;
  replace: string;
}

export interface Mutant {
  name: string;
  /** What would go wrong without it. */
  guards: string;
  patches: readonly Patch[];
  /** Name of the proof, see proofs/. */
  proof: string;
  /** The proof needs a broker of Kafka. */
  kafka?: true;
}

const script = (name: string, find: string, replace: string): readonly Patch[] => [
  { file: `libs/runs/src/scripts/${name}.lua.js`, find, replace },
];

const LANE = 'libs/messaging/src/kafka/transactional-lane.js';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'admit-dedup',
    guards: 'a repeat becomes a second run',
    patches: script('admit', 'if known[1] then', 'if false then'),
    proof: 'repeat',
  },
  {
    name: 'admit-conflict',
    guards: 'another body under the same id is taken for the first',
    patches: script('admit', "if known[1] ~= hash then return {'conflict', rid} end", ''),
    proof: 'repeat',
  },
  {
    name: 'admit-opens-owned-channel',
    guards: 'a message that comes while its channel is owned gives it to a second worker',
    patches: script('admit', "if waiting == 1 then make_ready(chk, ARGV[18] == '1') end", 'make_ready(chk)'),
    proof: 'one-owner',
  },
  {
    name: 'claim-keeps-ready',
    guards: 'two workers claim the same channel',
    patches: script('claim', "redis.call('ZREM', base .. 'ready', chk)\n    if rid", 'if rid'),
    proof: 'one-owner',
  },
  {
    name: 'claim-clock',
    guards: 'a clock that went back freezes a channel for hours',
    patches: script(
      'claim',
      "take_back(redis.call('ZRANGEBYSCORE', base .. 'lease', '(' .. (now + 2 * ms), '+inf', 'LIMIT', 0, 200))",
      '',
    ),
    proof: 'clock',
  },
  {
    name: 'append-token',
    guards: 'a worker that lost its lease goes on writing',
    patches: script('append', 'if place[1] ~= ARGV[i + 1] then', 'if false then'),
    proof: 'late-append',
  },
  {
    name: 'append-progress',
    guards: 'a batch that does not follow on the last one is written',
    patches: script('append', 'elseif progress ~= after and progress ~= before then', 'elseif false then'),
    proof: 'progress',
  },
  {
    name: 'append-twice',
    guards: 'a batch whose answer was lost is refused when it is sent again',
    patches: script('append', 'progress ~= after and progress ~= before', 'progress ~= before'),
    proof: 'progress',
  },
  {
    name: 'finish-token',
    guards: 'a worker that lost its lease ends the run a second time',
    patches: script('finish', 'if place[1] ~= tok or', 'if'),
    proof: 'late-finish',
  },
  {
    name: 'finish-head',
    guards: 'an end for another run than the one in hand takes the head away',
    patches: script('finish', " or redis.call('LINDEX', inbox, 0) ~= rid then", ' then'),
    proof: 'finish-head',
  },
  {
    name: 'finish-twice',
    guards: 'an end whose answer was lost looks like a lost lease',
    patches: script(
      'finish',
      "if place[2] == fin then return {'ok', place[3] .. '.' .. gen, tonumber(place[4])} end",
      '',
    ),
    proof: 'late-finish',
  },
  {
    name: 'finish-cancel',
    guards: 'a run completes although its cancel was promised',
    patches: script('finish', "if state == 'completed' and", 'if false and'),
    proof: 'cancel',
  },
  {
    name: 'admit-forgets-address',
    guards: 'who asks for a reply by a repeat never gets one',
    patches: script('admit', 'heard = remember()', 'heard = 1'),
    proof: 'replies',
  },
  {
    name: 'admit-address-twice',
    guards: 'who asks twice is answered twice by one end',
    patches: script('admit', " or redis.call('LPOS', replies_of(rid), address)", ''),
    proof: 'replies',
  },
  {
    name: 'admit-answers-late',
    guards: 'who asks again after the end never gets a reply',
    patches: script('admit', 'send_end(rid, address, known[3])', ''),
    proof: 'replies',
  },
  {
    name: 'release-token',
    guards: 'a worker that lost its lease frees the channel under its new owner',
    patches: script('lease', 'if not owns(chk, tok) then return 0 end\ndisown(chk)', 'disown(chk)'),
    proof: 'late-release',
  },
  {
    name: 'renew-token',
    guards: 'a worker never learns that it lost its lease',
    patches: script('lease', 'if owns(chk, tok) then', 'if true then'),
    proof: 'late-release',
  },
  {
    name: 'tool-journal',
    guards: 'a finished tool call is made again after a takeover',
    patches: script('tool', 'if known and known ~= ARGV[7] then return {1, known} end', ''),
    proof: 'tool',
  },
  {
    name: 'round-once',
    guards: 'a round of the model is kept twice',
    patches: script(
      'tool',
      'if round == ARGV[7] then return 1 end\nif round ~= ARGV[6] then return 0 end',
      '',
    ),
    proof: 'round',
  },
  {
    name: 'epoch-not-raised',
    guards: 'offsets that a loss of data gives out again look like the old ones',
    patches: [
      {
        file: 'libs/redis/src/boot.js',
        find: "return redis.call('INCR', KEYS[2])",
        replace: "redis.call('SETNX', KEYS[2], 1) return tonumber(redis.call('GET', KEYS[2]))",
      },
    ],
    proof: 'generation',
  },
  {
    name: 'feed-skips-heal',
    guards: 'a subscriber misses what a lost hint would have told',
    patches: [
      {
        file: 'libs/event-log/src/channel-feed.js',
        find: 'offset === this.tip + 1 &&',
        replace: 'offset > this.tip &&',
      },
    ],
    proof: 'lost-hint',
  },
  {
    name: 'outbox-before-confirm',
    guards: 'a reply that the broker did not confirm is forgotten',
    patches: [
      {
        file: 'libs/runs/src/outbox/outbox-sender.js',
        find: 'return [];',
        replace: 'return [entry.id];',
      },
    ],
    proof: 'outbox',
  },
  {
    name: 'ack-before-admit',
    guards: 'a message whose state is not durable yet is acknowledged and lost',
    patches: [
      {
        file: 'apps/assistant-stream/src/ingress/message.consumer.js',
        find: 'const admission = await this.intake.submit(command, delivery.signal);',
        replace:
          "void this.intake.submit(command, delivery.signal); return 'ack'; const admission = undefined;",
      },
    ],
    proof: 'unacknowledged',
  },
  {
    name: 'redelivery-answered',
    guards: 'a record that the broker delivers again after the end is answered again',
    patches: script('admit', " and address ~= '' and new then", " and address ~= '' then"),
    proof: 'redelivery',
  },
  {
    name: 'refusal-twice',
    guards: 'a record that the broker delivers again is refused again',
    patches: script(
      'refuse',
      "if not redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[5]) then return 0 end",
      '',
    ),
    proof: 'redelivery',
  },
  {
    name: 'outbox-behind-cursor',
    guards: 'what a crash left in the outbox after it had been sent is sent again',
    patches: [
      {
        file: 'libs/runs/src/outbox/outbox-lane.js',
        find: 'entries.filter(({ id }) => isUpTo(id, cursor))',
        replace: '[]',
      },
    ],
    proof: 'outbox-cursor',
  },
  {
    name: 'commit-ahead',
    guards: 'an offset is committed in front of a record that is not durable yet',
    patches: [
      {
        file: 'libs/messaging/src/kafka/partition-lane.js',
        find: 'while (this.hand[0]?.settled)',
        replace: 'while (this.hand.length > 0)',
      },
    ],
    proof: 'partition',
  },
  {
    name: 'cursor-not-written',
    guards: 'nobody knows after a crash which answers have left',
    patches: [
      {
        file: LANE,
        find: 'await transaction.addOffset(this.place(this.options.name, cursor));',
        replace: '',
      },
    ],
    proof: 'kafka-cursor',
    kafka: true,
  },
  {
    name: 'answer-outside-transaction',
    guards: 'an answer is seen although the transaction that it belongs to is undone',
    patches: [
      {
        file: LANE,
        find: 'await lane.readCursor();',
        replace: 'lane.loose = new Producer({ ...clientOptions(config) }); await lane.readCursor();',
      },
      {
        file: LANE,
        find: 'transaction.send({ messages: records.map(toProduced) }),',
        replace: 'this.loose.send({ messages: records.map(toProduced), acks: -1 }),',
      },
    ],
    proof: 'kafka-fence',
    kafka: true,
  },
  {
    name: 'lane-not-fenced',
    guards: 'a process that lost the outbox goes on writing answers',
    patches: [
      {
        file: LANE,
        find: 'transactionalId: options.name,',
        replace: 'transactionalId: `${options.name}-${Math.random()}`,',
      },
    ],
    proof: 'kafka-fence',
    kafka: true,
  },
];
