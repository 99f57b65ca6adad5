/** Make a passkey or sign in with one, and send what the browser answered with the form inside.
 *
 * Without script, or in a browser that knows no passkeys, the form stays hidden.
 */
class PasskeyCeremony extends HTMLElement {
  connectedCallback() {
    const told = this.querySelector("p");
    const tell = (text) => {
      told.textContent = text ?? "";
      told.hidden = !text;
    };
    if (!window.PublicKeyCredential) {
      tell(this.getAttribute("missing"));
      return;
    }
    const form = this.querySelector("form");
    const button = form.querySelector("button");
    form.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      tell("");
      try {
        form.elements.passkey.value = JSON.stringify(answerOf(await this.ask()));
        form.elements.passkey_name.value = navigator.userAgentData?.platform ?? navigator.platform ?? "";
        form.requestSubmit();
      } catch {
        // The person closed the dialog, or the device refused; the browser has said so already.
        tell(this.getAttribute("failed"));
      } finally {
        // A button that cannot be pressed loses the focus, and whoever types would have to look for it.
        button.disabled = false;
        if (document.activeElement === document.body) button.focus();
      }
    });
  }

  ask() {
    const options = JSON.parse(this.getAttribute("options"));
    options.challenge = bytesOf(options.challenge);
    if (this.getAttribute("kind") !== "create") return navigator.credentials.get({ publicKey: options });
    options.user.id = bytesOf(options.user.id);
    for (const known of options.excludeCredentials) known.id = bytesOf(known.id);
    return navigator.credentials.create({ publicKey: options });
  }
}

/** Return what the server reads: the answer with its bytes as base64url. */
function answerOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = textOf(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return { id: credential.id, rawId: textOf(credential.rawId), type: credential.type, response };
}

function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
}

function textOf(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

customElements.define("passkey-ceremony", PasskeyCeremony);
