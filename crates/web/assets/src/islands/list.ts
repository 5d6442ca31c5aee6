// Work lists by keyboard: j and k move, x selects, Shift+X selects up to here, Enter opens, e edits. The row's link has
// the real focus, so a screen reader follows. Everything is looked up anew, because the server may redraw the list.
import { singleKeys, typing } from "../dom";

const LIST = "table[data-keys]";
let anchor: HTMLTableRowElement | null = null;

const rows = (list: HTMLTableElement) => [...(list.tBodies[0]?.rows ?? [])];
const box = (row: Element | undefined) => row?.querySelector<HTMLInputElement>("input[type=checkbox]") ?? null;

function count(list: HTMLTableElement): void {
  const boxes = [...list.querySelectorAll<HTMLInputElement>("tbody input[type=checkbox]")];
  const n = boxes.filter(b => b.checked).length;
  const all = list.querySelector<HTMLInputElement>("input[data-all]");
  if (all) {
    all.checked = n > 0 && n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
  }
  for (const row of rows(list)) row.toggleAttribute("data-selected", box(row)?.checked ?? false);
  const bulk = list.closest("[data-list]")?.querySelector<HTMLElement>("[data-bulk]");
  const shown = bulk?.querySelector("[data-count]");
  if (bulk) bulk.dataset.some = String(n > 0);
  if (shown) shown.textContent = String(n);
}

function current(list: HTMLTableElement): number {
  const row = document.activeElement?.closest("tr");
  return rows(list).findIndex(r => r === row);
}

function go(list: HTMLTableElement, to: number): void {
  const all = rows(list);
  const row = all[Math.max(0, Math.min(all.length - 1, to))];
  (row?.querySelector<HTMLElement>("a[href],button") ?? box(row))?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function toggle(list: HTMLTableElement, at: number, range: boolean): void {
  const all = rows(list);
  const row = all[at];
  const own = box(row);
  if (!row || !own) return;
  const from = range && anchor ? all.indexOf(anchor) : at;
  const on = range ? true : !own.checked;
  for (const r of all.slice(Math.min(from < 0 ? at : from, at), Math.max(from, at) + 1)) {
    const b = box(r);
    if (b) b.checked = on;
  }
  anchor = row;
  count(list);
}

export function listKeys(): void {
  document.addEventListener("change", e => {
    const input = e.target instanceof HTMLInputElement ? e.target : null;
    const list = input?.closest<HTMLTableElement>(LIST);
    if (!input || !list || input.type !== "checkbox") return;
    if (input.dataset.all !== undefined) for (const row of rows(list)) {
      const b = box(row);
      if (b) b.checked = input.checked;
    }
    else anchor = input.closest("tr");
    count(list);
  });
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll<HTMLTableElement>(LIST).forEach(count));
  document.addEventListener("keydown", e => {
    const list = document.querySelector<HTMLTableElement>(LIST);
    if (!list || typing(e) || !singleKeys() || e.defaultPrevented) return;
    const at = current(list);
    if (e.key === "j") go(list, at + 1);
    else if (e.key === "k") go(list, at < 0 ? 0 : at - 1);
    else if (at >= 0 && (e.key === "x" || e.key === "X")) toggle(list, at, e.shiftKey);
    else if (at >= 0 && e.key === "e") {
      const edit = rows(list)[at]?.querySelector<HTMLElement>("[data-edit]");
      if (!edit) return;
      edit.click();
    } else return;
    e.preventDefault();
  });
}
