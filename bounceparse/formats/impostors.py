"""Impostors: frauds and worms that pose as bounces, and news of deliveries that are not mail's."""

from __future__ import annotations

import re
from functools import lru_cache

from bounceparse.formats import contents
from bounceparse.formats.addresses import find_addresses
from bounceparse.formats.notice import Notice
from bounceparse.formats.prose import Sureness, read_passages
from bounceparse.formats.sieve import Guarded, Sieve, late
from bounceparse.mime.headers import Headers
from bounceparse.mime.message import Message

# What carriers of parcels, faxes, text messages and money deliver or return; mail is none of it.
_CARRIED = Guarded(
    r"parcel|package|shipment|courier|\bpakk?et|\bsendung|colis\b|paquete|\bpacco\b|encomenda|paczk|zásilk|посылк"
    r"|荷物|包裹|快递|택배|kargo|\bpakke|csomag|\bfax|\bsms\b|voice ?mail|payment|invoice|factura|facture|rechnung"
    r"|faktur|fattura|uplatnic|\border\b|bestellung|commande|pedido|ordine|\btransfer\b|\bcheque\b",
    re.IGNORECASE,
)
# Programs and pages to open, as worms and frauds attach them. Exchange attaches pages of its own, "ATT00001.htm".
_FILE = late(
    r"name\*?=\"?(?!att\d)[^\"\n;]{1,100}\.(?:pif|scr|exe|bat|cmd|cpl|vbs|js|zip|rar|7z|iso|img|lnk|html?)\"?\s*(?:;|$)",
    re.IGNORECASE | re.MULTILINE,
)
# What frauds ask for, and no notice does.
_LURE = Sieve(
    r"\b(?:release|recover|retrieve|review|restore|allow|deliver) (?:all |the |your |my |these |pending |held )*"
    r"(?:messages?|mails?|e-?mails?|now)\b|password"
    r"|(?:upgrade|increase|validate) (?:your |the )?(?:quota|storage|mailbox)"
    r"|freigeben|passwort|récupérer|mot de passe|liberar|contraseña|recuperar|\bsenha\b|sblocca|recupera|zwolnij"
    r"|\bhasło|ontgrendel|wachtwoord|пароль|şifre|パスワード|密码|密碼|비밀번호"
    r"|\bclick (?:here|below|the)|hier klicken|klicken sie hier|cliquez|haga clic|clicca|clique aqui|klik hier|kliknij"
    r"|нажмите|klicka|tıklay|クリック|点击|點擊|클릭|kattints|klikn[eě]te",
    re.IGNORECASE,
)
# The reader's own mailbox: notices speak of the recipient's.
_YOUR_BOX = Sieve(
    r"\byour (?:(?:voice )?mail ?box|inbox|quota|account|storage|e-?mail account|webmail)\b"
    r"|\bihr(?:em|en|e)? (?:postfach|konto|speicher|mailbox)"
    r"|\bvotre (?:boîte|compte|quota)|\b(?:su|tu) (?:buzón|cuenta|bandeja)|\b(?:sua|tua|vostra) (?:casella|caixa|conta)"
    r"|\buw (?:mailbox|postvak|account)|\btwoj\w{1,3} skrzynk|\bваш(?:ем|его)? (?:почтов\w{2,3} )?(?:ящик|аккаунт)"
    r"|\bdin (?:brevlåda|inkorg|postkasse|innboks|indbakke)|\bditt konto\b|posta kutunuz|kotanız|hesabınız"
    r"|(?:お客様|あなた)の(?:メールボックス|アカウント)|您的(?:邮箱|信箱|郵箱|账户|帳戶)"
    r"|(?:귀하의|고객님의) (?:메일함|계정)"
    # nor do they count messages
    r"|\b\d{1,4} (?:\w{1,20} ){0,2}(?:messages|e-?mails|mails|nachrichten|mensajes|correos|messaggi|mensagens|berichten"
    r"|wiadomości|zpráv|писем|письма|сообщени|meddelanden|meddelelser|meldinger|viestiä|ileti|levél|levelet|mesaje)"
    r"|\d\s?(?:通の|封(?:邮件|郵件)|통(?:을|의)?)",
    re.IGNORECASE,
)
_LINK = late(r"\b[a-z]{3,6}://[^\s<>\"]{1,500}", re.IGNORECASE)


def is_fraud(message: Message, notice: Notice) -> bool:
    """Tell a fraud, a worm or a warning with a link: it wants a click, and says of nobody else that he failed."""
    if _bears_file(message):
        return True
    if _YOUR_BOX.search(notice.text[: contents.MAX_LOOK]) and not _refuses_another(message.headers, notice):
        return True
    if not _links(message, notice):
        return False
    if _LURE.search(notice.text[: contents.MAX_LOOK]) and not _refuses_another(message.headers, notice):
        return not _names_another(message.headers, notice)
    return speaks_of_addressee_alone(message.headers, notice) or _speaks_of_nobody(notice)


def is_carriers(notice: Notice) -> bool:
    """Tell the news of who delivers parcels, faxes or money: no mail system, and no address refused."""
    if not _is_of_carrier(notice.subject) or contents.quotes_refusal(notice):
        return False
    passages = read_passages(notice.text[: contents.MAX_LOOK])
    return not passages or passages[0].sureness > Sureness.LEADS_LINE


@lru_cache(maxsize=8192)
def _is_of_carrier(subject: str) -> bool:
    return _CARRIED.is_in(subject)


def _bears_file(message: Message) -> bool:
    """Tell whether a program or a page to open is attached, as no mail system does to a notice of its own."""
    leaves = message.leaves
    if len(leaves) < 2:
        return False
    return any(
        _names_file(part.headers.text(name))
        for part in leaves[1:]
        if part.content_type != "text/plain"
        for name in (b"content-type", b"content-disposition")
    )


def _names_file(field: str | None) -> bool:
    return field is not None and "name" in field.lower() and _FILE.search(field) is not None


def _links(message: Message, notice: Notice) -> bool:
    """Tell whether a mail links somewhere; the text of an HTML part no longer shows it."""
    if "://" in notice.text:
        return True
    leaves = message.leaves
    return bool(leaves) and leaves[0].content_type == "text/html" and b"://" in leaves[0].decoded()


def _without_links(text: str) -> str:
    """Drop links: the addresses in them are their readers'."""
    # Measured: led to what stands in each link, the search takes a fifth.
    kept, end = [], 0
    while (at := text.find("://", end)) >= 0:
        link = _LINK.search(text, max(end, at - 6))
        if link is None:
            break
        kept.append(text[end : link.start()])
        end = link.end()
    return " ".join([*kept, text[end:]])


def _reader(headers: Headers) -> str:
    """Return the field that names the reader, case folded."""
    return (headers.text(b"to") or "").casefold()


def _refuses_another(headers: Headers, notice: Notice) -> bool:
    """Tell whether a refusal is quoted, and an address named that is not the reader's."""
    text = notice.text[: contents.MAX_LOOK]
    if "@" not in text:
        return False
    text = _without_links(text)
    if not contents.has_refusal(text):
        return False
    own = _reader(headers)
    return any(address.casefold() not in own for address in find_addresses(text))


def _names_another(headers: Headers, notice: Notice) -> bool:
    """Tell whether somebody else's address stands on a line of its own."""
    passages = read_passages(notice.text[: contents.MAX_LOOK])
    own = _reader(headers)
    return any(p.sureness is Sureness.OWN_LINE and p.address.casefold() not in own for p in passages)


def _speaks_of_nobody(notice: Notice) -> bool:
    """Tell words that name no address, in no way, and quote no code."""
    text = notice.text[: contents.MAX_LOOK]
    if "@" in notice.subject or notice.is_tagged or "@" in _without_links(text):
        return False
    return not contents.has_code(text)


def speaks_of_addressee_alone(headers: Headers, notice: Notice) -> bool:
    """Tell a warning about the reader's own mailbox: it names nobody else, and quotes no code."""
    text = notice.text[: contents.MAX_LOOK]
    if contents.has_code(text):
        return False
    named = find_addresses(_without_links(f"{notice.subject}\n{text}"))
    if not named:
        return False
    own = _reader(headers)
    return all(address.casefold() in own for address in named)
