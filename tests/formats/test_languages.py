"""The human part in many languages: failures, delays, and people's automatic replies."""

from __future__ import annotations

import pytest

from bounceparse.parser import parse_message
from bounceparse.record import Kind

# language: (subject, sentence)
FAILURES = {
    "de": ("Zustellung fehlgeschlagen", "Ihre Nachricht konnte an folgenden Empfänger nicht zugestellt werden:"),
    "fr": ("Échec de la remise du message", "Votre message n'a pas pu être délivré au destinataire suivant :"),
    "es": ("Error en la entrega del mensaje", "No se ha podido entregar su mensaje al siguiente destinatario:"),
    "pt": ("Falha na entrega da mensagem", "Sua mensagem não pôde ser entregue ao seguinte destinatário:"),
    "it": ("Mancata consegna del messaggio", "Non è stato possibile recapitare il messaggio al seguente destinatario:"),
    "nl": ("Bezorging mislukt", "Uw bericht kon niet worden afgeleverd bij de volgende ontvanger:"),
    "pl": ("Nie dostarczono wiadomości", "Państwa wiadomość nie mogła zostać dostarczona do następującego odbiorcy:"),
    "cs": ("Zprávu se nepodařilo doručit", "Vaši zprávu se nepodařilo doručit následujícímu příjemci:"),
    "ru": ("Сообщение не доставлено", "Ваше сообщение не удалось доставить следующему получателю:"),
    "ru2": ("Ошибка доставки", "Письмо не может быть доставлено адресату:"),
    "uk": ("Повідомлення не доставлено", "Ваше повідомлення не вдалося доставити одержувачу:"),
    "ja-iso": ("メール送信エラー", "以下の宛先にメールを配信できませんでした。"),
    "ja-sjis": ("配信エラー通知", "下記の宛先へメールをお届けできませんでした。"),
    "ja-euc": ("不達通知", "以下の宛先に送信できませんでした。"),
    "zh-gb": ("系统退信", "您的邮件无法投递给以下收件人："),
    "zh-big5": ("郵件無法傳遞", "您的郵件無法傳遞給以下收件者："),
    "ko": ("메일 전송 실패", "다음 수신자에게 메일을 전송하지 못했습니다."),
    "tr": ("İleti teslim edilemedi", "İletiniz aşağıdaki alıcıya teslim edilemedi:"),
    "sv": ("Meddelandet kunde inte levereras", "Ditt meddelande kunde inte levereras till följande mottagare:"),
    "da": ("Meddelelsen kunne ikke leveres", "Din meddelelse kunne ikke leveres til følgende modtager:"),
    "no": ("Meldingen kunne ikke leveres", "Meldingen din kunne ikke leveres til følgende mottaker:"),
    "fi": ("Viestiä ei voitu toimittaa", "Viestiäsi ei voitu toimittaa seuraavalle vastaanottajalle:"),
    "hu": ("A levél kézbesítése sikertelen", "Levelét nem sikerült kézbesíteni a következő címzettnek:"),
    "el": ("Αποτυχία παράδοσης", "Το μήνυμά σας δεν ήταν δυνατό να παραδοθεί στον παραλήπτη:"),
    "he": ("הודעה לא נמסרה", "לא ניתן היה למסור את הודעתך לנמען הבא:"),
    "ar": ("تعذر تسليم الرسالة", "تعذر تسليم رسالتك إلى المستلم التالي:"),
    "ro": ("Mesajul nu a putut fi livrat", "Mesajul dumneavoastră nu a putut fi livrat următorului destinatar:"),
    "vi": ("Không thể gửi thư", "Thư của bạn không thể gửi đến người nhận sau:"),
    "exchange-cs": ("Nedoručitelné: Zprávy", "Doručení se nepodařilo těmto příjemcům nebo skupinám:"),
    "exchange-da": ("Kan ikke leveres: Nyt", "Levering mislykkedes til disse modtagere eller grupper:"),
    "exchange-nl": ("Onbestelbaar: Nieuws", "Bezorging is mislukt bij deze geadresseerden of groepen:"),
    "exchange-fi": ("Toimittamaton: Uutiset", "Toimitus epäonnistui näille vastaanottajille tai ryhmille:"),
    "exchange-el": ("Ανεπίδοτο: Νέα", "Η παράδοση απέτυχε για τους εξής παραλήπτες ή ομάδες:"),
    "exchange-hu": (
        "Kézbesíthetetlen: Hírek",
        "A kézbesítés sikertelen volt a következő címzetteknek vagy csoportoknak:",
    ),
    "exchange-it": ("Non recapitabile: Notizie", "Recapito non riuscito per i seguenti destinatari o gruppi:"),
    "exchange-ko": ("배달되지 않음: 소식", "다음 받는 사람이나 그룹에게 배달하지 못했습니다."),
    "exchange-no": ("Kan ikke leveres: Nytt", "Levering mislyktes til disse mottakerne eller gruppene:"),
    "exchange-pl": ("Niedostarczalne: Nowości", "Dostarczenie nie powiodło się do następujących adresatów lub grup:"),
    "exchange-ptpt": ("Não é possível entregar: Novas", "Falha na entrega a estes destinatários ou grupos:"),
    "exchange-ru": (
        "Не удается доставить: Новости",
        "Не удалось выполнить доставку следующим получателям или группам:",
    ),
    "exchange-sv": ("Olevererbart: Nytt", "Det gick inte att leverera till dessa mottagare eller grupper:"),
    "exchange-tr": ("Teslim Edilemiyor: Haberler", "Şu alıcılara veya gruplara teslim edilemedi:"),
    "exchange-tw": ("無法傳遞: 新聞", "傳遞給下列收件者或群組失敗:"),
    "exchange-ja": ("配信不能: お知らせ", "次の受信者またはグループに配信できませんでした:"),
    "exchange-th": ("ไม่สามารถส่งได้: ข่าว", "การส่งไปยังผู้รับหรือกลุ่มเหล่านี้ล้มเหลว:"),
    "exchange-he": ("לא ניתן למסור: חדשות", "המסירה נכשלה לנמענים או לקבוצות אלה:"),
    "exchange-ar": ("غير قابل للتسليم: أخبار", "فشل التسليم إلى هؤلاء المستلمين أو المجموعات:"),
    "exchange-uk": ("Неможливо доставити: Новини", "Не вдалося доставити таким одержувачам або групам:"),
    "exchange-ro": ("Nelivrabil: Știri", "Livrarea nu a reușit pentru acești destinatari sau grupuri:"),
    "exchange-sk": ("Nedoručiteľné: Správy", "Doručenie zlyhalo pre týchto príjemcov alebo skupiny:"),
    "exchange-hr": ("Nije moguće isporučiti: Vijesti", "Isporuka ovim primateljima ili grupama nije uspjela:"),
    "exchange-bg": ("Не може да се достави: Новини", "Доставянето до тези получатели или групи е неуспешно:"),
    "exchange-lt": ("Nepristatyta: Naujienos", "Nepavyko pristatyti šiems gavėjams arba grupėms:"),
    "exchange-lv": ("Nepiegādāts: Ziņas", "Piegāde šiem adresātiem vai grupām neizdevās:"),
    "exchange-et": ("Kohaletoimetamatu: Uudised", "Nendele adressaatidele või rühmadele saatmine nurjus:"),
    "exchange-ca": ("No es pot lliurar: Notícies", "No s'ha pogut lliurar als destinataris o grups següents:"),
    "exchange-id": ("Tidak Terkirim: Berita", "Pengiriman gagal ke penerima atau grup ini:"),
    "exchange-vi": ("Không gửi được: Tin", "Gửi không thành công đến những người nhận hoặc nhóm này:"),
    "exchange-sr": ("Неиспоручиво: Вести", "Испорука није успела за ове примаоце или групе:"),
    "exchange-fa": ("غیر قابل تحویل: خبر", "تحویل به این گیرندگان یا گروه ها ناموفق بود:"),
}
DELAYS = {
    "de": (
        "Warnung: Nachricht verzögert",
        "Ihre Nachricht konnte noch nicht zugestellt werden. Die Zustellung wird weiterhin versucht.",
    ),
    "fr": (
        "Avertissement : message retardé",
        "Votre message n'a pas encore pu être remis. Le serveur va continuer d'essayer.",
    ),
    "es": ("Aviso: mensaje retrasado", "Su mensaje todavía no se ha podido entregar. Se seguirá intentando."),
    "pt": ("Aviso: mensagem atrasada", "Sua mensagem ainda não foi entregue. O servidor continuará tentando."),
    "it": (
        "Avviso: messaggio in ritardo",
        "Il messaggio non è ancora stato recapitato. Il server continuerà a tentare.",
    ),
    "nl": ("Waarschuwing: bericht vertraagd", "Uw bericht is nog niet afgeleverd. De server blijft het proberen."),
    "pl": (
        "Ostrzeżenie: opóźnienie dostarczenia",
        "Wiadomość nie została jeszcze dostarczona. Serwer będzie ponawiał próby.",
    ),
    "cs": ("Varování: doručení zprávy se zpozdilo", "Vaše zpráva zatím nebyla doručena. Server se bude pokoušet dál."),
    "ru": ("Предупреждение: доставка задерживается", "Ваше письмо пока не доставлено. Сервер продолжит попытки."),
    "ja": ("配信遅延のお知らせ", "以下の宛先へのメール配信が遅れています。引き続き再送を試みます。"),
    "zh": ("邮件投递延迟通知", "您的邮件尚未投递成功，系统将继续尝试投递。"),
    "tw": ("郵件傳遞延遲", "您的郵件尚未送達，系統會繼續嘗試。"),
    "ko": ("메일 전송 지연 안내", "메일이 아직 전송되지 않았습니다. 계속 재시도합니다."),
    "tr": ("Uyarı: ileti gecikti", "İletiniz henüz teslim edilemedi. Sunucu denemeye devam edecek."),
    "sv": ("Varning: meddelandet är försenat", "Meddelandet har ännu inte levererats. Servern fortsätter att försöka."),
    "da": ("Advarsel: meddelelsen er forsinket", "Meddelelsen er endnu ikke leveret. Serveren vil fortsat forsøge."),
    "fi": ("Varoitus: viesti viivästyy", "Viestiä ei ole vielä toimitettu. Palvelin yrittää uudelleen."),
    "hu": (
        "Figyelmeztetés: a kézbesítés késik",
        "A levelet még nem sikerült kézbesíteni. A kiszolgáló tovább próbálkozik.",
    ),
    "en1": (
        "Warning: message 1abc delayed 24 hours",
        "Your message has not been delivered after more than 24 hours. No action is required.",
    ),
    "en2": (
        "Delivery delayed: Autumn news",
        "Delivery to anna@example.com has been deferred. We will keep trying for 3 days.",
    ),
    "en3": (
        "Mail delivery warning",
        "The following message is still queued and has not been delivered yet: <anna@example.com>",
    ),
    "exchange-cs": ("Doručení zpožděno: Zprávy", "Doručení těmto příjemcům nebo skupinám se zpozdilo:"),
    "exchange-da": ("Levering forsinket: Nyt", "Leveringen er forsinket til disse modtagere eller grupper:"),
    "exchange-nl": ("Bezorging vertraagd: Nieuws", "De bezorging is vertraagd bij deze geadresseerden of groepen:"),
    "exchange-fi": ("Toimitus viivästyi: Uutiset", "Toimitus viivästyy näille vastaanottajille tai ryhmille:"),
    "exchange-el": ("Καθυστέρηση παράδοσης: Νέα", "Η παράδοση σε αυτούς τους παραλήπτες ή ομάδες έχει καθυστερήσει:"),
    "exchange-hu": ("Késleltetett kézbesítés: Hírek", "A kézbesítés késik a következő címzetteknek vagy csoportoknak:"),
    "exchange-it": ("Recapito in ritardo: Notizie", "Il recapito a questi destinatari o gruppi è in ritardo:"),
    "exchange-ko": ("배달 지연: 소식", "다음 받는 사람 또는 그룹에게 배달이 지연되고 있습니다."),
    "exchange-no": ("Levering forsinket: Nytt", "Leveringen er forsinket til disse mottakerne eller gruppene:"),
    "exchange-pl": ("Opóźnione dostarczenie: Nowości", "Dostarczenie do tych adresatów lub grup jest opóźnione:"),
    "exchange-pt": ("Entrega atrasada: Novas", "A entrega a estes destinatários ou grupos está atrasada:"),
    "exchange-ru": ("Доставка отложена: Новости", "Доставка следующим получателям или группам отложена:"),
    "exchange-sv": ("Leveransen försenad: Nytt", "Leveransen är försenad till dessa mottagare eller grupper:"),
    "exchange-tr": ("Teslimat gecikti: Haberler", "Şu alıcılara veya gruplara teslim gecikti:"),
    "exchange-tw": ("傳遞延遲: 新聞", "傳遞至下列收件者或群組已延遲:"),
    "exchange-ja": ("配信の遅延: お知らせ", "次の受信者またはグループへの配信が遅れています:"),
    "exchange-fr": ("Remise différée : Infos", "La remise à ces destinataires ou groupes est retardée :"),
    "exchange-es": ("Entrega retrasada: Noticias", "Se ha retrasado la entrega a estos destinatarios o grupos:"),
    "exchange-uk": ("Доставку затримано: Новини", "Доставка цим одержувачам або групам затримується:"),
    "exchange-ro": ("Livrare întârziată: Știri", "Livrarea este întârziată pentru acești destinatari sau grupuri:"),
    "exchange-sk": ("Doručenie oneskorené: Správy", "Doručenie týmto príjemcom alebo skupinám je oneskorené:"),
    "exchange-he": ("המסירה מתעכבת: חדשות", "המסירה מתעכבת לנמענים או לקבוצות אלה:"),
    "exchange-ar": ("تأخر التسليم: أخبار", "تأخر تسليم الرسالة إلى هؤلاء المستلمين:"),
    "exchange-hr": ("Isporuka kasni: Vijesti", "Isporuka ovim primateljima ili grupama kasni:"),
    "exchange-bg": ("Доставката е забавена: Новини", "Доставянето до тези получатели или групи е забавено:"),
    "exchange-th": ("การส่งล่าช้า: ข่าว", "การส่งไปยังผู้รับหรือกลุ่มเหล่านี้ล่าช้า:"),
}
AUTOMATIC_REPLIES = {
    "en": (
        "Out of Office: Autumn news",
        "I am out of the office until 27 October. Please write to otto@example.com.",
    ),
    "de": (
        "Abwesend: Autumn news",
        "Ich bin bis 27.10. nicht erreichbar. Ihre Mail wird nicht weitergeleitet.",
    ),
    "de2": ("Automatische Antwort: Autumn news", "Vielen Dank für Ihre Nachricht. Ich bin im Urlaub."),
    "fr": (
        "Réponse automatique : Autumn news",
        "Je suis absente jusqu’au 27 octobre. Votre message ne sera pas lu.",
    ),
    "es": (
        "Respuesta automática: Autumn news",
        "Estoy fuera de la oficina hasta el 27 de octubre. Para urgencias: otto@example.com",
    ),
    "pt": ("Resposta automática: Autumn news", "Estou de férias até 27 de outubro. Contacte otto@example.com"),
    "it": (
        "Risposta automatica: Autumn news",
        "Sono fuori ufficio fino al 27 ottobre. Per urgenze scrivere a otto@example.com",
    ),
    "nl": ("Automatisch antwoord: Autumn news", "Ik ben tot 27 oktober afwezig. Neem contact op met otto@example.com"),
    "pl": (
        "Automatyczna odpowiedź: Autumn news",
        "Do 27 października przebywam na urlopie. W pilnych sprawach proszę o kontakt: otto@example.com",
    ),
    "cs": ("Automatická odpověď: Autumn news", "Do 27. října mám dovolenou. Kontaktujte prosím otto@example.com"),
    "ru": ("Автоматический ответ: Autumn news", "Меня не будет в офисе до 27 октября. Пишите на otto@example.com"),
    "ja": (
        "自動応答: Autumn news",
        "10月27日まで不在にしております。お急ぎの方は otto@example.com までご連絡ください。",
    ),
    "ja2": ("【自動返信】お問い合わせありがとうございます", "お問い合わせを受け付けました。担当者より連絡いたします。"),
    "zh": ("自动回复: Autumn news", "我正在休假，10月27日回来。紧急情况请联系 otto@example.com"),
    "tw": ("自動回覆: Autumn news", "我正在休假，請聯絡 otto@example.com"),
    "ko": ("자동 회신: Autumn news", "10월 27일까지 부재중입니다. otto@example.com 으로 연락 바랍니다."),
    "tr": ("Otomatik yanıt: Autumn news", "27 Ekim'e kadar ofis dışındayım. Acil durumlarda otto@example.com"),
    "sv": ("Autosvar: Autumn news", "Jag är på semester till den 27 oktober. Kontakta otto@example.com"),
    "da": ("Automatisk svar: Autumn news", "Jeg er på ferie indtil den 27. oktober. Kontakt otto@example.com"),
    "no": ("Fraværsmelding: Autumn news", "Jeg er ute av kontoret til 27. oktober. Kontakt otto@example.com"),
    "fi": ("Automaattinen vastaus: Autumn news", "Olen lomalla 27.10. asti. Ota yhteyttä otto@example.com"),
    "hu": ("Automatikus válasz: Autumn news", "Október 27-ig szabadságon vagyok. Kérem írjon: otto@example.com"),
    "uk": ("Автоматична відповідь: Autumn news", "Я у відпустці до 27 жовтня. Пишіть на otto@example.com"),
    "el": ("Αυτόματη απάντηση: Autumn news", "Θα λείπω μέχρι τις 27 Οκτωβρίου. otto@example.com"),
    "he": ("תגובה אוטומטית: Autumn news", "אני בחופשה עד 27 באוקטובר"),
    "ar": ("رد تلقائي: Autumn news", "أنا خارج المكتب حتى 27 أكتوبر"),
    "ro": ("Răspuns automat: Autumn news", "Sunt în concediu până pe 27 octombrie."),
    "more-lt": ("Automatinis atsakymas: Naujienos", "Atostogauju iki kovo 9 d."),
    "more-lv": ("Automātiska atbilde: Ziņas", "Esmu atvaļinājumā."),
    "more-et": ("Automaatvastus: Uudised", "Olen puhkusel."),
    "more-sk": ("Automatická odpoveď: Správy", "Mám dovolenku."),
    "more-hr": ("Automatski odgovor: Vijesti", "Na godišnjem sam."),
    "more-sr": ("Аутоматски одговор: Вести", "На одмору сам."),
    "more-th": ("ตอบกลับอัตโนมัติ: ข่าว", "ฉันไม่อยู่"),
    "more-vi": ("Trả lời tự động: Tin", "Tôi đang nghỉ."),
    "more-id": ("Balasan otomatis: Berita", "Saya sedang cuti."),
    "more-ca": ("Resposta automàtica: Notícies", "Soc de vacances."),
    "more-bg": ("Автоматичен отговор: Новини", "В отпуск съм."),
    "more-fa": ("پاسخ خودکار: خبر", "در مرخصی هستم."),
    "more-is": ("Sjálfvirkt svar: Fréttir", "Ég er í fríi."),
    "more-sl": ("Samodejni odgovor: Novice", "Na dopustu sem."),
    "more-fi2": ("Automaattivastaus: Uutiset", "Olen lomalla."),
    "more-hi": ("स्वचालित उत्तर: समाचार", "मैं छुट्टी पर हूँ।"),
    "more-de4": ("Urlaub bis 9.3.", "Ich bin bis 9.3. im Urlaub."),
    "more-fr3": ("Message d'absence", "Je suis en congés."),
    "more-en4": ("On annual leave until 9 March: News", "I am on annual leave."),
}


def _mail(sender: str, subject: str, text: str) -> bytes:
    return (
        f"Return-Path: <>\nFrom: {sender}\nTo: news@acme.example\nSubject: {subject}\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
    ).encode()


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mail.example", "Mail <info@mail.example>"])
@pytest.mark.parametrize("language", FAILURES)
def test_failure(language: str, sender: str) -> None:
    subject, sentence = FAILURES[language]
    (bounce,) = parse_message(_mail(sender, subject, f"{sentence}\n\n  anna@example.com\n"))
    assert (bounce.kind, bounce.recipient) == (Kind.FAILED, "anna@example.com")


@pytest.mark.parametrize("language", DELAYS)
def test_delay_is_no_failure(language: str) -> None:
    subject, sentence = DELAYS[language]
    text = f"{sentence}\n\n  anna@example.com\n\n451 4.4.1 connection timed out\n"
    (bounce,) = parse_message(_mail("MAILER-DAEMON@mail.example", subject, text))
    assert (bounce.kind, bounce.recipient) == (Kind.DELAYED, "anna@example.com")


@pytest.mark.parametrize("language", AUTOMATIC_REPLIES)
def test_automatic_reply_is_no_bounce(language: str) -> None:
    subject, sentence = AUTOMATIC_REPLIES[language]
    (bounce,) = parse_message(_mail("Anna <anna@example.com>", subject, sentence))
    assert bounce.kind is Kind.AUTO_REPLY
