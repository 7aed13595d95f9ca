// A plan in the making, or what came of it, as lines for people.
import type { PlanJob } from '#documents';
import { table } from '../../io/output.js';

export async function planLines({ state, fault, progress, result }: PlanJob): Promise<string[]> {
  if (result?.grade !== undefined) {
    const { overall, dimensions } = result.grade;
    const rows = Object.entries(dimensions).map(
      ([name, { score, reason }]) => `${name}: ${score}  ${reason}`,
    );
    return [`overall: ${overall}`, ...rows];
  }
  if (result?.plan !== undefined) {
    const { renderPlan } = await import('#documents');
    const { summary, changes = [] } = result;
    const told = changes.map(({ member, kind, what }) => `- ${member} ${kind}: ${what}`);
    return [...(summary === undefined ? [] : [summary, ...told, '']), renderPlan(result.plan).trimEnd()];
  }
  return table([
    ['state', state],
    ['reason', fault?.code],
    ['details', fault?.details.join(', ') || undefined],
    ['stage', progress?.stage],
  ]);
}
