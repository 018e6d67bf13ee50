import type { AssignmentNode, RoutingNode } from '../coord/cluster/paths.ts';

/**
 * What queries should see of a table now. All assigned segments, once each new one is served
 * somewhere; until then only those that queries see already, so that a load appears whole or not at
 * all. Segments that are no longer assigned disappear at once. A segment that is already visible
 * stays so when its servers go: queries must fail then, not answer without it.
 *
 * @param assignment which servers should hold each segment.
 * @param served for each segment the servers that serve it.
 * @param current what queries see; null for a new table.
 * @returns the new routing, or null when the current one is right.
 */
export function nextRouting(
  assignment: AssignmentNode,
  served: ReadonlyMap<string, ReadonlySet<string>>,
  current: RoutingNode | null,
): RoutingNode | null {
  const assigned = Object.entries(assignment.segments);
  const isVisible = (segment: string) =>
    current !== null && Object.hasOwn(current.segments, segment);
  const isComplete = assigned.every(
    ([segment, servers]) =>
      isVisible(segment) || servers.some((server) => served.get(segment)?.has(server)),
  );
  const visible = isComplete ? assigned : assigned.filter(([segment]) => isVisible(segment));
  const segments = Object.fromEntries(visible);
  if (current !== null && JSON.stringify(segments) === JSON.stringify(current.segments))
    return null;
  return { version: (current?.version ?? 0) + 1, segments };
}
