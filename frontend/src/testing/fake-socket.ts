import { vi } from "vitest";

/** A WebSocket that the test speaks for. */
export class FakeSocket extends EventTarget {
  static opened: FakeSocket[] = [];
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
    FakeSocket.opened.push(this);
  }

  close(): void {
    this.dispatchEvent(new Event("close"));
  }

  /** The server accepted the connection. */
  accept(): void {
    this.dispatchEvent(new Event("open"));
  }

  /** The server sends a frame. */
  send(frame: object): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
}

/** Replaces WebSocket and returns the sockets as they are opened. */
export function mockSockets(): FakeSocket[] {
  FakeSocket.opened = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  return FakeSocket.opened;
}
