"""Turn colours and measures that people chose into style rules. Only values get in, never rules."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PARTS = ("background_color", "button_color", "button_text_color", "link_color")
COLOURS = tuple(f"{part}{suffix}" for suffix in ("", "_dark") for part in PARTS)
RADII = ("button_border_radius", "card_border_radius", "input_border_radius")
LOGOS = ("logo_uri", "logo_dark_uri")
THEMES = ("light", "dark", "user_preference")
LARGEST_RADIUS = 32

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,2}", re.ASCII)
_PROPERTIES = {
    "background_color": "--paper",
    "button_color": "--button",
    "button_text_color": "--button-ink",
    "link_color": "--link",
    "button_border_radius": "--button-radius",
    "card_border_radius": "--card-radius",
    "input_border_radius": "--input-radius",
}


@dataclass(frozen=True, slots=True)
class Branding:
    """Hold the values by the names of the management API. Whatever is not of its form is passed over."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, layers: Iterable[Mapping[str, object]]) -> "Branding":
        """Return the values of several layers; of two that give one, the later counts."""
        values: dict[str, str] = {}
        for layer in layers:
            values.update({name: str(value) for name, value in layer.items() if _is_good(name, value)})
        return cls(values)

    @property
    def theme(self) -> str:
        """Return `light`, `dark` or `user_preference`."""
        return self.values.get("theme_code", "user_preference")

    def style_sheet(self) -> str:
        """Return the style rules: custom properties on the root, light and dark each where it is shown."""
        light, dark = _rule(self._colours("")), _rule(self._colours("_dark"))
        rules = [_rule(self._measures())]
        if self.theme == "user_preference":
            rules.append(light and f"@media (prefers-color-scheme: light) {{ {light} }}")
            rules.append(dark and f"@media (prefers-color-scheme: dark) {{ {dark} }}")
        else:
            rules += [light if self.theme == "light" else dark, f":root {{ color-scheme: {self.theme}; }}"]
        return "".join(f"{rule}\n" for rule in rules if rule)

    def _measures(self) -> list[tuple[str, str]]:
        return [(_PROPERTIES[name], f"{self.values[name]}px") for name in RADII if name in self.values]

    def _colours(self, suffix: str) -> list[tuple[str, str]]:
        values = {part: self.values.get(f"{part}{suffix}") for part in PARTS}
        if values["button_color"] is None:
            # A button brings its own ground, so that the light one will do in the dark; a page does not.
            values["button_color"] = self.values.get("button_color")
            values["button_text_color"] = values["button_text_color"] or self.values.get("button_text_color")
        if values["button_color"] is not None and values["button_text_color"] is None:
            values["button_text_color"] = readable_on(values["button_color"])
        return [(_PROPERTIES[part], value) for part, value in values.items() if value is not None]


def readable_on(colour: str) -> str:
    """Return black or white, whichever stands out more on a colour (WCAG 2.2, relative luminance)."""
    digits = colour[1:]
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else [digits[i : i + 2] for i in (0, 2, 4)]
    red, green, blue = (_linear(int(pair, 16) / 255) for pair in pairs)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if luminance > 0.179 else "#ffffff"


def is_colour(value: object) -> bool:
    """Tell whether a value is a colour in hexadecimal: `#1a2b3c` or `#abc`."""
    return isinstance(value, str) and _HEX.fullmatch(value) is not None


def is_radius(value: object) -> bool:
    """Tell whether a value is a radius: a whole number of pixels from 0 to 32, as a number or in digits."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return _NUMBER.fullmatch(text) is not None and int(text) <= LARGEST_RADIUS


def _is_good(name: str, value: object) -> bool:
    if name in COLOURS:
        return is_colour(value)
    if name in RADII:
        return is_radius(value)
    return name == "theme_code" and value in THEMES


def _rule(declarations: Sequence[tuple[str, str]]) -> str:
    if not declarations:
        return ""
    return ":root { " + " ".join(f"{name}: {value};" for name, value in declarations) + " }"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
