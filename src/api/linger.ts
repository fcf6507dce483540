import type { OpenDescription } from "../socket/open-description.ts";
import { Socket } from "../socket/socket.ts";
import type { Runtime } from "./runtime.ts";

/** How often a closed socket is looked at. Nobody is told when its FIN is acknowledged. */
const LINGER_POLL_MS = 10;

/** Waits as SO_LINGER says after the last close of `description`: until its peer knows everything, or the time is up (CLOSE-5). */
export function lingerOn(description: OpenDescription | null, runtime: Runtime): Promise<void> {
  if (!(description instanceof Socket) || description.references > 0) return Promise.resolve();
  const { on, seconds } = description.common.linger;
  if (!on || seconds <= 0) return Promise.resolve();
  const deadline = runtime.now() + seconds * 1000;
  return new Promise((resolve) => {
    const look = (): void => {
      const now = runtime.now();
      if (!description.isLingering || now >= deadline) resolve();
      else runtime.schedule(look, Math.min(now + LINGER_POLL_MS, deadline));
    };
    look();
  });
}
