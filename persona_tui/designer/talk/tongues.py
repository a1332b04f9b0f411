"""Natural languages by name: those of the knowledge, and more that nobody mistakes for anything else."""

from __future__ import annotations

from persona_tui.designer.recognition import fold, read

_MORE = (
    *("Afrikaans", "Albanian", "Armenian", "Azerbaijani", "Basque", "Belarusian", "Bengali", "Bosnian", "Bulgarian"),
    *("Catalan", "Croatian", "Czech", "Danish", "Esperanto", "Estonian", "Filipino", "Finnish", "Flemish", "Galician"),
    *("Georgian", "Greek", "Gujarati", "Hebrew", "Hungarian", "Icelandic", "Irish", "Kannada", "Kazakh", "Khmer"),
    *("Latvian", "Lithuanian", "Macedonian", "Malay", "Malayalam", "Maltese", "Marathi", "Mongolian", "Nepali"),
    *("Norwegian", "Persian", "Farsi", "Punjabi", "Romanian", "Serbian", "Slovak", "Slovenian", "Somali", "Swahili"),
    *("Tagalog", "Tamil", "Telugu", "Thai", "Urdu", "Uzbek", "Welsh", "Yoruba", "Zulu"),
)
_BY_NAME = {name.lower(): name for name in _MORE}


def tongue(text: str) -> str | None:
    """Return the natural language that `text` is the name of, as a rule says it; None where it is none."""
    words = fold(text.strip(" .'\"")).split()
    while words[-1:] in (["language"], ["instead"]):
        words.pop()
    said = " ".join(words)
    if said in _BY_NAME:
        return _BY_NAME[said]
    reading = read(said)
    match = next(iter(reading.tongues), None)
    if match is None or (match.first, match.last) != (0, len(reading.tokens)):
        variant, _, rest = said.partition(" ")
        base = tongue(rest) if rest and variant in ("brazilian", "european", "british", "american", "swiss") else None
        return f"{variant.title()} {base}" if base else None
    name = match.entry.name
    return said.title() if fold(name) in words and len(words) > 1 else name
