// The find box: a combobox in a dialog. Pages come from the side bar and are matched here; patients come from the
// server, through htmx, as options of the same list. This file writes no text of its own but the pages' names.
import { singleKeys, typing } from "../dom";

type Page = { name: string; href: string; jump: string };

const LEAST_LETTERS = 2;
const MOST_PAGES = 6;

/** How well `query` fits `name`: its letters in order, the closer the better; null when they are not all there. */
function score(name: string, query: string): number | null {
  let at = 0;
  let points = 0;
  for (const letter of name.toLowerCase()) {
    if (letter === query[at]) {
      at += 1;
      points += 2;
    } else points -= 0.1;
  }
  return at === query.length ? points : null;
}

export function palette(): void {
  const dialog = document.getElementById("palette") as HTMLDialogElement | null;
  const input = dialog?.querySelector("input");
  const pages = document.getElementById("palette-pages");
  const found = document.getElementById("palette-found");
  if (!dialog || !input || !pages || !found) return;

  const all: Page[] = [...document.querySelectorAll<HTMLAnchorElement>(".rail a[href]")].map(a => ({
    name: a.querySelector("[data-name]")?.textContent ?? "",
    href: a.href,
    jump: a.dataset.jump ?? "",
  }));
  let at = 0;
  const options = () => [...dialog.querySelectorAll<HTMLAnchorElement>("[role=option]")];

  const mark = () => {
    const list = options();
    at = list.length === 0 ? 0 : Math.max(0, Math.min(at, list.length - 1));
    list.forEach((o, i) => {
      o.id ||= `palette-${i}`;
      o.setAttribute("aria-selected", String(i === at));
    });
    const current = list[at];
    if (current) {
      input.setAttribute("aria-activedescendant", current.id);
      current.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };

  const option = (page: Page, i: number) => {
    const a = document.createElement("a");
    a.setAttribute("role", "option");
    a.id = `palette-page-${i}`;
    a.href = page.href;
    a.tabIndex = -1;
    a.append(page.name);
    if (page.jump) {
      const key = document.createElement("kbd");
      key.append(`g ${page.jump}`);
      a.append(key);
    }
    return a;
  };

  const draw = () => {
    const query = input.value.trim().toLowerCase();
    const hits = all.map(p => [score(p.name, query), p] as const).filter(([s]) => s !== null);
    if (query) hits.sort((a, b) => (b[0] ?? 0) - (a[0] ?? 0));
    pages.replaceChildren(...hits.slice(0, MOST_PAGES).map(([, p], i) => option(p, i)));
    pages.hidden = hits.length === 0;
    if (query.length < LEAST_LETTERS) found.replaceChildren();
    mark();
  };

  const open = () => {
    if (dialog.open || document.querySelector("#lock-screen[open]")) return;
    input.value = "";
    at = 0;
    draw();
    dialog.showModal();
  };

  input.addEventListener("input", () => {
    at = 0;
    draw();
  });
  input.addEventListener("keydown", e => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    const count = options().length;
    if (step && count) {
      at = (at + step + count) % count;
      mark();
    } else if (e.key === "Enter") options()[at]?.click();
    else return;
    e.preventDefault();
  });
  // Every patient search is logged, so one letter does not make one.
  dialog.addEventListener("htmx:config:request", e => {
    if (input.value.trim().length < LEAST_LETTERS) e.preventDefault();
  });
  dialog.addEventListener("htmx:after:swap", mark);
  dialog.addEventListener("click", e => {
    if (e.target === dialog) dialog.close();
  });
  document.addEventListener("click", e => {
    if (e.target instanceof Element && e.target.closest("[data-find]")) {
      e.preventDefault();
      open();
    }
  });
  document.addEventListener("keydown", e => {
    const chord = (e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k";
    if (chord || (e.key === "/" && singleKeys() && !typing(e))) {
      e.preventDefault();
      open();
    }
  });
}
