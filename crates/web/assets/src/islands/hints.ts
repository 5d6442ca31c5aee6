// A hint about keys shows on three visits, or until it is put away. The browser remembers only the hint's own name.

const VISITS = 3;

export function hints(): void {
  for (const hint of document.querySelectorAll<HTMLElement>("[data-hint]")) {
    const key = `hint:${hint.dataset.hint ?? ""}`;
    const seen = Number(localStorage.getItem(key) ?? "0");
    if (seen >= VISITS) continue;
    localStorage.setItem(key, String(seen + 1));
    hint.hidden = false;
    hint.querySelector("[data-hint-away]")?.addEventListener("click", () => {
      localStorage.setItem(key, String(VISITS));
      hint.hidden = true;
    });
  }
}
