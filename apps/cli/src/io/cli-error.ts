// A command that could not do what it was asked, told in one line.

/** 1: not done; 2: no answer in time. */
export type FailureCode = 1 | 2;

export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: FailureCode = 1,
  ) {
    super(message);
    this.name = 'CliError';
  }
}
