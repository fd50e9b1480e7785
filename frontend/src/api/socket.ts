/** One WebSocket that comes back by itself. It knows nothing of what its frames mean. */
import { isSessionRefused, readToken } from "./session";

const delayFirstMs = 250;
const delayMaxMs = 8000;

export type SocketStatus = "connecting" | "open" | "down";

export type SocketEvents = {
  /** Where to connect; asked anew for each connection, so that a stream can go on where it stopped. */
  path: () => string;
  onFrame: (frame: unknown) => void;
  onStatus: (status: SocketStatus) => void;
};

export type LiveSocket = {
  /** Drops the connection and makes a new one, after a moment: a server that breaks each one is not stormed. */
  restart: () => void;
  /** Tries now instead of when the delay is over. */
  retryNow: () => void;
  close: () => void;
};

/** How long to wait before the next try: doubling, at most 8 s, spread so that windows do not return in step. */
export function retryDelayMs(failures: number, random: number): number {
  const delayMs = Math.min(delayMaxMs, delayFirstMs * 2 ** Math.max(0, failures - 1));
  return Math.round(delayMs * (0.75 + random / 2));
}

/** Opens a socket and keeps it open until `close`. */
export function openSocket(events: SocketEvents): LiveSocket {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isClosed = false;

  const drop = () => {
    clearTimeout(timer);
    const old = socket;
    socket = undefined;
    old?.close();
  };
  const retry = () => {
    failures += 1;
    events.onStatus("down");
    // Without access there is nothing to come back to; the page says what to do.
    if (isSessionRefused()) return;
    timer = setTimeout(connect, retryDelayMs(failures, Math.random()));
  };
  const connect = () => {
    drop();
    if (isClosed) return;
    events.onStatus("connecting");
    const current = new WebSocket(socketUrl(events.path()), protocols());
    socket = current;
    current.addEventListener("open", () => {
      if (socket === current) events.onStatus("open");
    });
    current.addEventListener("message", (message) => {
      if (socket !== current) return;
      failures = 0;
      events.onFrame(parseFrame(message.data));
    });
    current.addEventListener("close", () => {
      if (socket === current) retry();
    });
  };
  const restart = () => {
    drop();
    timer = setTimeout(connect, retryDelayMs(1, Math.random()));
  };
  const close = () => {
    isClosed = true;
    drop();
  };
  connect();
  return { restart, retryNow: connect, close };
}

function socketUrl(path: string): string {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** The token travels as a subprotocol: a browser can set no header here, and an address would be logged. */
function protocols(): string[] {
  const token = readToken();
  return token ? ["eval-kanban", `t.${token}`] : ["eval-kanban"];
}

function parseFrame(data: unknown): unknown {
  if (typeof data !== "string") return undefined;
  try {
    return JSON.parse(data);
  } catch {
    // A broken frame fails its schema next, which makes the reader fetch again.
    return undefined;
  }
}
