import { Errno } from "../base/errno.ts";

/** Value of SO_LINGER. */
export interface Linger {
  readonly on: boolean;
  /** How long close waits, in seconds. */
  readonly seconds: number;
}

/** Value of SO_RCVTIMEO and SO_SNDTIMEO; both 0 is no limit. */
export interface TimeValue {
  readonly seconds: number;
  readonly microseconds: number;
}

/** A structure that can only be read, such as TCP_INFO. */
export type InfoRecord = Readonly<Record<string, number | string>>;

export type OptionValue = number | string | Linger | TimeValue | InfoRecord;

/** How a value looks as octets (`option-codec.ts`). */
export type OptionFormat = "integer" | "text" | "linger" | "time" | "info";

/** One option of a kind of socket. Without `set` it can only be read, and the other way round. */
export interface Option<S> {
  readonly format: OptionFormat;
  /** Why it cannot be read now: a negative errno, or 0. */
  mayGet?(socket: S): number;
  get?(socket: S): OptionValue;
  /** Why it cannot be set to that now: a negative errno, or 0. */
  maySet?(socket: S, value: OptionValue): number;
  /** The value has the type that goes with `format`. */
  set?(socket: S, value: OptionValue, now: number): void;
}

/** The options of one level. */
export interface OptionTable<S> {
  readonly level: number;
  readonly options: ReadonlyMap<number, Option<S>>;
}

/** Where `getOption` puts its answer. */
export interface OptionResult {
  value: OptionValue;
}

/** 0 with the value in `into`; −EOPNOTSUPP for an unknown level, −ENOPROTOOPT for an unknown option (OPT-1). */
export function getOption<S>(
  tables: readonly OptionTable<S>[],
  socket: S,
  key: { readonly level: number; readonly name: number },
  into: OptionResult,
): number {
  const table = tables.find(({ level }) => level === key.level);
  if (table === undefined) return -Errno.EOPNOTSUPP;
  const option = table.options.get(key.name);
  if (option?.get === undefined) return -Errno.ENOPROTOOPT;
  const refusal = option.mayGet?.(socket) ?? 0;
  if (refusal < 0) return refusal;
  into.value = option.get(socket);
  return 0;
}

/** 0 or a negative errno: −ENOPROTOOPT for an unknown level or option or one that is read-only, −EINVAL for a value of the wrong type. */
export function setOption<S>(
  tables: readonly OptionTable<S>[],
  socket: S,
  key: { readonly level: number; readonly name: number },
  value: OptionValue,
  now: number,
): number {
  const table = tables.find(({ level }) => level === key.level);
  const option = table?.options.get(key.name);
  if (option?.set === undefined) return -Errno.ENOPROTOOPT;
  if (!hasFormat(value, option.format)) return -Errno.EINVAL;
  const refusal = option.maySet?.(socket, value) ?? 0;
  if (refusal === 0) option.set(socket, value, now);
  return refusal;
}

/** The format of an option, or null when nobody knows it. */
export function optionFormat<S>(
  tables: readonly OptionTable<S>[],
  level: number,
  name: number,
): OptionFormat | null {
  return tables.find((table) => table.level === level)?.options.get(name)?.format ?? null;
}

/** An option that is a number in `[min, max]`; outside it −EINVAL. */
export function integerOption<S>(row: {
  readonly min?: number;
  readonly max?: number;
  get(socket: S): number;
  mayGet?(socket: S): number;
  set?(socket: S, value: number, now: number): void;
  maySet?(socket: S, value: number): number;
}): Option<S> {
  const { min = INT_MIN, max = INT_MAX, get, mayGet, set, maySet } = row;
  return {
    format: "integer",
    get,
    ...(mayGet && { mayGet }),
    maySet: (socket, value) => {
      const number = value as number;
      return number < min || number > max ? -Errno.EINVAL : (maySet?.(socket, number) ?? 0);
    },
    ...(set && {
      set: (socket: S, value: OptionValue, now: number) => set(socket, value as number, now),
    }),
  };
}

/** An option that is on or off: any number but 0 is on, and it is read as 0 or 1 (OPT-10). */
export function flagOption<S>(
  get: (socket: S) => boolean,
  set?: (socket: S, on: boolean, now: number) => void,
): Option<S> {
  return integerOption<S>({
    get: (socket) => Number(get(socket)),
    ...(set && { set: (socket: S, value: number, now: number) => set(socket, value !== 0, now) }),
  });
}

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

function hasFormat(value: OptionValue, format: OptionFormat): boolean {
  switch (format) {
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "text":
      return typeof value === "string";
    case "linger":
      return typeof value === "object" && "on" in value;
    case "time":
      return typeof value === "object" && "microseconds" in value;
    case "info":
      return false;
  }
}
