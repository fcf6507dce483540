/** The root of this checkout. */
export const root: string;
/** Installs the dependencies of `directory` unless they are there already. */
export function ensureDependencies(directory?: string): void;
/** Whether the tree on disk is the tree of the lock file. */
export function isInstalled(directory: string): boolean;
