"""The words a prompt wants written: what it quotes, or sets in capitals after "says"."""

from __future__ import annotations

import re

LONGEST = 40

_QUOTES = re.compile(
    r'"([^"\n]{1,999})"|“([^“”\n]{1,999})”|\u2018([^\u2018’\n]{1,999})’(?!\w)|「([^「」\n]{1,999})」|『([^『』\n]{1,999})』'
    r"|«([^«»\n]{1,999})»|(?<!\w)'([^'\n]{1,999}(?:\w'\w[^'\n]{0,999})?)'(?!\w)"
)
_BOARDS = re.compile(
    r"\b(?:sign|signs|signboard|signpost|poster|flyer|banner|billboard|placard|board|label|plaque|cover|card|logo"
    r"|bookshop|bookstore|shop|store|cafe|café|bakery|restaurant|says?|saying|reads?|reading|words?|text|title|titled"
    r"|lettering|letters|written|write|writing|caption|slogan|named|called)\b"
    r"|海报|招牌|标牌|牌子|写着|写有|写上|文字|字样|标题|标语|店|横幅",
    re.IGNORECASE,
)
_SAYS = re.compile(r"\b(?:says?|saying|reads?|that reads|with the words?|with the text|titled|labell?ed)\b:?\s+", re.I)
_CAPITALS = re.compile(r"(?:(?<=\s)|^)[A-Z0-9&!?'’.,:%$/+\-]*[A-Z0-9][A-Z0-9&!?'’.,:%$/+\-]*(?=\s|$)")


def lettering(prompt: str) -> tuple[str | None, str]:
    """The text to letter, one line per quotation, and the prompt without it."""
    if not _BOARDS.search(prompt):
        return None, prompt
    quoted = [next(filter(None, found.groups()), "") for found in _QUOTES.finditer(prompt)]
    lines = [" ".join(one.split()) for one in quoted[:3]]
    if any(lines):
        return "\n".join(filter(None, lines))[:LONGEST].strip(), _QUOTES.sub(" ", prompt)
    return _capitals(prompt)


def _capitals(prompt: str) -> tuple[str | None, str]:
    """The run of capitals that follows a "says"."""
    for said in _SAYS.finditer(prompt):
        words, rest = [], prompt[said.end() :]
        while (found := _CAPITALS.match(rest)) is not None:
            words.append(found.group())
            rest = rest[found.end() :].lstrip()
        text = " ".join(words).rstrip(".,")
        if sum(map(str.isalnum, text)) > 1:
            return text[:LONGEST].strip(), f"{prompt[: said.end()]} {rest}"
    return None, prompt
