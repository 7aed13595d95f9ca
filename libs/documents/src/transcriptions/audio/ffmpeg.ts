// Runs ffmpeg on files that strangers sent: one container that we name, files alone (a playlist in disguise must not make it fetch
// or read anything), no questions, one thread, bounded time. Knows nothing of transcripts.
import { spawn } from 'node:child_process';
import { ParleyError } from '#contracts';

/** Of what it says; silences of a day of sound fit. */
const LONGEST_REPORT = 4 * 1024 * 1024;

export class Ffmpeg {
  private present: Promise<boolean> | undefined;

  /** @param program its path or name; '' = it is not to be used */
  constructor(
    private readonly program: string,
    private readonly limitMs: number,
  ) {}

  /** Whether it is on this machine; asked once. */
  available(): Promise<boolean> {
    this.present ??=
      this.program === ''
        ? Promise.resolve(false)
        : this.spawn(['-version'], AbortSignal.timeout(10_000)).then(
            ({ code }) => code === 0,
            () => false,
          );
    return this.present;
  }

  /**
   * @param demuxer of the input, see AUDIO_KINDS
   * @returns what it said
   * @throws ParleyError `invalid_request` when it cannot make anything of the file, `run_cancelled`, `run_timeout`
   */
  async run(
    demuxer: string,
    input: string,
    output: readonly string[],
    signal: AbortSignal,
    seek: readonly string[] = [],
  ): Promise<string> {
    const limit = AbortSignal.timeout(this.limitMs);
    const args = [
      '-nostdin',
      '-hide_banner',
      '-y',
      '-threads',
      '1',
      '-protocol_whitelist',
      'file',
      '-f',
      demuxer,
      ...seek,
      '-i',
      `file:${input}`,
      '-map',
      '0:a:0',
      '-map_metadata',
      '-1',
      ...output,
    ];
    const { code, report } = await this.spawn(args, AbortSignal.any([signal, limit])).catch(
      (cause: unknown) => {
        if (signal.aborted) throw new ParleyError('run_cancelled', 'unable to read sound; cancelled');
        if (limit.aborted) throw new ParleyError('run_timeout', 'unable to read sound; it took too long');
        throw new ParleyError('internal', 'unable to start ffmpeg', { cause });
      },
    );
    if (code !== 0)
      throw new ParleyError('invalid_request', `unable to read sound; ffmpeg ended with ${code}`, {
        details: ['file: no sound can be read from it'],
      });
    return report;
  }

  private spawn(args: readonly string[], signal: AbortSignal): Promise<{ code: number; report: string }> {
    return new Promise((resolve, reject) => {
      // Its environment holds no key of ours.
      const env = { PATH: process.env['PATH'] ?? '' };
      const child = spawn(this.program, args, {
        stdio: ['ignore', 'ignore', 'pipe'],
        env,
        signal,
        killSignal: 'SIGKILL',
      });
      let report = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (report.length < LONGEST_REPORT) report += text;
      });
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, report }));
    });
  }
}
