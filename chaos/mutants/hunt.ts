// Takes the guards out one at a time and lets their proofs run: first on the whole build, where no proof may
// complain, then on each mutant, where its proof must.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka, type ServiceHandle } from '#testing';
import { kafkaIsAbsent } from '../rig/committed-records.js';
import { copyBuild } from './build-copy.js';
import { MUTANTS, type Mutant } from './mutants.js';

export interface HuntResult {
  /** Complaints of proofs on the whole build: broken guards, or broken proofs. */
  faults: string[];
  caught: { name: string; complaint: string }[];
  escaped: string[];
  /** Those whose proof needs what is not here. */
  skipped: string[];
}

type Complaints = Record<string, string[]>;

export async function hunt(root: string, mutants: readonly Mutant[] = MUTANTS): Promise<HuntResult> {
  const without = kafkaIsAbsent() !== undefined;
  const chosen = mutants.filter(({ kafka }) => !(kafka && without));
  const skipped = mutants.filter((mutant) => !chosen.includes(mutant)).map(({ name }) => name);
  const broker = chosen.some(({ kafka }) => kafka) ? await startKafka() : undefined;
  const result: HuntResult = { faults: [], caught: [], escaped: [], skipped };
  try {
    await huntEach(root, chosen, broker, result);
    return result;
  } finally {
    await broker?.stop();
  }
}

async function huntEach(
  root: string,
  mutants: readonly Mutant[],
  broker: ServiceHandle | undefined,
  result: HuntResult,
): Promise<void> {
  const proofs = [...new Set(mutants.map(({ proof }) => proof))];
  for (const [name, complaints] of Object.entries(await prove(root, proofs, broker)))
    result.faults.push(...complaints.map((complaint) => `${name}: ${complaint}`));
  for (const { name, patches, proof } of mutants) {
    const copy = copyBuild(root, `mutant-${name}`, patches);
    const complaint = (await prove(copy, [proof], broker))[proof]?.[0];
    if (complaint === undefined) result.escaped.push(name);
    else result.caught.push({ name, complaint });
    rmSync(copy, { recursive: true, force: true });
  }
}

function prove(
  root: string,
  proofs: readonly string[],
  broker: ServiceHandle | undefined,
): Promise<Complaints> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_ENV: 'test', ...(broker && { BOOTSTRAP_SERVER: broker.url }) };
    execFile(
      process.execPath,
      [join(root, 'dist/chaos/proofs/main.js'), ...proofs],
      { env, timeout: 180_000 },
      (error, stdout, stderr) => {
        const last = stdout.trim().split('\n').at(-1) ?? '';
        // Code 1 with complaints is an answer; anything else is a fault of the proof.
        if (last.startsWith('{')) resolve(JSON.parse(last) as Complaints);
        else reject(new Error(`unable to run proofs; ${stderr.slice(-800) || String(error)}`));
      },
    );
  });
}
