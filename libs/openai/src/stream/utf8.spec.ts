import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Utf8Reader } from './utf8.js';

test('however the bytes are cut, the text is the same', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map((drawn) => drawn.toWellFormed());
  fc.assert(
    fc.property(text, fc.array(fc.nat(160), { maxLength: 12 }), (drawn, cuts) => {
      const bytes = Buffer.from(drawn);
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const reader = new Utf8Reader();
      const read = at.slice(1).map((end, index) => reader.decode(bytes.subarray(at[index], end)));
      reader.end();
      expect(read.join('')).toBe(drawn);
    }),
  );
});

test('whatever the bytes are, they are read as the strict decoder reads them or refused as it refuses them', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(chunks, (drawn) => {
      const outcome = (read: () => string): string | undefined => {
        try {
          return read();
        } catch {
          return undefined;
        }
      };
      const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      const reader = new Utf8Reader();
      const ours = outcome(() => {
        const text = drawn.map((chunk) => reader.decode(Buffer.from(chunk))).join('');
        reader.end();
        return text;
      });
      expect(ours).toBe(outcome(() => strict.decode(Buffer.concat(drawn))));
    }),
    { numRuns: 2_000 },
  );
});
