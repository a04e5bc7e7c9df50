"""Late or lost: the sentences by which mail systems tell the one from the other."""

from __future__ import annotations

import pytest

from bounceparse.parser import parse_message
from bounceparse.record import Kind

LATE = [
    "Your message has been delayed and is still awaiting delivery to the following recipient(s):",
    "Message delayed: delivery will be attempted again.",
    "This is only a warning; your message is still queued.",
    "We were unable to deliver your message so far. We'll keep trying for up to 5 days.",
    "Delivery of your message is taking longer than expected; our servers will continue trying to deliver it.",
    "Your message could not be delivered immediately and has been queued for retry.",
    "Delivery has been delayed. The server will keep trying.",
    "The mail system is still trying to deliver your message.",
    "Your email has not been delivered yet, we will try again for 2 days.",
    "Your message is in the queue and will be resent automatically.",
    "The following message has been temporarily deferred. No action is necessary on your part.",
    "Delivery attempts so far have failed; further attempts will be made until Friday.",
    "Temporary failure, will retry.",
    "Message not yet delivered after 4 hours; still trying.",
    "Your message has been in our queue for 6 hours. It will be retried for 4 more days.",
    "Delivery to the recipient is delayed due to a temporary condition. You do not need to resend the message.",
    "**This is a temporary delivery failure. Your message will be re-sent.**",
    "The recipient's server is temporarily unavailable. We will attempt redelivery for the next 48 hours.",
    "There was a temporary problem delivering your message. Delivery will be retried.",
    "Your message couldn't be delivered yet. We'll let you know if we give up.",
    "Message held in queue: remote host not responding. Next attempt in 2 hours.",
    "Warning: your message has been delayed by 24 hours.",
    "Notice: mail still undelivered after 1 day, will continue to retry.",
    "Your mail is waiting to be delivered; the system retries every hour.",
    "We have not been able to deliver the message but have not given up yet.",
    "This message was created automatically. Delivery of your message has been postponed.",
    "Delivery is pending: the mail server of the recipient does not answer.",
    "The server has tried to deliver your message without success, and will stop trying after 3 days.",
]
LOST = [
    "Your message could not be delivered.",
    "Delivery failed after 5 days of trying.",
    "The mail system has given up trying to deliver your message.",
    "We tried for 48 hours and could not deliver your message; it has been returned.",
    "Your message was not delivered because the delivery time expired.",
    "This is a permanent error. Do not resend.",
    "Delivery attempts have been abandoned after 24 hours.",
    "Message expired in queue and was returned to sender.",
    "The message has been delayed too long and was bounced.",
    "Your message wasn't delivered despite repeated attempts. The receiving mail system refused the connection.",
    "After retrying for several days, the server stopped trying.",
    "The following message was undeliverable; please try again later.",
    "Your message was rejected. Please wait 24 hours before sending again.",
    "Mailbox full. Ask the recipient to clear some space and then resend your message.",
    "The message was rejected because the recipient's mailbox is temporarily disabled. Retry later.",
    "We couldn't deliver it; the delivery was retried 12 times.",
    "Undeliverable. The message will not be retried.",
    "Delivery failed: retry timeout exceeded.",
    "Your message is returned, as it could not be delivered within the retry period.",
    "The mail could not be delivered. It has been deleted from the queue.",
    "I've given up trying.",
    "We're sorry, we failed to deliver your message; no more attempts.",
]
LATE_ELSEWHERE = [
    "Ihre Nachricht konnte bisher nicht zugestellt werden. Es wird weiter versucht, sie zuzustellen.",
    "Die Zustellung Ihrer Nachricht verzögert sich.",
    "Ihre E-Mail befindet sich noch in der Warteschlange. Weitere Zustellversuche folgen.",
    "Die Nachricht wurde noch nicht ausgeliefert; der Server versucht es in den nächsten 3 Tagen erneut.",
    "Dies ist nur eine Warnung. Sie brauchen die Nachricht nicht erneut zu senden.",
    "Votre message n'a pas encore pu être remis. Le serveur continuera d'essayer pendant 2 jours.",
    "La distribution de votre message est retardée.",
    "Ceci est un simple avertissement, vous n'avez pas besoin de renvoyer votre message.",
    "Votre message est en attente ; de nouvelles tentatives auront lieu.",
    "Le serveur va réessayer pendant les 48 prochaines heures.",
    "Su mensaje aún no se ha podido entregar. El servidor lo seguirá intentando.",
    "La entrega de su mensaje se ha retrasado.",
    "Esto es solo un aviso: no es necesario que reenvíe el mensaje.",
    "Se volverá a intentar la entrega durante los próximos 2 días.",
    "El mensaje sigue en la cola de envío.",
    "Il messaggio non è stato ancora recapitato. Il server continuerà a provare.",
    "La consegna del messaggio è in ritardo.",
    "Questo è solo un avviso: non è necessario inviare di nuovo il messaggio.",
    "Verranno effettuati altri tentativi di consegna.",
    "Il messaggio è ancora in coda.",
    "Uw bericht is nog niet bezorgd. De server blijft het proberen.",
    "De bezorging van uw bericht is vertraagd.",
    "Dit is slechts een waarschuwing; u hoeft het bericht niet opnieuw te verzenden.",
    "Er worden nog nieuwe pogingen gedaan.",
    "A sua mensagem ainda não foi entregue. O servidor continuará a tentar.",
    "A entrega da mensagem está atrasada.",
    "Este é apenas um aviso. Não é necessário reenviar a mensagem.",
    "Novas tentativas de entrega serão feitas.",
    "Ваше письмо пока не доставлено. Сервер продолжит попытки.",
    "Доставка вашего письма задерживается.",
    "Это только предупреждение. Отправлять письмо повторно не нужно.",
    "Попытки доставки будут продолжаться в течение 3 дней.",
    "Twoja wiadomość nie została jeszcze dostarczona. Serwer będzie ponawiał próby.",
    "Dostarczenie wiadomości opóźnia się.",
    "To tylko ostrzeżenie. Nie trzeba wysyłać wiadomości ponownie.",
    "Vaše zpráva zatím nebyla doručena. Server bude doručení dále zkoušet.",
    "Doručení zprávy se zpozdilo.",
    "Toto je pouze varování, zprávu není třeba posílat znovu.",
    "メールはまだ配信されていません。引き続き配信を試みます。",
    "配信が遅延しています。",
    "これは警告です。メールを再送する必要はありません。",
    "您的邮件尚未投递成功，系统会继续重试。",
    "邮件投递延迟。",
    "这只是一个警告，您无需重新发送邮件。",
    "메일이 아직 전송되지 않았습니다. 계속 재시도합니다.",
    "메일 전송이 지연되고 있습니다.",
    "이것은 경고일 뿐이며 다시 보내실 필요가 없습니다.",
    "Ditt meddelande har ännu inte levererats. Servern fortsätter försöka.",
    "Leveransen av ditt meddelande är försenad.",
    "Detta är bara en varning. Du behöver inte skicka meddelandet igen.",
    "İletiniz henüz teslim edilmedi. Sunucu denemeye devam edecek.",
    "İletinizin teslimi gecikti.",
    "Bu yalnızca bir uyarıdır, iletiyi yeniden göndermeniz gerekmez.",
    "Din meddelelse er endnu ikke leveret. Serveren forsøger fortsat.",
    "Dette er kun en advarsel. Du behøver ikke at sende meddelelsen igen.",
    "Viestiäsi ei ole vielä toimitettu. Palvelin yrittää edelleen.",
    "Tämä on vain varoitus. Viestiä ei tarvitse lähettää uudelleen.",
    "Levelét még nem sikerült kézbesíteni. A kiszolgáló tovább próbálkozik.",
    "Ez csak figyelmeztetés, nem kell újraküldenie a levelet.",
]
LOST_ELSEWHERE = [
    "Ihre Nachricht konnte nicht zugestellt werden. Weitere Versuche werden nicht unternommen.",
    "Die Nachricht konnte nach 5 Tagen nicht zugestellt werden und wird zurückgesandt.",
    "Die Zustellung ist trotz wiederholter Versuche fehlgeschlagen.",
    "Bitte versuchen Sie es später erneut: das Postfach ist voll.",
    "Votre message n'a pas pu être remis après plusieurs tentatives.",
    "Veuillez réessayer plus tard : la boîte est pleine.",
    "Le message est retourné définitivement.",
    "No se pudo entregar el mensaje después de varios intentos.",
    "Inténtelo más tarde: el buzón está lleno.",
    "Impossibile recapitare il messaggio dopo vari tentativi.",
    "Riprovare più tardi: la casella è piena.",
    "Uw bericht kon na meerdere pogingen niet worden bezorgd.",
    "Probeer het later opnieuw: de mailbox is vol.",
    "Não foi possível entregar a mensagem após várias tentativas.",
    "Tente novamente mais tarde: a caixa está cheia.",
    "Не удалось доставить письмо после нескольких попыток.",
    "Попробуйте отправить письмо позже: ящик переполнен.",
    "Nie udało się dostarczyć wiadomości po wielu próbach.",
    "Spróbuj ponownie później: skrzynka jest pełna.",
    "何度か再送を試みましたが、配信できませんでした。",
    "しばらくしてから再送してください。メールボックスが一杯です。",
    "多次重试后仍无法投递。",
    "请稍后重新发送：邮箱已满。",
    "여러 번 재시도했으나 전송하지 못했습니다.",
    "나중에 다시 보내 주십시오. 사서함이 가득 찼습니다.",
]
# What a server that refused says of the mail, in its own words, makes no delay of the refusal.
REFUSALS = [
    "<anna@example.com>: host mx.example.com[192.0.2.7] said: 550 5.7.1 delayed, will be retried (in reply to RCPT TO)",
    "The server answered:\n\n451 4.7.1 this message is delayed and will be retried\n\nWe have given up trying.",
]


def _kind(sentence: str, subject: str) -> Kind:
    raw = (
        "Return-Path: <>\nFrom: Mail Delivery System <mailer-daemon@mail.example>\nTo: news@acme.example\n"
        f"Subject: {subject}\n\n{sentence}\n\n  anna@example.com\n"
    )
    (bounce,) = parse_message(raw.encode())
    assert bounce.recipient == "anna@example.com"
    return bounce.kind


@pytest.mark.parametrize("subject", ["Delivery report", "Message status"])
@pytest.mark.parametrize("sentence", LATE)
def test_late(sentence: str, subject: str) -> None:
    assert _kind(sentence, subject) is Kind.DELAYED
    assert _kind(sentence.replace(" ", "\n", 7).replace("\n", " ", 6), subject) is Kind.DELAYED


@pytest.mark.parametrize("subject", ["Delivery report", "Message status"])
@pytest.mark.parametrize("sentence", [*LOST, *REFUSALS])
def test_lost(sentence: str, subject: str) -> None:
    assert _kind(sentence, subject) is Kind.FAILED


@pytest.mark.parametrize("sentence", LATE_ELSEWHERE)
def test_late_in_other_languages(sentence: str) -> None:
    assert _kind(sentence, "Mail") is Kind.DELAYED


@pytest.mark.parametrize("sentence", LOST_ELSEWHERE)
def test_lost_in_other_languages(sentence: str) -> None:
    assert _kind(sentence, "Mail") is Kind.FAILED
