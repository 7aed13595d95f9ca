// Where personal data stands in a text, and which of two findings stays when they overlap. Knows no kind's rules.
import type { PiiKind } from '#config';

/** `text.slice(start, end)` is the datum. */
export interface Finding<Kind extends string = PiiKind> {
  kind: Kind;
  start: number;
  end: number;
}

/**
 * Both lists are in order and free of overlaps; so is the result. What is already kept wins.
 * @returns all of `kept`, and of `more` what overlaps none of them
 */
export function mergeFindings<Kind extends string>(
  kept: readonly Finding<Kind>[],
  more: readonly Finding<Kind>[],
): readonly Finding<Kind>[] {
  if (more.length === 0) return kept;
  const merged: Finding<Kind>[] = [];
  let next = 0;
  for (const finding of more) {
    while (next < kept.length && kept[next]!.end <= finding.start) merged.push(kept[next++]!);
    if (next === kept.length || finding.end <= kept[next]!.start) merged.push(finding);
  }
  while (next < kept.length) merged.push(kept[next++]!);
  return merged;
}
