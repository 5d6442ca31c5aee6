// `g` then a letter goes to a page of the side bar; a control with aria-keyshortcuts="n" answers to n; Ctrl+Enter saves
// the form that has the focus; Ctrl+Z presses the Undo that the server offers.
import { singleKeys, typing } from "../dom";

const JUMP_MS = 1200;

const visible = (el: HTMLElement) => el.offsetParent !== null && !el.hasAttribute("disabled");

export function pageKeys(): void {
  let jumped = 0;
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
    if (Date.now() - jumped < JUMP_MS) {
      jumped = 0;
      const link = document.querySelector<HTMLAnchorElement>(`[data-jump="${CSS.escape(e.key)}"]`);
      if (link) {
        e.preventDefault();
        link.click();
        return;
      }
    }
    if (e.key === "g") {
      jumped = Date.now();
      return;
    }
    const pressed = [...document.querySelectorAll<HTMLElement>(`[aria-keyshortcuts="${CSS.escape(e.key)}"]`)].find(visible);
    if (pressed) {
      e.preventDefault();
      pressed.click();
    }
  });
}
