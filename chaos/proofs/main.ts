// Runs proofs against the build that this file belongs to: one line of JSON, name → complaints. With no names, all.
import 'reflect-metadata';
import { Ground, type Proof } from './ground.js';
import { KAFKA_PROOFS } from './kafka-proofs.js';
import { PART_PROOFS } from './part-proofs.js';
import { SCRIPT_PROOFS } from './script-proofs.js';

const PROOFS: Record<string, Proof> = { ...SCRIPT_PROOFS, ...PART_PROOFS, ...KAFKA_PROOFS };

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PROOFS);
const found: Record<string, string[]> = {};
for (const name of names) {
  const proof = PROOFS[name];
  if (!proof) throw new Error(`unable to prove ${name}; there is no such proof`);
  const ground = await Ground.open();
  try {
    await proof(ground);
  } catch (error) {
    ground.complaints.push(`unable to go on; ${(error as Error).message}`);
  }
  found[name] = ground.complaints;
  await ground.close();
}
process.stdout.write(`${JSON.stringify(found)}\n`);
process.exit(Object.values(found).some((complaints) => complaints.length > 0) ? 1 : 0);
