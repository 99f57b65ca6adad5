"""Draw QR codes for pages, as addresses of images that need no request."""

import segno

_QUIET_MODULES = 4
_SCALE = 4


def qr_code(text: str) -> str:
    """Return the `data:` URI of a QR code: black on white whatever the theme, with its quiet zone."""
    code = segno.make(text, error="m", micro=False)
    return code.png_data_uri(scale=_SCALE, border=_QUIET_MODULES)
