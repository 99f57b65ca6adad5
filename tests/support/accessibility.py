"""Look at a page for what would keep people out: the checks that need no judgement."""

from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

UNLABELLED = """() => [...document.querySelectorAll("input, select, textarea, button")]
  .filter((each) => each.type !== "hidden")
  .filter((each) => !(each.labels?.length || each.textContent.trim() || each.getAttribute("aria-label")))
  .map((each) => each.outerHTML)"""
DANGLING = """() => [...document.querySelectorAll("[aria-describedby], [aria-labelledby], label, a")]
  .flatMap((each) => [
    ...(each.getAttribute("aria-describedby") ?? "").split(" "),
    ...(each.getAttribute("aria-labelledby") ?? "").split(" "),
    each.getAttribute("for") ?? "",
    (each.getAttribute("href") ?? "").startsWith("#") ? each.getAttribute("href").slice(1) : "",
  ])
  .filter((id) => id && !document.getElementById(id))"""
REPEATED_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  return ids.filter((id, position) => ids.indexOf(id) !== position);
}"""
LOW = """() => [...document.querySelectorAll(".button:not(.small), .menu a, .tabs a, input:not([type])")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML)"""
# Text against what is behind it (WCAG 2.2 §1.4.3): 4.5, or 3 for large text. Disabled controls are exempt.
FAINT = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const painted = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !each.checkVisibility() || each.closest(".sr-only, :disabled, .skip")) continue;
    if (each.closest("label")?.control?.disabled) continue;
    const behind = [];
    for (let at = each; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const style = getComputedStyle(each);
    const back = luminance(painted(behind)), text = luminance(painted([...behind, style.color]));
    const ratio = (Math.max(back, text) + 0.05) / (Math.min(back, text) + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
      found.push(`${ratio.toFixed(2)} ${each.className}: ${each.textContent.trim().slice(0, 30)}`);
    }
  }
  return found;
}"""
# What can be pressed is 24 pixels each way at least (WCAG 2.2 §2.5.8); a link within a sentence is exempt.
# A field is pressed by its label, too.
SMALL = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((each) => each.type !== "hidden" && each.checkVisibility() && !each.closest(".sr-only, .skip"))
  .filter((each) => !(each.matches("a") && getComputedStyle(each).display === "inline"
    && [...each.parentElement.childNodes].some((near) => near.nodeType === 3 && near.textContent.trim())))
  .filter((each) => {
    const boxes = [each, ...(each.labels ?? [])].map((part) => part.getBoundingClientRect());
    const from = (side) => Math.min(...boxes.map((box) => box[side]));
    const to = (side) => Math.max(...boxes.map((box) => box[side]));
    return to("bottom") - from("top") < 24 || to("right") - from("left") < 24;
  })
  .map((each) => each.outerHTML)"""
# Nothing lies over anything else: neither texts nor controls. The button inside a password field may, and
# what stays in the window while the page moves under it.
OVERLAPPING = """() => {
  const texts = (each) => [...each.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
  const parts = [...document.querySelectorAll("body *")].filter((each) => {
    if (!each.checkVisibility()) return false;
    if (each.closest(".sr-only, .skip, .menu-body, .with-reveal, option")) return false;
    for (let at = each; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.position === "sticky" || style.clipPath !== "none") return false;
    }
    return texts(each).length || each.matches("input, select, textarea, img");
  });
  const boxes = parts.map((each) => {
    if (each.matches("input, select, textarea, img, button, .button")) return [each.getBoundingClientRect()];
    return texts(each).flatMap((text) => {
      const range = document.createRange();
      range.selectNode(text);
      return [...range.getClientRects()];
    });
  });
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  const found = [];
  parts.forEach((one, i) => parts.slice(i + 1).forEach((other, j) => {
    if (one.contains(other) || other.contains(one)) return;
    if (boxes[i].some((a) => boxes[i + 1 + j].some((b) => meet(a, b)))) {
      found.push(`${one.outerHTML.slice(0, 120)} | ${other.outerHTML.slice(0, 120)}`);
    }
  }));
  return found;
}"""
# What sticks out of the window, or of the box that cuts it off.
OUTSIDE = """() => {
  const room = document.documentElement.clientWidth, needed = document.documentElement.scrollWidth;
  const wide = needed > room ? [`the page is ${needed} wide in ${room}`] : [];
  return wide.concat([...document.querySelectorAll("main *, footer *")].filter((each) => {
    if (!each.checkVisibility() || each.closest(".sr-only, .skip")) return false;
    for (let at = each; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (["auto", "scroll"].includes(style.overflowX) || style.clipPath !== "none") return false;
    }
    const box = each.getBoundingClientRect();
    const isCut = getComputedStyle(each).overflowX === "hidden" && each.scrollWidth > each.clientWidth + 1;
    return box.width && (box.right > room + 1 || box.left < -1 || isCut);
  }).map((each) => each.outerHTML.slice(0, 200)));
}"""
# A word that is torn apart though it is ours: on a button or in the head of a table.
TORN = """() => [...document.querySelectorAll(".button:not(.row), thead th, .tag")]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height > 24)
  .filter((each) => {
    const text = [...each.childNodes].find((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text) return false;
    return [...text.data.matchAll(/[^\\s-]+/g)].some((word) => {
      if (word[0].length > 24) return false;
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1;
    });
  })
  .map((each) => each.outerHTML)"""
# An error is said when it comes (role `alert` or a live region), and belongs to its field.
UNTOLD = """() => [
  ...[...document.querySelectorAll(".wrong, .note.bad")].filter((each) => each.checkVisibility()
    && !document.querySelector("#problem[role=alert]")
    && !each.closest("[role=alert], [role=status], [aria-live]")),
  ...[...document.querySelectorAll("[aria-invalid=true]")].filter((each) =>
    !(each.getAttribute("aria-describedby") ?? "").split(" ").some((id) =>
      document.getElementById(id)?.matches(".wrong") && document.getElementById(id).textContent.trim())),
].map((each) => each.outerHTML)"""
HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1]))"


def faults(page: Page) -> dict[str, Any]:
    """Return what is wrong with a page by the name of the check; nothing when it is sound."""
    levels = page.evaluate(HEADINGS)
    found = {
        "controls without a label": page.evaluate(UNLABELLED),
        "references to nothing": page.evaluate(DANGLING),
        "ids that are there twice": page.evaluate(REPEATED_IDS),
        "targets under 44 pixels": page.evaluate(LOW),
        "text too faint": page.evaluate(FAINT),
        "targets under 24 pixels": page.evaluate(SMALL),
        "parts over one another": page.evaluate(OVERLAPPING),
        "parts outside of the window": page.evaluate(OUTSIDE),
        "words torn apart": page.evaluate(TORN),
        "errors that are not said": page.evaluate(UNTOLD),
        "heading levels": [] if levels.count(1) == 1 and _is_stepwise(levels) else levels,
        "main landmarks": [] if page.locator("main").count() == 1 else [page.locator("main").count()],
    }
    return {check: each for check, each in found.items() if each}


def _is_stepwise(levels: list[int]) -> bool:
    return all(after - before <= 1 for before, after in pairwise(levels))
