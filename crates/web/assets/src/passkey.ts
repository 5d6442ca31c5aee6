// Passkeys. A form with `data-passkey` names the address of the question; the authenticator's answer goes into the field that
// `data-passkey-field` names, and the form is sent. Everything that counts is checked by the server.

type Descriptor = { type: "public-key"; id: string };
type Question = {
  create?: { challenge: string; user: { id: string; name: string; displayName: string }; excludeCredentials: Descriptor[] };
  get?: { challenge: string; rpId: string; timeout: number; userVerification: "required"; allowCredentials: Descriptor[] };
};

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), c => c.charCodeAt(0));

const text = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const named = (all: Descriptor[]) => all.map(one => ({ ...one, id: bytes(one.id) }));

async function answer({ create, get }: Question): Promise<Record<string, string> | null> {
  if (create) {
    const { challenge, user, excludeCredentials, ...rest } = create;
    const made = await navigator.credentials.create({
      publicKey: {
        ...(rest as unknown as PublicKeyCredentialCreationOptions),
        challenge: bytes(challenge),
        user: { ...user, id: bytes(user.id) },
        excludeCredentials: named(excludeCredentials),
      },
    }) as PublicKeyCredential | null;
    if (!made) return null;
    const said = made.response as AuthenticatorAttestationResponse;
    return { id: made.id, client_data: text(said.clientDataJSON), authenticator_data: text(said.getAuthenticatorData()) };
  }
  if (!get) return null;
  const used = await navigator.credentials.get({
    publicKey: { ...get, challenge: bytes(get.challenge), allowCredentials: named(get.allowCredentials) },
  }) as PublicKeyCredential | null;
  if (!used) return null;
  const said = used.response as AuthenticatorAssertionResponse;
  return {
    id: used.id,
    client_data: text(said.clientDataJSON),
    authenticator_data: text(said.authenticatorData),
    signature: text(said.signature),
    ...(said.userHandle && { user: text(said.userHandle) }),
  };
}

/** What a person can do about it; the browser's own words are for programmers. */
function words(why: unknown): string {
  const name = why instanceof DOMException ? why.name : "";
  if (name === "InvalidStateError") return "This device or key has a passkey of yours already.";
  if (name === "NotAllowedError") return "Nothing was confirmed. Try again with the device at hand.";
  if (name === "SecurityError") return "Passkeys do not work at this address. Use the practice's own name in the address bar.";
  return "The passkey did not work. Try again.";
}

async function use(form: HTMLFormElement): Promise<string> {
  const field = form.elements.namedItem(form.dataset.passkeyField ?? "");
  if (!(field instanceof HTMLInputElement)) return "";
  const asked = await fetch(form.dataset.passkey ?? "", { headers: { Accept: "application/json" } });
  if (asked.status === 404) return "You have no passkey here.";
  // A session that is over, locked, or not fresh any more answers with a page; a reload shows it.
  if (!asked.headers.get("Content-Type")?.startsWith("application/json")) {
    location.reload();
    return "";
  }
  const given = await answer(await asked.json() as Question);
  if (!given) return words(null);
  field.value = JSON.stringify(given);
  // Not requestSubmit: with a passkey no code is asked for.
  form.submit();
  return "";
}

if ("PublicKeyCredential" in window) {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
    const button = form.querySelector<HTMLButtonElement>("[data-passkey-use]");
    const say = form.querySelector<HTMLElement>("[data-passkey-say]");
    if (!button || !say) continue;
    form.hidden = button.hidden = false;
    button.addEventListener("click", () => {
      // A passkey that could not be kept for want of a name would stay on the device all the same.
      if (form.querySelector("input[name=name]:not([type=hidden])") && !form.reportValidity()) return;
      button.disabled = say.hidden = true;
      use(form)
        .catch(words)
        .then(said => {
          say.textContent = said;
          say.hidden = !said;
          button.disabled = false;
        });
    });
  }
}
