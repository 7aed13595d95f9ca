// The table of an access test: which route answered what to which token. Printed as it was found, so that a reader of the
// test's output sees what was tried.

export interface TriedRoute {
  /** Method and path. */
  route: string;
  /** Case → HTTP status. */
  statuses: Map<string, number>;
}

/** Rows = routes, columns = cases, cells = statuses. */
export function toTable(tried: readonly TriedRoute[]): string {
  const cases = [...new Set(tried.flatMap(({ statuses }) => [...statuses.keys()]))];
  const width = Math.max(...tried.map(({ route }) => route.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell, i) => cell.padStart(cases[i]!.length))].join('  ');
  const rows = tried.map(({ route, statuses }) =>
    line(
      route,
      cases.map((name) => String(statuses.get(name) ?? '-')),
    ),
  );
  return [line(`${tried.length} routes`, cases), ...rows].join('\n');
}
