import { Errno } from "../base/errno.ts";
import type { CommonOptions } from "./common-options.ts";
import {
  SO_ACCEPTCONN,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_DEBUG,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_NO_CHECK,
  SO_OOBINLINE,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVLOWAT,
  SO_RCVTIMEO,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_SNDLOWAT,
  SO_SNDTIMEO,
  SO_TYPE,
  SOL_SOCKET,
} from "./constants.ts";
import {
  flagOption,
  integerOption,
  type Linger,
  type Option,
  type OptionTable,
  type TimeValue,
} from "./option-table.ts";
import type { Socket } from "./socket.ts";

/** Smallest values that SO_RCVBUF and SO_SNDBUF read back, and the largest that can be asked for (OPT-5). */
export const MIN_RECEIVE_BUFFER = 2304;
export const MIN_SEND_BUFFER = 4608;
/** net.core.rmem_max and wmem_max. */
export const MAX_BUFFER: number = 4 << 20;

/** Level SOL_SOCKET: what all kinds of sockets have (socket(7)). */
export const SOCKET_OPTIONS: OptionTable<Socket> = {
  level: SOL_SOCKET,
  options: new Map<number, Option<Socket>>([
    [SO_REUSEADDR, commonFlag("reuseAddress")],
    [SO_REUSEPORT, commonFlag("reusePort")],
    [SO_KEEPALIVE, commonFlag("keepAlive")],
    [SO_BROADCAST, commonFlag("broadcast")],
    [SO_OOBINLINE, commonFlag("oobInline")],
    [SO_DONTROUTE, commonFlag("dontRoute")],
    [SO_DEBUG, commonFlag("debug")],
    [SO_NO_CHECK, commonFlag("noCheck")],
    [SO_TYPE, integerOption({ get: (socket) => socket.type })],
    [SO_DOMAIN, integerOption({ get: (socket) => socket.family })],
    [SO_PROTOCOL, integerOption({ get: (socket) => socket.protocol })],
    [SO_ERROR, integerOption({ get: (socket) => socket.takeError() })],
    [SO_ACCEPTCONN, flagOption((socket) => socket.isListening)],
    [SO_RCVBUF, receiveBuffer(MAX_BUFFER)],
    [SO_RCVBUFFORCE, receiveBuffer(Number.POSITIVE_INFINITY)],
    [SO_SNDBUF, sendBuffer(MAX_BUFFER)],
    [SO_SNDBUFFORCE, sendBuffer(Number.POSITIVE_INFINITY)],
    [SO_RCVLOWAT, receiveLowWater()],
    [SO_SNDLOWAT, integerOption({ get: () => 1 })],
    [SO_RCVTIMEO, timeout("receiveTimeoutMs")],
    [SO_SNDTIMEO, timeout("sendTimeoutMs")],
    [SO_LINGER, linger()],
    [SO_PRIORITY, priority()],
    [SO_BINDTODEVICE, device()],
  ]),
};

type FlagName = {
  [K in keyof CommonOptions]: CommonOptions[K] extends boolean ? K : never;
}[keyof CommonOptions];

function commonFlag(name: FlagName): Option<Socket> {
  return flagOption(
    ({ common }) => common[name],
    ({ common }, on) => {
      common[name] = on;
    },
  );
}

function receiveBuffer(max: number): Option<Socket> {
  return integerOption({
    get: ({ common }) => common.receiveBuffer,
    set: ({ common }, octets) => {
      common.receiveBuffer = doubled(octets, MIN_RECEIVE_BUFFER, max);
      common.isReceiveBufferSet = true;
    },
  });
}

function sendBuffer(max: number): Option<Socket> {
  return integerOption({
    get: ({ common }) => common.sendBuffer,
    set: ({ common }, octets) => {
      common.sendBuffer = doubled(octets, MIN_SEND_BUFFER, max);
      common.isSendBufferSet = true;
    },
  });
}

/** A negative size is a huge unsigned one to Linux. */
function doubled(octets: number, min: number, max: number): number {
  const wanted = octets < 0 ? max : Math.min(octets, max);
  return Math.min(Math.max(2 * wanted, min), MAX_DOUBLED);
}

const MAX_DOUBLED = 2 ** 30;

function receiveLowWater(): Option<Socket> {
  return integerOption({
    get: ({ common }) => common.receiveLowWater,
    set: ({ common }, octets) => {
      common.receiveLowWater = octets < 0 ? MAX_LOW_WATER : octets || 1;
    },
  });
}

const MAX_LOW_WATER = 2 ** 31 - 1;

function timeout(name: "receiveTimeoutMs" | "sendTimeoutMs"): Option<Socket> {
  return {
    format: "time",
    get: ({ common }) => {
      const ms = common[name];
      if (ms === Number.POSITIVE_INFINITY) return { seconds: 0, microseconds: 0 };
      return { seconds: Math.floor(ms / 1000), microseconds: Math.round((ms % 1000) * 1000) };
    },
    maySet: (_socket, value) => {
      const { microseconds } = value as TimeValue;
      return microseconds >= 0 && microseconds < 1_000_000 ? 0 : -Errno.EDOM;
    },
    set: ({ common }, value) => {
      const { seconds, microseconds } = value as TimeValue;
      const ms = seconds < 0 ? 0 : seconds * 1000 + microseconds / 1000;
      // Nothing at all means no limit, but a time that has passed means now.
      const isNone = seconds === 0 && microseconds === 0;
      common[name] = isNone ? Number.POSITIVE_INFINITY : ms;
    },
  };
}

function linger(): Option<Socket> {
  return {
    format: "linger",
    get: ({ common }) => common.linger,
    set: ({ common }, value) => {
      const { on, seconds } = value as Linger;
      common.linger = { on, seconds: on ? seconds : common.linger.seconds };
    },
  };
}

function priority(): Option<Socket> {
  return integerOption({
    get: ({ common }) => common.priority,
    set: ({ common }, value) => {
      common.priority = value;
    },
  });
}

function device(): Option<Socket> {
  return {
    format: "text",
    get: (socket) => socket.deviceName,
    maySet: (socket, name) => socket.mayBindToDevice(name as string),
    set: (socket, name) => socket.bindToDevice(name as string),
  };
}
