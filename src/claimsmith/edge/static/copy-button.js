/** Copy a text. Without script the element is empty, and the text beside it can be selected. */
class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstChild || !navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = "Copy";
    button.setAttribute("aria-label", this.getAttribute("label") ?? "Copy");
    const told = document.createElement("span");
    told.className = "sr-only";
    told.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(this.getAttribute("value") ?? "");
        button.textContent = "Copied";
        told.textContent = "Copied.";
      } catch {
        button.textContent = "Select and copy it";
        told.textContent = "The browser does not let the page copy. Select the text and copy it.";
      }
      setTimeout(() => {
        button.textContent = "Copy";
        told.textContent = "";
      }, 2000);
    });
    this.append(button, told);
  }
}

customElements.define("copy-button", CopyButton);
