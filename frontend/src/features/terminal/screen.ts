/** The terminal widget, read-only: nothing that the stream holds is obeyed but colours, and nothing is sent back. */
import { FitAddon } from "@xterm/addon-fit";
import { type ITheme, Terminal } from "@xterm/xterm";
import { keepColours } from "@/lib/ansi";
import { escapeReordering } from "@/lib/hidden-text";

const scrollbackLines = 20_000;
const fontPx = 12;

export type Screen = {
  /** Shows text after what is there. */
  write: (text: string) => void;
  clear: () => void;
  toEnd: () => void;
  toStart: () => void;
  close: () => void;
};

/** Waits for the font: the widget measures it once, when it opens. */
export async function loadFont(): Promise<void> {
  await document.fonts.load(`${fontPx}px ${tokenOf("--font-mono")}`);
}

/** Puts a terminal into an element, fitted to it and in the page's colours. */
export function openScreen(element: HTMLElement, onScroll: (isAtEnd: boolean) => void): Screen {
  const terminal = new Terminal({
    disableStdin: true,
    convertEol: true,
    scrollback: scrollbackLines,
    fontFamily: tokenOf("--font-mono"),
    fontSize: fontPx,
    lineHeight: 1.2,
    cursorInactiveStyle: "none",
    theme: themeOf(),
    linkHandler: { activate: () => undefined },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(element);
  prepare(terminal, element);
  fit.fit();
  terminal.onScroll(() => onScroll(isAtEnd(terminal)));
  const stopWatching = watch(element, terminal, fit);
  return {
    write: (text) => terminal.write(escapeReordering(keepColours(text))),
    clear: () => terminal.reset(),
    // A queued write is shown later than now; the empty one after it comes when all is shown.
    toEnd: () => terminal.write("", () => terminal.scrollToBottom()),
    toStart: () => terminal.write("", () => terminal.scrollToTop()),
    close: () => {
      stopWatching();
      terminal.dispose();
    },
  };
}

function isAtEnd(terminal: Terminal): boolean {
  const { viewportY, baseY } = terminal.buffer.active;
  return viewportY >= baseY;
}

/** Keys belong to the page, but for those that scroll. The widget's hidden text field takes no part in tabbing. */
function prepare(terminal: Terminal, element: HTMLElement): void {
  if (terminal.textarea) {
    terminal.textarea.tabIndex = -1;
    terminal.textarea.readOnly = true;
  }
  terminal.attachCustomKeyEventHandler(() => false);
  element.addEventListener("keydown", (event) => {
    const move = moves.get(event.key);
    if (!move) return;
    event.preventDefault();
    move(terminal);
  });
  // A click would give the focus to the hidden field, and the page's keys would be typed into it.
  element.addEventListener("mouseup", () => element.focus({ preventScroll: true }));
}

const moves = new Map<string, (terminal: Terminal) => void>([
  ["ArrowUp", (terminal) => terminal.scrollLines(-1)],
  ["ArrowDown", (terminal) => terminal.scrollLines(1)],
  ["PageUp", (terminal) => terminal.scrollPages(-1)],
  ["PageDown", (terminal) => terminal.scrollPages(1)],
  ["Home", (terminal) => terminal.scrollToTop()],
  ["End", (terminal) => terminal.scrollToBottom()],
]);

/** Follows the element's size and the page's theme. */
function watch(element: HTMLElement, terminal: Terminal, fit: FitAddon): () => void {
  const sizes = new ResizeObserver(() => fit.fit());
  sizes.observe(element);
  const themes = new MutationObserver(() => {
    terminal.options.theme = themeOf();
  });
  themes.observe(document.documentElement, { attributeFilter: ["class"] });
  return () => {
    sizes.disconnect();
    themes.disconnect();
  };
}

/** The sixteen colours of a terminal in the inks of the page, so that each is legible on its ground. */
function themeOf(): ITheme {
  const red = tokenOf("--diff-del-text");
  const green = tokenOf("--diff-add-text");
  const blue = tokenOf("--syn-keyword");
  const brown = tokenOf("--syn-type");
  const ink = tokenOf("--foreground");
  const faint = tokenOf("--faint-foreground");
  return {
    background: tokenOf("--inset"),
    foreground: ink,
    cursor: tokenOf("--inset"),
    selectionBackground: tokenOf("--selected"),
    black: ink,
    red,
    green,
    yellow: brown,
    blue,
    magenta: brown,
    cyan: blue,
    white: ink,
    brightBlack: faint,
    brightRed: red,
    brightGreen: green,
    brightYellow: brown,
    brightBlue: blue,
    brightMagenta: brown,
    brightCyan: blue,
    brightWhite: ink,
  };
}

function tokenOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
