// Recordings of our own for stories: a tone with silences, as a WAV file, and in its last bytes what the emulator is to hear.

const RATE = 8_000;

/** @param seconds of sound, a second of silence after each nine of it @param said directives for the emulator */
export function recordingOf(seconds: number, said = ''): Buffer {
  const samples = Math.round(seconds * RATE);
  const data = Buffer.alloc(samples * 2);
  for (let i = 0; i < samples; i++)
    if ((i / RATE) % 10 < 9) data.writeInt16LE(Math.round(8_000 * Math.sin(i / 3)), i * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data, Buffer.from(said)]);
}
