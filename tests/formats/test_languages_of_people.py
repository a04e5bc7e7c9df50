"""In eighteen languages: bounces that people quote, forward and paste, bounces, and frauds that pose as such."""

from __future__ import annotations

from email.header import Header
from itertools import product

import pytest

from bounceparse.parser import parse_message

_DAEMON = "mailer-daemon@mx.isp.example"
# Per language: the prefixes of answers and forwarded mail, a question, the line over a quoted mail, the labels of a
# forwarded one's fields, the line over it, and what people say before.
_PEOPLE = {
    "en": (
        "Re",
        "Fwd",
        "Any idea why this happens?",
        "On Wed, Mar 4, 2026 at 10:11 AM Mail Delivery System <{d}> wrote:",
        ("From", "Sent", "To", "Subject"),
        "-----Original Message-----",
        "I sent him a mail and got this back.",
    ),
    "de": (
        "AW",
        "WG",
        "Weißt du, woran das liegt?",
        "Am 04.03.2026 um 10:11 schrieb Mail Delivery System:",
        ("Von", "Gesendet", "An", "Betreff"),
        "-----Ursprüngliche Nachricht-----",
        "Das kam zurück, die Adresse stimmt aber.",
    ),
    "fr": (
        "RE",
        "TR",
        "Sais-tu pourquoi ?",
        "Le 04/03/2026 à 10:11, Mail Delivery System a écrit :",
        ("De", "Envoyé", "À", "Objet"),
        "-----Message d'origine-----",
        "Voici ce que j’ai reçu.",
    ),
    "es": (
        "RE",
        "RV",
        "¿Sabes por qué?",
        "El mié, 4 mar 2026 a las 10:11, Mail Delivery System (<{d}>) escribió:",
        ("De", "Enviado", "Para", "Asunto"),
        "-----Mensaje original-----",
        "Esto es lo que recibo al escribirle.",
    ),
    "it": (
        "R",
        "I",
        "Sai perché?",
        "Il giorno mer 4 mar 2026 alle ore 10:11 Mail Delivery System <{d}> ha scritto:",
        ("Da", "Inviato", "A", "Oggetto"),
        "-----Messaggio originale-----",
        "Mi è tornato indietro questo.",
    ),
    "pt": (
        "RES",
        "ENC",
        "Sabe o motivo?",
        "Em qua., 4 de mar. de 2026 às 10:11, Mail Delivery System <{d}> escreveu:",
        ("De", "Enviada em", "Para", "Assunto"),
        "-----Mensagem original-----",
        "Recebi isto de volta.",
    ),
    "nl": (
        "Antw",
        "Fw",
        "Weet jij waarom?",
        "Op wo 4 mrt 2026 om 10:11 schreef Mail Delivery System <{d}>:",
        ("Van", "Verzonden", "Aan", "Onderwerp"),
        "-----Oorspronkelijk bericht-----",
        "Dit kreeg ik terug.",
    ),
    "pl": (
        "Odp",
        "PD",
        "Wiesz dlaczego?",
        "śr., 4 mar 2026 o 10:11 Mail Delivery System <{d}> napisał(a):",
        ("Od", "Wysłano", "Do", "Temat"),
        "-----Oryginalna wiadomość-----",
        "Takie coś do mnie wróciło.",
    ),
    "cs": (
        "Re",
        "Fwd",
        "Víš proč?",
        "st 4. 3. 2026 v 10:11 odesílatel Mail Delivery System <{d}> napsal:",
        ("Od", "Odesláno", "Komu", "Předmět"),
        "-----Původní zpráva-----",
        "Tohle mi přišlo zpět.",
    ),
    "ru": (
        "Re",
        "Fwd",
        "Не знаешь, почему?",
        "ср, 4 мар. 2026 г. в 10:11, Mail Delivery System <{d}>:",
        ("От", "Отправлено", "Кому", "Тема"),
        "-----Исходное сообщение-----",
        "Вот что мне вернулось.",
    ),
    "sv": (
        "SV",
        "VB",
        "Vet du varför?",
        "Den ons 4 mars 2026 kl 10:11 skrev Mail Delivery System <{d}>:",
        ("Från", "Skickat", "Till", "Ämne"),
        "-----Ursprungligt meddelande-----",
        "Det här kom tillbaka.",
    ),
    "da": (
        "SV",
        "VS",
        "Ved du hvorfor?",
        "Den ons. 4. mar. 2026 kl. 10.11 skrev Mail Delivery System <{d}>:",
        ("Fra", "Sendt", "Til", "Emne"),
        "-----Oprindelig meddelelse-----",
        "Den her kom retur.",
    ),
    "fi": (
        "VS",
        "VL",
        "Tiedätkö miksi?",
        "ke 4. maalisk. 2026 klo 10.11 Mail Delivery System ({d}) kirjoitti:",
        ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
        "-----Alkuperäinen viesti-----",
        "Tämä tuli takaisin.",
    ),
    "tr": (
        "Ynt",
        "İlt",
        "Neden biliyor musun?",
        "Mail Delivery System <{d}>, 4 Mar 2026 Çar, 10:11 tarihinde şunu yazdı:",
        ("Kimden", "Gönderildi", "Kime", "Konu"),
        "-----Özgün İleti-----",
        "Bana bu geri geldi.",
    ),
    "ja": (
        "Re",
        "Fwd",
        "原因が分かりますか？",
        "2026年3月4日(水) 10:11 Mail Delivery System <{d}>:",
        ("差出人", "送信日時", "宛先", "件名"),
        "-----元のメッセージ-----",
        "次のメールが返ってきました。",
    ),
    "zh": (
        "回复",
        "转发",
        "你知道原因吗？",
        "Mail Delivery System <{d}> 于2026年3月4日周三 10:11写道：",
        ("发件人", "发送时间", "收件人", "主题"),
        "-----原始邮件-----",
        "我收到了下面这个。",
    ),
    "ko": (
        "Re",
        "FW",
        "왜 그런지 아세요?",
        "2026년 3월 4일 (수) 오전 10:11, Mail Delivery System <{d}>님이 작성:",
        ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
        "-----원본 메시지-----",
        "이런 메일이 왔습니다.",
    ),
    "hu": (
        "Vá",
        "Továbbítva",
        "Tudod, miért?",
        "Mail Delivery System <{d}> ezt írta (időpont: 2026. márc. 4., Sze, 10:11):",
        ("Feladó", "Küldve", "Címzett", "Tárgy"),
        "-----Eredeti üzenet-----",
        "Ezt kaptam vissza.",
    ),
}
_BOUNCES = {
    "postfix": (
        "Undelivered Mail Returned to Sender",
        """This is the mail system at host mx.isp.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<bob@gone.example>: host mx.gone.example[192.0.2.1] said: 550 5.1.1 User unknown""",
    ),
    "gmail": (
        "Delivery Status Notification (Failure)",
        """** Address not found **

Your message wasn't delivered to bob@gone.example because the address couldn't be found.

The response was:

550 5.1.1 The email account that you tried to reach does not exist.""",
    ),
    "exchange": (
        "Undeliverable: Offer",
        """Delivery has failed to these recipients or groups:

bob@gone.example
The email address you entered couldn't be found.""",
    ),
    "qmail": (
        "failure notice",
        """Hi. This is the qmail-send program at mx.isp.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<bob@gone.example>:
550 no such user""",
    ),
    "german": (
        "Unzustellbar: Angebot",
        """Ihre Nachricht konnte nicht zugestellt werden an:

bob@gone.example

Empfänger unbekannt""",
    ),
}
# Per language: a bounce's subject, a greeting, that it is automatic, what happened, and why.
_SYSTEMS = {
    "en": (
        "Undeliverable mail",
        "Dear sender,",
        "This is an automatically generated message.",
        "Your message could not be delivered to:",
        "User unknown",
    ),
    "en2": (
        "Delivery failure",
        "Hello,",
        "Please do not reply to this message.",
        "The following recipient could not be reached:",
        "mailbox full",
    ),
    "de": (
        "Unzustellbare Nachricht",
        "Guten Tag,",
        "Dies ist eine automatisch erstellte Nachricht.",
        "Ihre E-Mail konnte nicht zugestellt werden an:",
        "Empfänger unbekannt",
    ),
    "fr": (
        "Message non remis",
        "Bonjour,",
        "Ceci est un message automatique.",
        "Votre message n'a pas pu être remis à :",
        "Utilisateur inconnu",
    ),
    "es": (
        "Mensaje no entregado",
        "Estimado usuario:",
        "Este es un mensaje automático.",
        "No se pudo entregar su mensaje a:",
        "Usuario desconocido",
    ),
    "it": (
        "Messaggio non recapitato",
        "Gentile utente,",
        "Questo è un messaggio automatico.",
        "Impossibile recapitare il messaggio a:",
        "Utente sconosciuto",
    ),
    "pt": (
        "Mensagem não entregue",
        "Prezado usuário,",
        "Esta é uma mensagem automática.",
        "Não foi possível entregar sua mensagem a:",
        "Usuário desconhecido",
    ),
    "nl": (
        "Onbestelbaar bericht",
        "Geachte afzender,",
        "Dit is een automatisch bericht.",
        "Uw bericht kon niet worden bezorgd bij:",
        "Onbekende gebruiker",
    ),
    "pl": (
        "Niedostarczona wiadomość",
        "Witamy,",
        "To jest wiadomość automatyczna.",
        "Nie można dostarczyć wiadomości do:",
        "Nieznany użytkownik",
    ),
    "cs": (
        "Nedoručená zpráva",
        "Dobrý den,",
        "Toto je automatická zpráva.",
        "Vaši zprávu nelze doručit na adresu:",
        "Neznámý uživatel",
    ),
    "ru": (
        "Недоставленное сообщение",
        "Здравствуйте!",
        "Это автоматическое сообщение.",
        "Ваше письмо не может быть доставлено адресату:",
        "Пользователь не найден",
    ),
    "sv": (
        "Olevererbart meddelande",
        "Hej,",
        "Detta är ett automatiskt meddelande.",
        "Ditt meddelande kunde inte levereras till:",
        "Okänd användare",
    ),
    "da": (
        "Uanbringelig post",
        "Hej,",
        "Dette er en automatisk meddelelse.",
        "Din besked kunne ikke leveres til:",
        "Ukendt bruger",
    ),
    "fi": (
        "Toimittamaton viesti",
        "Hei,",
        "Tämä on automaattinen viesti.",
        "Viestiäsi ei voitu toimittaa vastaanottajalle:",
        "Tuntematon käyttäjä",
    ),
    "tr": (
        "Teslim edilemeyen ileti",
        "Merhaba,",
        "Bu otomatik bir iletidir.",
        "İletiniz aşağıdaki alıcıya teslim edilemedi:",
        "Bilinmeyen kullanıcı",
    ),
    "ja": (
        "配信できませんでした",
        "お客様",
        "このメールは自動送信されています。",
        "以下の宛先にメールを配信できませんでした。",
        "宛先が見つかりません",
    ),
    "zh": ("邮件投递失败", "您好：", "这是一封自动发送的邮件。", "您的邮件无法投递到以下地址：", "用户不存在"),
    "ko": (
        "메일 전송 실패",
        "안녕하세요.",
        "이 메일은 자동 발송되었습니다.",
        "다음 수신자에게 메일을 전송하지 못했습니다.",
        "존재하지 않는 사용자",
    ),
    "hu": (
        "Kézbesíthetetlen levél",
        "Tisztelt Feladó!",
        "Ez egy automatikus üzenet.",
        "Az üzenetet nem sikerült kézbesíteni:",
        "Ismeretlen felhasználó",
    ),
}
# Per language: a fraud's subject, its claim, what it wants.
_FRAUDS = {
    "en": (
        "Mail delivery failed: 5 undelivered messages",
        "5 incoming messages could not be delivered to your mailbox.",
        "Click here to release them",
    ),
    "en2": (
        "Undelivered Mail Returned to Sender",
        "Your mailbox is full. Some messages were returned to sender.",
        "Upgrade quota",
    ),
    "en3": (
        "Delivery Status Notification (Failure)",
        "Your recent mails were rejected because your account is not verified.",
        "Verify now",
    ),
    "de": (
        "Zustellung fehlgeschlagen",
        "5 Nachrichten konnten nicht zugestellt werden, da Ihr Postfach voll ist.",
        "Hier klicken",
    ),
    "fr": (
        "Échec de remise de 5 messages",
        "5 messages n'ont pas pu être remis car votre boîte est pleine.",
        "Cliquez ici",
    ),
    "es": (
        "5 mensajes no entregados",
        "No se han podido entregar 5 mensajes porque su buzón está lleno.",
        "Haga clic aquí",
    ),
    "it": (
        "5 messaggi non consegnati",
        "Non è stato possibile consegnare 5 messaggi: la casella è piena.",
        "Clicca qui",
    ),
    "pt": ("5 mensagens não entregues", "Não foi possível entregar 5 mensagens; a caixa está cheia.", "Clique aqui"),
    "nl": ("5 berichten niet bezorgd", "5 berichten konden niet worden bezorgd omdat uw mailbox vol is.", "Klik hier"),
    "pl": ("5 niedostarczonych wiadomości", "Nie dostarczono 5 wiadomości, skrzynka jest pełna.", "Kliknij tutaj"),
    "ru": ("Не доставлено 5 писем", "5 писем не доставлено, ваш ящик переполнен.", "Нажмите здесь"),
    "sv": (
        "5 meddelanden kunde inte levereras",
        "5 meddelanden kunde inte levereras, din brevlåda är full.",
        "Klicka här",
    ),
    "tr": ("5 iletiniz teslim edilemedi", "Posta kutunuz dolu, 5 ileti teslim edilemedi.", "Buraya tıklayın"),
    "ja": (
        "メールが配信できませんでした",
        "メールボックスが一杯のため、5通のメールが配信できませんでした。",
        "こちらをクリック",
    ),
    "zh": ("5封邮件投递失败", "您的邮箱已满，5封邮件无法投递。", "点击这里"),
    "ko": ("메일 5통 전송 실패", "메일함이 가득 차서 5통을 전송하지 못했습니다.", "여기를 클릭"),
    "hu": ("5 levél kézbesíthetetlen", "A postafiók megtelt, 5 levelet nem sikerült kézbesíteni.", "Kattintson ide"),
}


def _kinds(fields: dict[str, str], text: str, subtype: str = "plain") -> set[str]:
    lines = [f"{name}: {_encoded(value)}" for name, value in fields.items()]
    lines += [f"Content-Type: text/{subtype}; charset=utf-8", "MIME-Version: 1.0", "", text, ""]
    return {bounce.kind.value for bounce in parse_message("\n".join(lines).encode())}


def _encoded(value: str) -> str:
    return value if value.isascii() else Header(value, "utf-8").encode()


_OF_PEOPLE: dict[str, dict[str, str]] = {
    "path": {"Return-Path": "<eva@corp.example>"},
    "archive": {},
    "list": {"List-Id": "<l.lists.example>", "List-Post": "<mailto:l@lists.example>", "Precedence": "list"},
    "answer": {"In-Reply-To": "<b1@mx.isp.example>"},
}
_WRITERS = (
    "Eva Lind <eva@corp.example>",
    "eva@corp.example",
    "IT Service <it@corp.example>",
    "postmaster@corp.example",
)


@pytest.mark.parametrize("language", _PEOPLE)
def test_people_speak_of_a_bounce(language: str) -> None:
    reply, forward, question, attribution, (by, sent, to, about), over, intro = _PEOPLE[language]
    for (subject, body), fields, writer in product(_BOUNCES.values(), _OF_PEOPLE.values(), _WRITERS):
        quoted = "\n".join(f"> {line}" for line in body.split("\n"))
        line = attribution.format(d=_DAEMON)
        header = f"{by}: Mail Delivery System <{_DAEMON}>\n{sent}: 2026-03-04\n{to}: eva@corp.example\n"
        header += f"{about}: {subject}\n\n"
        said = {
            f"{reply}: {subject}": (f"{intro} {question}\n\n{line}\n{quoted}", f"{line}\n\n{quoted}\n\n{question}"),
            f"{forward}: {subject}": (f"{intro} {question}\n\n{over}\n{header}{body}", f"{intro}\n\n{body}"),
        }
        for title, texts in said.items():
            for text in texts:
                mail = {"From": writer, "To": "help@isp.example", "Subject": title, **fields}
                assert _kinds(mail, text).isdisjoint({"failed", "delayed", "delivered"}), (mail, text)


_OF_SYSTEMS: dict[str, dict[str, str]] = {
    "null": {"Return-Path": "<>"},
    "archive": {},
    "own": {"Return-Path": "<postmaster@corp.example>", "Auto-Submitted": "auto-generated"},
    "answer": {"Return-Path": "<>", "Auto-Submitted": "auto-replied", "In-Reply-To": "<n1@acme.example>"},
}


@pytest.mark.parametrize("language", _SYSTEMS)
def test_systems_report_a_bounce(language: str) -> None:
    subject, greeting, automatic, sentence, why = _SYSTEMS[language]
    texts = (
        f"{sentence}\n\nbob@corp.example\n{why}",
        f"{greeting}\n\n{sentence}\n\nbob@corp.example\n{why}\n\nPostmaster",
        f"{automatic}\n\n{sentence}\n\nbob@corp.example\n{why}",
        f"{sentence} bob@corp.example ({why})",
    )
    writers = ("MAILER-DAEMON@corp.example", "postmaster@corp.example", "Mail Server <mailserver@corp.example>")
    for text, fields, writer in product(texts, _OF_SYSTEMS.values(), writers):
        mail = {"From": writer, "To": "news@acme.example", "Subject": subject, **fields}
        assert _kinds(mail, text) == {"failed"}, (mail, text)


@pytest.mark.parametrize("language", _FRAUDS)
def test_frauds_pose_as_bounces(language: str) -> None:
    subject, claim, wish = _FRAUDS[language]
    link = "http://evil.example/x?e=tom@corp.example"
    before = ("", "tom@corp.example\n\n", "From: client@partner.example - Invoice\n\n", "Error 550 5.2.2\n\n")
    writers = (
        "Mail Delivery System <info@evil.example>",
        "MAILER-DAEMON@corp.example",
        "Postmaster <postmaster@corp.example>",
    )
    paths: tuple[dict[str, str], ...] = ({"Return-Path": "<>"}, {"Return-Path": "<www@evil.example>"}, {})
    for head, writer, fields in product(before, writers, paths):
        mail = {"From": writer, "To": "tom@corp.example", "Subject": subject, **fields}
        page = f'<p>{head}{claim}</p><p><a href="{link}">{wish}</a></p>'
        for text, subtype in ((f"{head}{claim}\n\n{wish}: {link}", "plain"), (page, "html")):
            assert _kinds(mail, text, subtype).isdisjoint({"failed", "delayed", "delivered"}), (mail, text)
