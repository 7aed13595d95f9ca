// IBANs: a country with the length it has there, and the remainder of 97 (ISO 13616, ISO 7064).
import type { Finding } from '../finding.js';
import { isDigit, isGluedLeft, isGluedRight, isLetter } from './characters.js';

/** The registry's lengths, SWIFT ISO 13616 release 99. */
const LENGTHS = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27
   GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22
   MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28
   TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const BEGINNING = /[A-Z]{2}\d{2}/gi;

export function findIbans({ text }: { text: string }): Finding[] {
  const found: Finding[] = [];
  for (const { 0: beginning, index: start } of text.matchAll(BEGINNING)) {
    if (start < (found.at(-1)?.end ?? 0)) continue;
    const length = LENGTHS.get(beginning.slice(0, 2).toUpperCase());
    if (length === undefined || isGluedLeft(text, start)) continue;
    const end = endOfIban(text, start, length);
    if (end !== undefined) found.push({ kind: 'iban', start, end });
  }
  return found;
}

/** Takes `length` letters and digits, with single spaces or hyphens between them. */
function endOfIban(text: string, start: number, length: number): number | undefined {
  let compact = '';
  let at = start;
  for (; compact.length < length && at < text.length; at++) {
    if (isPlain(text.charCodeAt(at))) compact += text[at]!;
    else if (!' -\u00a0'.includes(text[at]!) || !isPlain(text.charCodeAt(at + 1))) return undefined;
  }
  if (compact.length < length || isGluedRight(text, at)) return undefined;
  return hasRemainderOne(compact.toUpperCase()) ? at : undefined;
}

function hasRemainderOne(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** Digits and letters of ASCII. */
const isPlain = (unit: number): boolean => isDigit(unit) || (unit < 0x80 && isLetter(unit));
