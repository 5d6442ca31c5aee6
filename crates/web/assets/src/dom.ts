// Small things that every script needs.

/** Speaks `text` to a screen reader without moving the focus. */
export function say(text: string): void {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

/** True where a letter is text and not a command: in a field, in a dialog, or with a modifier held. */
export function typing(e: KeyboardEvent): boolean {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return true;
  const at = e.target instanceof Element ? e.target : null;
  return !!at?.closest("input:not([type=checkbox],[type=radio]),select,textarea,[contenteditable]") || !!document.querySelector("dialog[open]");
}

/** Single-letter keys can be switched off for a person (WCAG 2.1.4). */
export const singleKeys = (): boolean => document.documentElement.dataset.singlekeys !== "off";

/** Runs `on` for an event that htmx sends. */
export function onHtmx(name: string, on: (detail: HtmxDetail, e: Event) => void): void {
  document.addEventListener(name, e => on((e as CustomEvent<HtmxDetail>).detail, e));
}

/** The token that every request which changes something must carry. */
export const csrf = (): string => document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content ?? "";
