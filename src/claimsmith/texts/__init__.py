"""Own the words that people who sign in read: pages and mail, in every language there is.

A text is named by its English form. Other languages are gettext catalogues beside this file, read when they
are first asked for. This room knows no page and no rule; the console and the command line, which operators
read, are English and pass it by.
"""

from claimsmith.texts.catalogues import LANGUAGES, Texts, choose_language, texts_in

__all__ = ["LANGUAGES", "Texts", "choose_language", "texts_in"]
