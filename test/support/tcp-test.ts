import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ScriptOptions, TcpScript } from "./tcp-script.ts";
import { WORLDS } from "./tcp-world.ts";

/** Declares one test for every world. */
export function tcpTest(name: string, run: (t: TcpScript) => void): void;
export function tcpTest(name: string, options: ScriptOptions, run: (t: TcpScript) => void): void;
export function tcpTest(
  name: string,
  optionsOrRun: ScriptOptions | ((t: TcpScript) => void),
  run?: (t: TcpScript) => void,
): void {
  const options = typeof optionsOrRun === "function" ? {} : optionsOrRun;
  const script = typeof optionsOrRun === "function" ? optionsOrRun : run;
  assert.ok(script);
  describe(name, () => {
    for (const world of WORLDS) {
      it(world.name, () => {
        const t = new TcpScript(world, options);
        script(t);
        t.expectsNothing();
      });
    }
  });
}
