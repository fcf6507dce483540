/** Counts the events of node:test, and notices the failures that it does not report as tests. */

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
  const before = counts.failed;
  const brokenFiles: string[] = [];
  for await (const event of events) {
    const { type, data } = event;
    if (type === "test:complete" && isWholeFile(event) && data.details?.error)
      brokenFiles.push(data.name ?? "");
    // Without a file it is a total over this stage; the closing line gives those of the whole run.
    if (type === "test:diagnostic" && data.file === undefined) continue;
    if (type === "test:pass" || type === "test:fail") count(counts, event);
    yield event;
  }
  // A process that reports passing tests and then dies appears in no test's result.
  if (counts.failed > before) return;
  for (const file of brokenFiles) console.log(`${file}: its process failed after its tests`);
  counts.failed += brokenFiles.length;
}

function count(counts: Counts, event: TestEvent): void {
  const { type, data } = event;
  if (data.details?.type === "suite") return;
  if (data.skip !== undefined || data.todo !== undefined) counts.skipped += 1;
  else if (type === "test:fail") counts.failed += 1;
  // A file without a single test reports itself as one that passed.
  else if (!isWholeFile(event)) counts.passed += 1;
}

function isWholeFile({ data }: TestEvent): boolean {
  return data.name !== undefined && data.name === data.file;
}
