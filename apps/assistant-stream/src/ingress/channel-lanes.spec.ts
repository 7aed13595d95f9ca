import { describe, expect, it } from '@jest/globals';
import { ChannelLanes } from './channel-lanes.js';

describe('ChannelLanes', () => {
  it('keeps the order inside a lane, and lanes apart', async () => {
    const lanes = new ChannelLanes();
    const log: string[] = [];
    const gates: (() => void)[] = [];
    const task = (name: string) => async () => {
      log.push(`${name} begins`);
      await new Promise<void>((resolve) => gates.push(resolve));
      log.push(`${name} ends`);
    };
    const all = [lanes.run('a', task('a1')), lanes.run('a', task('a2')), lanes.run('b', task('b1'))];
    expect(log).toEqual(['a1 begins', 'b1 begins']);
    gates[0]!();
    await all[0];
    await Promise.resolve();
    expect(log).toEqual(['a1 begins', 'b1 begins', 'a1 ends', 'a2 begins']);
    gates[1]!();
    gates[2]!();
    await Promise.all(all);
    await Promise.resolve();
    expect(lanes.size).toBe(0);
  });

  it('goes on after a failure', async () => {
    const lanes = new ChannelLanes();
    const first = lanes.run('a', () => Promise.reject(new Error('no')));
    const second = lanes.run('a', () => Promise.resolve(2));
    await expect(first).rejects.toThrow('no');
    await expect(second).resolves.toBe(2);
  });
});
