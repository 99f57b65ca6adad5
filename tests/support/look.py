"""Look at a page of a sign-in as a person does who reaches it: with eyes, with a finger, by keyboard.

With `SCREENSHOTS` set to a directory, what is looked at is kept there as pictures.
"""

import os
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.support.accessibility import faults

# Whoever goes through the page with the Tab key sees where they are (WCAG 2.2 §2.4.7, §2.4.13): a ring of two
# pixels at least, which stands out from the page. One press of a key tells the browser that somebody uses the
# keyboard; then every focus has its ring.
RINGS = """() => {
  const before = document.activeElement;
  const luminance = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    for (const each of [].concat(colour)) { canvas.fillStyle = each; canvas.fillRect(0, 0, 1, 1); }
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const each of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    if (each.type === "hidden" || each.disabled || !each.checkVisibility()) continue;
    each.focus();
    if (document.activeElement !== each) { found.push(`no focus: ${each.outerHTML}`); continue; }
    const style = getComputedStyle(each), behind = [];
    for (let at = each.parentElement; at; at = at.parentElement) {
      behind.unshift(getComputedStyle(at).backgroundColor);
    }
    const ring = luminance([...behind, style.outlineColor]), page = luminance(behind);
    const ratio = (Math.max(ring, page) + 0.05) / (Math.min(ring, page) + 0.05);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2 || ratio < 3) {
      found.push(`no ring: ${each.outerHTML}`);
    }
  }
  before?.focus?.();
  if (before === document.body) document.activeElement.blur();
  return found;
}"""
_taken = count(1)


def arrive(page: Page) -> None:
    """Look at a page that was just reached: focus is where typing begins."""
    for field in page.locator("[autofocus]").all():
        expect(field).to_be_focused()
    look(page)


def look(page: Page) -> None:
    """Look at a page: nothing keeps anybody out, and wherever the Tab key leads can be seen."""
    page.wait_for_load_state()
    keep_picture(page)
    found = faults(page)
    page.keyboard.press("Shift")
    found["focus that is not seen"] = page.evaluate(RINGS)
    wrong = {name: each for name, each in found.items() if each}
    assert wrong == {}, f"{page.url}: {wrong}"


def keep_picture(page: Page) -> None:
    """Keep a picture of a page, if `SCREENSHOTS` says where."""
    if folder := os.environ.get("SCREENSHOTS"):
        size = page.viewport_size or {"width": 0}
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        step = urlsplit(page.url).path.strip("/").replace("/", "-")
        name = f"{step}-{size['width']}-{'dark' if dark else 'light'}-{next(_taken):03d}.png"
        page.screenshot(path=Path(folder) / name, full_page=True)
