// `g` then a letter goes to a page of the side bar; a control with aria-keyshortcuts="n" answers to n; Ctrl+Enter saves
// the form that has the focus; Ctrl+Z presses the Undo that the server offers.
import { singleKeys, typing } from "../dom";

const JUMP_MS = 1200;

const visible = (el: HTMLElement) => el.offsetParent !== null && !el.hasAttribute("disabled");

/** The letter after `g` is nobody else's: not the lock's, not the list's. So it is caught on its way down. */
function jumps(): void {
  let since = 0;
  document.addEventListener("keydown", e => {
    if (typing(e) || !singleKeys()) return;
    const waiting = Date.now() - since < JUMP_MS;
    since = !waiting && e.key === "g" ? Date.now() : 0;
    const link = waiting ? document.querySelector<HTMLAnchorElement>(`[data-jump="${CSS.escape(e.key)}"]`) : null;
    if (!link && !since) return;
    e.preventDefault();
    e.stopPropagation();
    link?.click();
  }, { capture: true });
}

export function pageKeys(): void {
  jumps();
  document.addEventListener("keydown", e => {
    if (e.defaultPrevented) return;
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter") {
      const form = e.target instanceof Element ? e.target.closest("form") : null;
      if (form) {
        e.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (typing(e)) {
      const undo = (e.ctrlKey || e.metaKey) && e.key === "z" && !(e.target instanceof Element && e.target.closest("input,textarea"));
      const button = undo ? document.querySelector<HTMLElement>("[data-undo]") : null;
      if (button) {
        e.preventDefault();
        button.click();
      }
      return;
    }
    if (!singleKeys()) return;
    const pressed = [...document.querySelectorAll<HTMLElement>(`[aria-keyshortcuts="${CSS.escape(e.key)}"]`)].find(visible);
    if (pressed) {
      e.preventDefault();
      pressed.click();
    }
  });
}
