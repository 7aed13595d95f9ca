// ffmpeg, which cuts long recordings: wanted by the tests, and never needed to run.
import { aptInstall, aptIsPossible } from './apt.mjs';
import { Fault } from './fault.mjs';
import { spawnSync } from 'node:child_process';

/** @returns {Promise<string>} how it stands, to be said; never throws for want of it */
export async function bringFfmpeg() {
  if (isHere()) return 'ffmpeg present';
  if (!aptIsPossible()) return 'ffmpeg absent: what needs it is skipped (sudo apt-get install ffmpeg)';
  try {
    await aptInstall(['ffmpeg']);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `ffmpeg absent: what needs it is skipped (${error.message})`;
  }
  return isHere() ? 'ffmpeg installed by apt' : 'ffmpeg absent: what needs it is skipped';
}

const isHere = () => spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).error === undefined;
