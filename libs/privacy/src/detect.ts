// Finds personal data in a text: every kind that is asked for, overlaps resolved in the order of `PII_KINDS`.
import { PII_KINDS, type PiiKind } from '#config';
import { findCards } from './detectors/card.js';
import { findEmails } from './detectors/email.js';
import { findIbans } from './detectors/iban.js';
import { findIps } from './detectors/ip.js';
import { findPhones } from './detectors/phone.js';
import { findSecrets } from './detectors/secret.js';
import { findSsns } from './detectors/ssn.js';
import { mergeFindings, type Finding } from './finding.js';
import { Scan } from './scan.js';

const DETECTORS: Record<PiiKind, (scan: Scan) => Finding[]> = {
  secret: findSecrets,
  iban: findIbans,
  card: findCards,
  email: findEmails,
  ssn: findSsns,
  ip: findIps,
  phone: findPhones,
};

/**
 * @param kinds all by default
 * @returns in the order of the text, free of overlaps; the cost grows linearly with the text
 */
export function findPersonalData(text: string, kinds: readonly PiiKind[] = PII_KINDS): readonly Finding[] {
  const scan = new Scan(text);
  let found: readonly Finding[] = [];
  for (const kind of PII_KINDS) if (kinds.includes(kind)) found = mergeFindings(found, DETECTORS[kind](scan));
  return found;
}
