"""What a bounce looks like from outside: its sender, its subject, the words of its notice.

Each list is of facts about what mail systems write, in the languages they write it. No single sign
makes a bounce: :func:`bounceparse.formats.recognition.looks_like_notice` weighs them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bounceparse.formats import languages
from bounceparse.formats.sieve import Guarded, Sieve

DAEMON = Guarded(
    r"mailer[-_. ]?daemon|postmaster|post[-_ ]master|mail[ ._-]?delivery|mdaemon"
    r"|delivery (?:system|subsystem|agent|service|status|notification|failure)"
    r"|mail[-_. ]?(?:system|server|gateway|daemon)|<>|<@>|mail_?service@|bounces?@|system administrator|e500_smtp"
    r"|undeliver|dsn@|returned mail|smtp ?gateway|noreply-bounces"
    r"|(?:^|<)(?:mail@|daemon@|mta@|smtp@|exchange@|mmdf@|uucp@|imss@|autoreply@|lsmtp@|listserv@|mailscanner@)"
    r"|amavis"
    r"|microsoft outlook|microsoftexchange|antivirus|lotus"
    r"|system attendant|scanmail"
    r"|symantec|interscan|mailsweeper|mailmarshal|groupshield|mailguard|iplanet|internet mail|メールシステム"
    r"|メール配信",
    re.IGNORECASE,
)

SUBJECT = Sieve(
    r"undeliver|un-deliver|delivery (?:status )?(?:notification|report|failure|failed|has failed|problem|error|delay"
    r"|warning|unsuccessful|incomplete|was not)"
    r"|mail delivery|delivery (?:of|to) .{0,80}(?:failed|delayed|deferred)"
    r"|failed:? (?:mail|delivery|message)|(?:mail|message"
    r"|e-?mail) (?:delivery )?(?:failure|failed|error|not delivered|undelivered)"
    r"|returned (?:mail|e-?mail|message|to sender)|return(?:ing)? (?:message )?to sender|failure (?:notice"
    r"|notification|delivery)|non[- ]?deliver|not deliver(?:ed|able)|could ?n[o']t be delivered"
    r"|cannot be delivered|could not (?:be )?(?:deliver|send)|unable to deliver|not be delivered|bounced"
    r"|mail (?:system|processing) error|processing error"
    r"|see transcript for details|postmaster notify"
    r"|message (?:delayed|status|deferred)|(?:message|mail) .{0,60}delayed|delayed mail|delayed delivery"
    r"|still (?:being )?retri|rejected (?:mail|message)|automatically rejected"
    r"|user unknown|unknown user|no such user|mailbox (?:is )?full|over ?quota|permanent (?:delivery )?(?:error"
    r"|failure)|nondeliverable|blocked (?:mail|message|e-?mail)\b|mail error|mail returned|rejected:|message blocked"
    r"|unzustellbar|nicht zugestellt|zustell(?:ung|fehler|bericht)|nicht zustellbar|fehlgeschlagen|non remis|(?:échec"
    r"|echec) (?:de|d'|à)|non d[ée]livr|impossible de remettre|notification d'[ée]tat"
    r"|no (?:se )?(?:ha )?(?:podido|pudo|entreg)|no entregad|mensaje devuelto|fallo (?:en|de)|error de entrega"
    r"|devuelto|não (?:foi )?(?:entreg|p[ôo]de)|falha na entrega|mensagem devolvida|nao entregue"
    r"|mancat[oa] (?:recapito|consegna)|non recapitat|non consegnat|impossibile (?:recapitare|consegnare)|onbestelbaar"
    r"|niet (?:afgeleverd|bezorgd)|bezorging"
    r"|niedostarcz|nie dostarczon|nie (?:można|mozna) dostarczy|zwrot|nedoru[čc]iteln|nedoru[čc]en|doru[čc]en[íi]"
    r"|kézbesít|недоставл|не доставлен|невозможно доставить|ошибка доставки|не удалось доставить"
    r"|配信(?:不能|できません|エラー|失敗|状況)|送信(?:できません|エラー|失敗)|不達|未達|エラー通知|メールエラー"
    r"|届きません|返送|退信|投递|无法送达|未送达|發送失敗|发送失败|传输失败|傳送失敗|無法傳遞"
    r"|未傳遞|系统退信"
    r"|반송|전송 ?실패|배달(?:되지| 실패)|수신 ?실패|발송 ?실패|iletilemedi|teslim edilemedi|gönderilemedi|teslimat"
    r"|kunne ikke leveres"
    r"|ikke levert|kunde inte levereras|olevererad|toimitus|levering"
    rf"|{languages.joined(languages.FAILURE)}|{languages.joined(languages.DELAY)}",
    re.IGNORECASE,
)

NOTICE = Sieve(
    r"could ?n[o']t be (?:delivered|sent|processed|reached|transferred|found)|can ?not be (?:delivered|sent|reached)"
    r"|can't be delivered|un(?:able|successful)[^.\n]{0,30} to deliver|undeliver(?:able|ed)|not (?:be )?deliver(?:ed"
    r"|able)"
    r"|(?:wasn't|was not|were not|not been|was unable|weren't) (?:able )?(?:to )?(?:be )?(?:deliver|reach|send)"
    r"|delivery (?:to|of|attempt|has|was|error|failure|failed|status|problem)|failed to deliver|deliver(?:y"
    r"|ed)[^.\n]{0,60} (?:failed|failure|aborted|delayed|postponed)"
    r"|permanent(?:ly)? (?:fatal )?(?:error|failure|fail|undeliverable)|permanent fatal|fatal errors"
    r"|returned to (?:you|sender|the sender)|(?:has been|was|being|is) (?:automatically )?(?:returned|rejected|refused"
    r"|bounced|blocked)"
    r"|did not reach|not reach the following|recipients? (?:was|were|is|did|has|could|not|failed|address)"
    r"|transcript of session|giving up|given up|unknown (?:user|recipient|address)|(?:user|recipient|mailbox|account"
    r"|address|host) (?:is )?(?:unknown|not found|unavailable|full|disabled|does not exist|doesn't exist|rejected)"
    r"|no such (?:user|person|mailbox|recipient|address)|error (?:while|occurred|delivering|sending|description)"
    r"|mailbox (?:is )?full|over ?quota|quota (?:exceeded|violation)|exceed(?:s|ed|ing) (?:the |their "
    r"|allowed )?(?:quota|size|storage)"
    r"|not (?:yet )?been delivered|has been delayed|we will continue|delivery attempts|failed recipients?"
    r"|failed addresses|invalid (?:recipient|address|mailbox|final delivery)|not listed in|smtp error|remote (?:host"
    r"|server|mta|mail server)[^.\n]{0,40}(?:said|replied|returned|issued)"
    r"|delivery (?:has )?fail|rejected by|refused by|non-delivery|message from .{1,80}\n\s*unable to"
    r"|wrong or no longer valid|no longer (?:valid|exists|accept)|incorrectly constructed|not (?:a )?member"
    r"|no mailbox (?:here|by)|return(?:ing|ed) (?:your |the )?(?:mail|message)"
    r"|(?:address|user|mailbox)[^\n]{0,80} not known"
    r"|failure reason|no valid recipients?"
    r"|did not exactly match|problem[^.\n]{0,40}(?:deliver|address)|looping|has encountered delivery"
    r"|nicht (?:zugestellt|zustellbar|zustellen|erreicht)|unzustellbar|zustellung[^.\n]{0,40}(?:fehl|nicht)"
    r"|n'a pas (?:pu|été)|non (?:remis|délivr|distribu)|impossible (?:de|à) |no (?:se )?(?:ha podido|pudo|puede|fue"
    r"|pudo ser) (?:ser )?entreg|no pudo ser|no se pudo|não (?:pôde|foi possível|pode ser)|nao pode"
    r"|(?:non|impossibile) (?:è stato|e' stato|consegn|recapit)|niet (?:worden )?(?:afgeleverd|bezorgd|bestel)"
    r"|nie (?:mo[żz]na|mog[łl]a|zosta[łl]a|dostarczon)|nelze doru|nebyl[ao]? doru|nemohl|не (?:может быть|удалось"
    r"|доставлен|был)|невозможно|недоставл"
    r"|(?:送信|配信|配達|お届け)(?:でき|不能|に失敗)|届け(?:られ|でき)|エラー|見つかりません|一杯のため|无法(?:发送"
    r"|投递|送达|递送|傳送)|無法(?:傳遞|投遞|傳送|送達|寄送)|退回|失败|失敗"
    r"|被拒|不存在|전송(?:하지|되지|에 실패)|배달(?:하지|되지)|반송|iletilem|teslim edil(?:e)?m|gönderilem"
    rf"|{languages.joined(languages.FAILURE)}|{languages.joined(languages.REASON)}",
    re.IGNORECASE,
)

DELAY = Sieve(
    r"(?:has|have) not yet been delivered|not (?:been )?delivered yet|(?:is|are) still (?:queued|awaiting delivery"
    r"|in (?:the|our) queue)|not yet (?:been )?(?:delivered|able)|will (?:be|keep|continue)(?: to)?(?: be)? (?:retri"
    r"|try|attempt|re-?attempt)|(?:delivery )?attempts? (?:to deliver )?(?:this message )?will (?:continue|be made)"
    r"|attempts? will continue"
    r"|(?:warning|advisory)(?: message)?[- ]only|(?:only|just) a warning|has been (?:delayed|postponed|deferred)"
    r"|have been (?:delayed|deferred)|(?:delivery|message|mail) (?:is |has been |was )?(?:delayed|deferred)"
    r"|is (?:being )?delayed|(?:still|keep) (?:trying|being retried)|do not need to (?:resend|re-send|take any action)"
    r"|no action is (?:required|needed)"
    r"|will be retried|warning: (?:message (?!undeliver|was|is |not |could|reject|return|fail)|could not)"
    r"|transient,? (?:non-fatal )?errors|delay reason|will try (?:again"
    r"|for)|will retry (?:for|until|again)|not yet been (?:fully|completely) delivered|attempts are still pending"
    r"|for subsequent redelivery|notification \(delay\)|attempts to deliver (?:the|your) (?:message|mail) will continue"
    r"|(?<!not )continue (?:trying|to try|to attempt)|(?<!action: )delayed (?:mail|for|\d+)"
    r"|temporary (?:delivery )?(?:failure"
    r"|problem)[^.\n]{0,60}(?:retr|try)|queued for (?:further|later|retry|re-?delivery|another)"
    r"|will be re-?(?:sent|delivered)|been temporarily deferred|no action is necessary"
    r"|this is (?:only |just )?a temporary"
    r"|will attempt (?:re-?)?deliver|will re-?try (?:re-?)?deliver|n't be delivered yet|not be delivered yet"
    r"|held in (?:the |our )?queue"
    r"|next (?:delivery )?attempt (?:in|at|will|is)|still undelivered|continue to (?:re-?)?try|waiting to be delivered"
    r"|awaiting delivery"
    r"|not given up|delivery is pending|retrying (?:until|for)|will stop trying"
    r"|verz[öo]ger|noch nicht zugestellt|weiter(?:hin)? versucht|retard[ée]|diff[ée]r[ée]e?s?\b|sera r[ée]essay"
    r"|retrasad|demorad|aplazad|atrasad|ritard|in ritardo|vertraagd|uitgesteld|op[óo][źz]nion|wstrzyman|zpo[žz]d[ěe]n"
    r"|odlo[žz]en|задерж|отложен|отсроч|遅延|遅れ|再送し(?!てください)|延迟|延遲|延误|暂缓|지연|geciktir|gecik"
    rf"|{languages.joined(languages.DELAY)}",
    re.IGNORECASE,
)

GAVE_UP = Sieve(
    r"(?<!not )giv(?:e|es|ing|en) up|gave up|(?:was|been|being) (?:returned|bounced)|stopped trying"
    r"|has stopped|no (?:further|more) (?:delivery )?attempts|won't (?:be )?retr|will not continue"
    r"|will not (?:be )?(?:retr|try)|not (?:going to|be) (?:try|retr)|(?:retry|delivery) (?:time(?:out|-out)?|period"
    r"|limit)[^.\n]{0,30}(?:exceeded|expired|reached)|(?:message|delivery time|queue) (?:has )?expired|too (?:long|old)"
    r"|(?<!not a )(?<!not )permanent (?:fatal )?(?:error|failure|delivery)|permanent(?:ly)? fail"
    r"|(?<!non-)(?<!non )fatal error"
    r"|has been removed from the (?:mail )?queue|all hosts have been failing|was aborted|failed permanently"
    r"|notification: fail"
    r"|endg[üu]ltig|aufgegeben|d[ée]finitive|abandon|definitiv|opgegeven|zrezygnowano|окончательн|断念|放弃|放棄"
    rf"|{languages.joined(languages.GAVE_UP)}",
    re.IGNORECASE,
)

SUCCESS = Sieve(
    r"success(?:ful(?:ly)?)? (?:mail )?(?:deliver|relay)|(?:has|have) been delivered to (?:the following|these|its"
    r"|your)|delivery to these recipients or (?:groups|distribution lists) is complete|(?:was|were"
    r"|been) successfully (?:delivered|relayed|sent)|successful mail delivery report|your message (?:was"
    r"|has been) delivered|delivery was successful|(?:erfolgreich|correctamente) (?:zugestellt|entregad)"
    rf"|{languages.joined(languages.SUCCESS)}",
    re.IGNORECASE,
)

_NOT = re.compile(
    r"\b(?:not|never|cannot|nicht|pas|no|non|não|niet|nie|nebyl\w*|není|не|ikke|inte|ej)\b[^.\n]*$|n't[^.\n]*$|un$|未"
    r"|没"
    r"|沒|不",
    re.IGNORECASE,
)
_FAILED_SUBJECT = Sieve(r"fail|undeliver|returned|unzustellbar|error|non remis|no entreg|退信|недостав", re.IGNORECASE)


# Measured: senders and subjects repeat, and each list costs 2 µs or more.
@lru_cache(maxsize=8192)
def is_daemon(from_field: str) -> bool:
    """Tell whether a From field is a mail system's."""
    return not from_field.strip() or from_field in ("@", "@\n") or DAEMON.is_in(from_field)


@lru_cache(maxsize=8192)
def is_bounce_subject(subject: str) -> bool:
    """Tell whether a Subject announces a bounce."""
    return SUBJECT.search(languages.plain(subject)) is not None


@lru_cache(maxsize=8192)  # and the search would drop what is known of the notice's text
def is_failures_subject(subject: str) -> bool:
    """Tell whether a Subject has a word of failure."""
    return _FAILED_SUBJECT.search(subject) is not None


def is_success(words: str) -> bool:
    """Tell whether a notice says that the mail arrived; "not successfully delivered" says no such thing."""
    match = SUCCESS.search(words)
    return match is not None and _NOT.search(match.string, max(0, match.start() - 30), match.start()) is None


@lru_cache(maxsize=8192)
def of_subject(subject: str) -> tuple[bool, bool, bool]:
    """Tell whether a subject speaks of a success, of a delay, of giving up."""
    return is_success(subject), DELAY.search(subject) is not None, GAVE_UP.search(subject) is not None
