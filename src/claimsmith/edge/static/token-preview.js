/**
 * Keep the preview beside the editor true to what is entered, before anything is saved.
 *
 * Every change of the form is sent, a moment after the last one, to the address in `src`, which answers with
 * the preview as HTML. The last preview stays in sight, marked as stale, until the next one is there.
 * The element with the id in `status` tells what happened, politely, also to screen readers.
 */
const PAUSE_MILLISECONDS = 150;
const FROM_SCRIPT = new Set(["action"]);

class TokenPreview extends HTMLElement {
  #form = null;
  #timer = 0;
  #asking = null;

  connectedCallback() {
    this.#form = this.closest("form");
    if (!this.#form) return;
    this.#form.addEventListener("input", this.#changed);
    this.#form.addEventListener("change", this.#changed);
    const button = this.querySelector("button[name=action][value=preview]");
    button?.addEventListener("click", (event) => {
      event.preventDefault();
      this.#ask();
    });
    // A browser that comes back to this page restores what was entered, not what the preview showed.
    addEventListener("pageshow", (event) => event.persisted || this.#isRestored() ? this.#ask() : null);
  }

  #isRestored() {
    return [...this.#form.elements].some(
      (input) => "defaultChecked" in input && (input.checked !== input.defaultChecked),
    );
  }

  #changed = () => {
    clearTimeout(this.#timer);
    this.#content?.classList.add("is-stale");
    this.#timer = setTimeout(() => this.#ask(), PAUSE_MILLISECONDS);
  };

  get #content() {
    return this.querySelector(".preview-content");
  }

  async #ask() {
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.#content?.classList.add("is-stale");
    this.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(this.getAttribute("src"), {
        method: "POST",
        body: this.#entered(),
        credentials: "same-origin",
        signal: asking.signal,
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (asking.signal.aborted) return;
      this.#show(page.querySelector(".preview-content"), answer.status);
    } catch (error) {
      if (error.name !== "AbortError") this.#complain("The server did not answer. The preview is old.");
    } finally {
      if (this.#asking === asking) this.removeAttribute("aria-busy");
    }
  }

  #entered() {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(this.#form)) {
      if (!FROM_SCRIPT.has(name)) fields.append(name, value);
    }
    return fields;
  }

  #show(content, status) {
    if (status === 401) return this.#complain("The session has ended. Sign in again in another tab.");
    if (!content) return this.#complain(`The server answered ${status}. The preview is old.`);
    const problem = content.querySelector(".preview-problem");
    if (problem) return this.#complain(problem.textContent.trim());
    const open = [...this.querySelectorAll("details[data-key][open]")].map((each) => each.dataset.key);
    for (const details of content.querySelectorAll("details[data-key]")) {
      details.open = open.includes(details.dataset.key);
    }
    this.#content.replaceWith(content);
    this.#tell(content.dataset.announcement ?? "");
    return undefined;
  }

  #complain(text) {
    this.#content.querySelector(".preview-problem")?.remove();
    const problem = document.createElement("p");
    problem.className = "note bad preview-problem";
    problem.textContent = text;
    this.#content.prepend(problem);
    this.#content.classList.add("is-stale");
    this.#tell(text);
  }

  #tell(text) {
    const status = document.getElementById(this.getAttribute("status"));
    if (status) status.textContent = text;
  }
}

customElements.define("token-preview", TokenPreview);
