/** Counts the events of node:test over all stages of a run. */

export interface TestEvent {
  type: string;
  data: {
    name?: string;
    file?: string;
    skip?: boolean | string;
    todo?: boolean | string;
    details?: { type?: string; error?: Error };
  };
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The last line of a run, which other programs read. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Adds the tests in `events` to `counts` while handing the events on, minus the totals. */
export async function* countEvents(
  counts: Counts,
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    const { type, data } = event;
    // Without a file it is a total over this stage; the closing line gives those of the whole run.
    if (type === "test:diagnostic" && data.file === undefined) continue;
    if (type === "test:pass" || type === "test:fail") count(counts, event);
    yield event;
  }
}

function count(counts: Counts, { type, data }: TestEvent): void {
  if (data.details?.type === "suite") return;
  if (data.skip !== undefined || data.todo !== undefined) counts.skipped += 1;
  else if (type === "test:fail") counts.failed += 1;
  // A file without a single test reports itself as one that passed.
  else if (data.name !== data.file) counts.passed += 1;
}
