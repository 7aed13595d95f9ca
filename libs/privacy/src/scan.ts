// A text while it is looked through: the groups of digits in it are found once, for all kinds that are made of digits.
import { findDigitGroups, type DigitGroup } from './detectors/digit-groups.js';

export class Scan {
  private groups?: readonly DigitGroup[];

  constructor(readonly text: string) {}

  get digitGroups(): readonly DigitGroup[] {
    return (this.groups ??= findDigitGroups(this.text));
  }
}
