/**
 * The cycles of a directed graph, by Tarjan's strongly connected components (1972).
 *
 * Each cycle is the sorted list of the nodes that can all reach each other.
 */
export function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  function connect(node: string): number {
    const own = index.size;
    let lowest = own;
    index.set(node, own);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, connect(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, index.get(next) ?? lowest);
    }
    if (lowest === own) {
      const component = stack.splice(stack.lastIndexOf(node)).sort();
      if (component.length > 1 || graph.get(node)?.includes(node)) cycles.push(component);
    }
    return lowest;
  }

  for (const node of graph.keys()) if (!index.has(node)) connect(node);
  return cycles;
}
