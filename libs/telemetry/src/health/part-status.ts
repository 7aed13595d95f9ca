// The health of one part of a process and of the whole, and how the second follows from the first.

export type Health = 'up' | 'degraded' | 'down';

/** What a check answers. `cause` is for operators: a reason without secrets. */
export interface PartStatus {
  status: Health;
  cause?: string;
}

export interface PartReport extends PartStatus {
  name: string;
  critical: boolean;
  /** ISO time since which the part is in this state. */
  since: string;
}

export interface HealthReport {
  status: Health | 'stopping';
  /** Which parts make it so; empty when all is up. */
  causes: string[];
  parts: PartReport[];
}

/** Down when a critical part is down, degraded when anything is not up. */
export function overall(parts: readonly PartReport[]): HealthReport {
  const bad = parts.filter((part) => part.status !== 'up');
  const down = bad.some((part) => part.critical && part.status === 'down');
  return {
    status: down ? 'down' : bad.length > 0 ? 'degraded' : 'up',
    causes: bad.map((part) => `${part.name}: ${part.cause ?? part.status}`),
    parts: [...parts],
  };
}
