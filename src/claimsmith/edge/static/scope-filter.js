/** Narrow a long list of checkboxes to those that hold a text. Nothing is unticked by being out of sight. */
const LONG_LIST = 10;

class ScopeFilter extends HTMLElement {
  connectedCallback() {
    const choices = [...this.querySelectorAll(".choice")];
    const checks = this.querySelector(".checks");
    if (choices.length < LONG_LIST || !checks) return;
    const label = document.createElement("label");
    label.className = "filter";
    label.textContent = "Show those with ";
    const input = document.createElement("input");
    input.type = "search";
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const choice of choices) {
        choice.hidden = !(choice.dataset.text ?? "").toLowerCase().includes(wanted);
      }
    });
    label.append(input);
    checks.before(label);
  }
}

customElements.define("scope-filter", ScopeFilter);
