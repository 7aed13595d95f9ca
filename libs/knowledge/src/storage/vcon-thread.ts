// What runs in a thread of its own: a large vCon is read where it holds up nobody. Started by vcon-threads.ts.
import { parentPort } from 'node:worker_threads';
import { studyVcon } from './study-vcon.js';
import { asBuffer, ownMemory, toRefusal, type VconAnswer, type VconTask } from './vcon-messages.js';

async function answer({ bytes, options, wishes }: VconTask): Promise<void> {
  const told: VconAnswer = await studyVcon(asBuffer(bytes), options, wishes).then(
    (study) => ({ study }),
    toRefusal,
  );
  const buffers = 'study' in told ? [told.study.original, told.study.index?.content] : [];
  parentPort!.postMessage(
    told,
    buffers.flatMap((one) => (one === undefined ? [] : ownMemory(one))),
  );
}

// Whatever else it throws ends the thread, and is told to whoever waits for it.
parentPort!.on('message', (task: VconTask) => void answer(task));
