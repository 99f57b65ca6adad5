// What the pages on which people sign in can do better with a script; without one they work as well.

/** Put a button into each password field that shows what was typed. */
for (const input of document.querySelectorAll('input[type="password"]')) {
  const words = [document.body.dataset.show, document.body.dataset.hide];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = words[0];
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.textContent = words[shown ? 0 : 1];
  });
  const box = document.createElement("div");
  box.className = "with-reveal";
  input.replaceWith(box);
  box.append(input, button);
  if (input.autofocus) input.focus();
  // Nothing that was made visible is sent or kept by the browser as a plain text.
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

/** Put the name where a logo cannot be shown. */
for (const logo of document.querySelectorAll("img.logo")) {
  const give = () => {
    const name = document.createElement("p");
    name.className = "name";
    name.textContent = logo.alt;
    logo.replaceWith(name);
  };
  if (logo.complete && !logo.naturalWidth) give();
  else logo.addEventListener("error", give);
}

/** Put a field above many organizations, which leaves those whose name has what is typed; Enter takes the last. */
const many = document.querySelector("form[data-find]");
const rows = many ? [...many.querySelectorAll(".row")] : [];
if (rows.length > 10) {
  const box = document.createElement("div");
  box.className = "field";
  box.innerHTML = '<label for="find"></label><input id="find" type="search" autocomplete="off"><p class="hint" role="status"></p>';
  const [label, field, told] = box.children;
  label.textContent = many.dataset.find;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = !row.firstChild.textContent.toLocaleLowerCase().includes(wanted);
    told.textContent = `${rows.filter((row) => !row.hidden).length} / ${rows.length}`;
  });
  field.addEventListener("keydown", (event) => {
    const left = rows.filter((row) => !row.hidden);
    if (event.key === "Enter" && left.length === 1) left[0].click();
  });
  many.before(box);
}

/** Take each form once: a second click must not answer the next page. */
for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
