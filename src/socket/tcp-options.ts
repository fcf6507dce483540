import { Errno } from "../base/errno.ts";
import { CONGESTION_CONTROLS } from "../tcp/congestion/create-controller.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import type { TcpSettings } from "../tcp/settings.ts";
import { TcpState } from "../tcp/state.ts";
import * as c from "./constants.ts";
import {
  flagOption,
  type InfoRecord,
  integerOption,
  type Option,
  type OptionTable,
} from "./option-table.ts";

/** What the options look at and change: a stream socket. */
export interface TcpOptionTarget {
  readonly settings: TcpSettings;
  readonly connection: TcpConnection | null;
  readonly isListening: boolean;
  isQuickAckOn: boolean;
  /** The host's own time in FIN-WAIT-2, which TCP_LINGER2 of 0 stands for. */
  readonly defaultFinWait2Ms: number;
}

/** Bounds of TCP_MAXSEG (TCP_MIN_MSS, MAX_TCP_WINDOW) and of the keep-alive options (OPT-15, OPT-16). */
const MIN_MAXSEG = 88;
const MAX_MAXSEG = 32_767;
const MAX_KEEPALIVE_SECONDS = 32_767;
const MAX_KEEPALIVE_PROBES = 127;
const MAX_SYN_RETRIES = 127;
/** Longest TCP_LINGER2, seconds. */
const MAX_LINGER2 = 120;
/** What TCP_MAXSEG says before there is a peer (RFC 9293 §3.7.1). */
const DEFAULT_MSS = 536;

/** Level IPPROTO_TCP (tcp(7)). */
export const TCP_OPTIONS: OptionTable<TcpOptionTarget> = {
  level: c.SOL_TCP,
  options: new Map<number, Option<TcpOptionTarget>>([
    [
      c.TCP_NODELAY,
      flagOption(
        ({ settings }) => settings.noDelay,
        ({ settings, connection }, on) => {
          settings.noDelay = on;
          // Sends even what a cork holds, once.
          if (on) connection?.push();
        },
      ),
    ],
    [
      c.TCP_CORK,
      flagOption(
        ({ settings }) => settings.cork,
        ({ settings }, on) => {
          settings.cork = on;
        },
      ),
    ],
    [
      c.TCP_QUICKACK,
      flagOption(
        (socket) => socket.isQuickAckOn,
        (socket, on) => {
          socket.isQuickAckOn = on;
          socket.settings.quickAck = on;
        },
      ),
    ],
    [c.TCP_MAXSEG, maxSegment()],
    [c.TCP_KEEPIDLE, keepAliveSeconds("keepAliveIdleMs")],
    [c.TCP_KEEPINTVL, keepAliveSeconds("keepAliveIntervalMs")],
    [
      c.TCP_KEEPCNT,
      integerOption({
        min: 1,
        max: MAX_KEEPALIVE_PROBES,
        get: ({ settings }) => settings.keepAliveProbes,
        set: ({ settings }, probes) => {
          settings.keepAliveProbes = probes;
        },
      }),
    ],
    [
      c.TCP_USER_TIMEOUT,
      integerOption({
        min: 0,
        get: ({ settings }) => settings.userTimeoutMs,
        set: ({ settings }, ms) => {
          settings.userTimeoutMs = ms;
        },
      }),
    ],
    [
      c.TCP_SYNCNT,
      integerOption({
        min: 1,
        max: MAX_SYN_RETRIES,
        get: ({ settings }) => settings.synRetries,
        set: ({ settings }, retries) => {
          settings.synRetries = retries;
        },
      }),
    ],
    [c.TCP_LINGER2, orphanTimeout()],
    [c.TCP_CONGESTION, congestionControl()],
    [c.TCP_INFO, info()],
  ]),
};

/** Read, it is the size in use; set before connect(), an upper bound of it (OPT-15). */
function maxSegment(): Option<TcpOptionTarget> {
  return integerOption({
    get: ({ connection, settings }) =>
      connection?.info().sndMss || settings.maxSegment || DEFAULT_MSS,
    maySet: (_socket, octets) => {
      const isValid = octets === 0 || (octets >= MIN_MAXSEG && octets <= MAX_MAXSEG);
      return isValid ? 0 : -Errno.EINVAL;
    },
    set: ({ settings }, octets) => {
      settings.maxSegment = octets;
    },
  });
}

function keepAliveSeconds(
  name: "keepAliveIdleMs" | "keepAliveIntervalMs",
): Option<TcpOptionTarget> {
  return integerOption({
    min: 1,
    max: MAX_KEEPALIVE_SECONDS,
    get: ({ settings }) => settings[name] / 1000,
    set: ({ settings }, seconds) => {
      settings[name] = seconds * 1000;
    },
  });
}

/** Seconds an orphan stays in FIN-WAIT-2: negative is not at all, 0 is the host's own (CLOSE-7). */
function orphanTimeout(): Option<TcpOptionTarget> {
  return integerOption({
    get: ({ settings }) =>
      settings.finWait2TimeoutMs === 0 ? -1 : settings.finWait2TimeoutMs / 1000,
    set: ({ settings, defaultFinWait2Ms }, seconds) => {
      if (seconds < 0) settings.finWait2TimeoutMs = 0;
      else if (seconds === 0) settings.finWait2TimeoutMs = defaultFinWait2Ms;
      else settings.finWait2TimeoutMs = Math.min(seconds, MAX_LINGER2) * 1000;
    },
  });
}

function congestionControl(): Option<TcpOptionTarget> {
  return {
    format: "text",
    get: ({ settings }) => settings.congestionControl,
    maySet: (_socket, name) => {
      if (name === "") return -Errno.EINVAL;
      return CONGESTION_CONTROLS.includes(name as string) ? 0 : -Errno.ENOENT;
    },
    set: ({ settings }, name) => {
      settings.congestionControl = name as string;
    },
  };
}

function info(): Option<TcpOptionTarget> {
  return {
    format: "info",
    get: ({ connection, isListening }) => {
      // A record of numbers and texts, whatever its type is called.
      if (connection !== null) return { ...connection.info() } as unknown as InfoRecord;
      return { state: isListening ? TcpState.LISTEN : TcpState.CLOSED };
    },
  };
}
