// Cuts fall into silences, pieces stay below the limit, and the whole is covered.
import { expect, test } from '@jest/globals';
import { array, assert, double, property, tuple } from 'fast-check';
import { planCuts, readSilences } from './plan-cuts.js';

const LIMITS = { longest: 100, latest: 50 };

test('what is short enough stays whole', () => {
  expect(planCuts(100, [{ start: 50, end: 51 }], LIMITS)).toEqual([]);
});

test('the last silence before the limit is taken, in its middle', () => {
  const silences = [
    { start: 20, end: 22 },
    { start: 70, end: 72 },
    { start: 90, end: 91 },
    { start: 101, end: 102 },
  ];
  expect(planCuts(150, silences, LIMITS)).toEqual([90.5]);
});

test('a silence over the limit is cut at the limit at the latest, and without one a word is torn', () => {
  expect(planCuts(150, [{ start: 95, end: 120 }], LIMITS)).toEqual([100]);
  expect(planCuts(250, [], LIMITS)).toEqual([100, 200]);
  // One that is too early would leave crumbs.
  expect(planCuts(150, [{ start: 10, end: 12 }], LIMITS)).toEqual([100]);
});

test('every piece is within the limit and the cuts rise, whatever the silences', () => {
  const silence = tuple(
    double({ min: 0, max: 1_000, noNaN: true }),
    double({ min: 0.3, max: 200, noNaN: true }),
  );
  assert(
    property(double({ min: 0, max: 1_000, noNaN: true }), array(silence), (duration, found) => {
      const cuts = planCuts(
        duration,
        found.map(([start, length]) => ({ start, end: start + length })),
        LIMITS,
      );
      const edges = [0, ...cuts, duration];
      for (const [i, edge] of edges.slice(1).entries()) {
        const length = edge - edges[i]!;
        expect(length).toBeLessThanOrEqual(LIMITS.longest + 0.001);
        if (i < cuts.length) expect(length).toBeGreaterThanOrEqual(LIMITS.latest - 0.001);
      }
    }),
  );
});

test('ffmpeg is understood, with a silence that goes on to the end', () => {
  const report = [
    'size=N/A time=00:00:04.00 bitrate=N/A speed= 800x',
    '[silencedetect @ 0x1] silence_start: -0.02',
    '[silencedetect @ 0x1] silence_end: 1.5 | silence_duration: 1.52',
    '[silencedetect @ 0x1] silence_start: 3700.25',
    'size=N/A time=01:02:03.50 bitrate=N/A speed= 800x',
  ].join('\r');
  expect(readSilences(report)).toEqual({
    duration: 3_723.5,
    silences: [
      { start: 0, end: 1.5 },
      { start: 3_700.25, end: 3_723.5 },
    ],
  });
  expect(readSilences('Output file is empty, nothing was encoded')).toEqual({ duration: 0, silences: [] });
});
