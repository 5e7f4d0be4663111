"""Elements of a page, whose text cannot be anything but text.

The tree is the standard library's (`xml.etree.ElementTree`), whose serializer escapes every text and every
attribute; there is no way to put markup in. What hides or steers is spelt out, and the few elements and
attributes that may be used load nothing, run nothing and lead nowhere but to a place of the same page.
"""

from base64 import b64encode
from hashlib import sha256
from xml.etree.ElementTree import Element, SubElement, tostring

from memctl.text.escape import escape

Child = Element | str | None

_TAGS = frozenset(
    "html head body meta title style header main nav section footer h1 h2 h3 p ul li dl dt dd table thead"
    " tbody tr th td caption details summary pre bdi time strong small span a".split()
)
_ATTRIBUTES = frozenset("class id href lang scope datetime charset name content http-equiv colspan".split())

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-{}'"


def el(tag: str, *children: Child, **attributes: str) -> Element:
    """An element; strings among `children` are its text, and None is nothing. `class_` stands for `class`.

    Raises ValueError for an element or attribute that a report has no use for, and for a link that leads out.
    """
    named = {key.rstrip("_").replace("_", "-"): _visible(value) for key, value in attributes.items()}
    if tag not in _TAGS or not named.keys() <= _ATTRIBUTES or not named.get("href", "#").startswith("#"):
        raise ValueError(f"no part of a report: {tag} {sorted(named)}")
    made = Element(tag, named)
    last: Element | None = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                made.text = (made.text or "") + _visible(child)
            else:
                last.tail = (last.tail or "") + _visible(child)
        elif child is not None:
            made.append(child)
            last = child
    return made


def said(text: str) -> Element:
    """What somebody else worded: its direction of writing turns nothing around it."""
    return el("bdi", text)


def document(title: str, style: str, body: Element) -> str:
    """The whole page; `style` is memctl's own and the only thing that the page may use."""
    policy = _POLICY.format(b64encode(sha256(style.encode()).digest()).decode())
    page = el("html", lang="en")
    head = SubElement(page, "head")
    head.append(el("meta", charset="utf-8"))
    head.append(el("meta", http_equiv="Content-Security-Policy", content=policy))
    for name, content in _META.items():
        head.append(el("meta", name=name, content=content))
    head.append(el("title", title))
    SubElement(head, "style").text = style
    page.append(body)
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


_META = {
    "generator": "memctl report",
    "viewport": "width=device-width, initial-scale=1",
    "color-scheme": "light dark",
    "referrer": "no-referrer",
    "robots": "noindex",
}


def _visible(text: str) -> str:
    return escape(text.replace("\r\n", "\n"), keep="\n\t")
