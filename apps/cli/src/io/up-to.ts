// A flag that takes a whole number from 1 on.
import { CliError } from './cli-error.js';

/** @throws CliError that names the flag and its bounds */
export function upTo(most: number, flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new CliError(`${flag} takes 1 to ${most}`);
  return value;
}
