/** The browser's notifications: whether it shows ours, and how to ask. */

export type NotificationRight = "granted" | "denied" | "default" | "unsupported";

/** Whether this browser shows our notifications. */
export function notificationRight(): NotificationRight {
  return "Notification" in globalThis ? Notification.permission : "unsupported";
}

/** Asks the user; only ever from something they pressed. */
export async function askForNotifications(): Promise<NotificationRight> {
  return "Notification" in globalThis ? Notification.requestPermission() : "unsupported";
}

export type Notice = { tag: string; title: string; body: string; onOpen: () => void };

/** Shows a notification; one with the same tag takes the place of the last. Returns how to take it away. */
export function showNotification({ tag, title, body, onOpen }: Notice): () => void {
  if (notificationRight() !== "granted") return () => undefined;
  try {
    const shown = new Notification(title, { body, tag, icon: "/favicon.svg" });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      onOpen();
    });
    return () => shown.close();
  } catch {
    // Some phones show notifications only from a service worker, which the board does without.
    return () => undefined;
  }
}
