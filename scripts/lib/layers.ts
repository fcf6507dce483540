/** The layers of the stack, lowest first. Folders in one row are peers. */
export const LAYERS: readonly (readonly string[])[] = [
  ["base"],
  ["wire"],
  ["link", "ip", "udp", "tcp"],
  ["stack"],
  ["socket"],
  ["api"],
  ["platform", "sim"],
  ["cli", "web"],
];

/** The public entry points that run in any JavaScript engine; every other one may use the platform. */
const PORTABLE_BARRELS: ReadonlyMap<string, string> = new Map([
  ["src/index.ts", "api"],
  ["src/pcap.ts", "api"],
  ["src/sim.ts", "sim"],
]);

/** Synchronous and alone with the language: no promises, no host, no packages. */
export const CORE: readonly string[] = LAYERS.slice(0, levelOf("socket") + 1).flat();

/** Runs in browsers too, so it never names Node. */
export const PORTABLE: readonly string[] = [...CORE, "api", "sim"];

/** The height of a layer, or -1 for a folder that is not one. */
export function levelOf(layer: string): number {
  return LAYERS.findIndex((row) => row.includes(layer));
}

/** The layer of `src/<layer>/…`; for a barrel, the highest layer it may show. */
export function layerOf(path: string): string {
  if (isBarrel(path)) return PORTABLE_BARRELS.get(path) ?? "platform";
  return path.split("/")[1] ?? "";
}

/** Public entry points lie directly in src/. */
export function isBarrel(path: string): boolean {
  return /^src\/[^/]+\.ts$/.test(path);
}
