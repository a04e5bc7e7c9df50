"""The words of failure, delay and giving up in the languages in which mail systems write to people.

One row per language and meaning, each an alternation of regular expressions, joined into the lists of
:mod:`bounceparse.formats.signs`. English stands there. Rules for editing a row:

- a row holds what mail systems say of a delivery, never what people say of themselves (an automatic
  reply must not match);
- a request to the reader is no promise of the server: "send it again later" is no delay;
- each alternative needs a literal of three characters, by which :class:`~bounceparse.formats.sieve.Sieve`
  finds it;
- write ``'`` for an apostrophe and a plain space for a no-break space: texts are normalised before the search.
"""

from __future__ import annotations

# In subjects and in notices: the mail could not be delivered, or comes back.
FAILURE = {
    "de": r"nicht (?:zugestellt|zugeleitet|übermittelt|ausgeliefert|zustellbar|versendet|gesendet) (?:werden|wurde)"
    r"|rückläufer"
    r"|konnten? (?:\w+ ){0,6}nicht (?:zugestellt|übermittelt|ausgeliefert|gesendet|versandt)"
    r"|zustellung (?:ist )?fehlgeschlagen",
    "fr": r"n'a (?:pas )?pu (?:être )?(?:remis|délivré|distribué|livré|envoyé|acheminé)|n'ont pas pu être"
    r"|remise (?:impossible|échouée)|échec (?:de|d'|lors)"
    r"|non (?:remis|distribué|délivré)|message (?:rejeté|refusé|retourné)|retour de (?:courrier|message)",
    "es": r"no (?:se )?(?:ha|han|pudo|puede|pudieron|pueden) (?:podido |sido |ser )*(?:entreg|enviad|enviar)"
    r"|error (?:en|de|al) (?:la )?entrega"
    r"|(?:correo|mensaje) (?:devuelto|rechazado|no entregado)|entrega fallida|imposible entregar",
    "pt": r"não (?:pôde|pode|foi possível|foi) (?:ser )?(?:entreg|enviad)|falha (?:na|de) entrega|erro (?:na"
    r"|de) entrega|mensagem (?:devolvida|rejeitada|não entregue)"
    r"|não foi (?:entregue|possível)"
    r"|não é possível entregar",
    "it": r"(?:non|impossibile) (?:è|e'|sono|può|è stato possibile)? ?(?:stat[oi] )?(?:possibile )?(?:recapitar"
    r"|recapitat|consegnar|consegnat|inviar)"
    r"|mancat[oa] (?:consegna|recapito)|errore di (?:consegna|recapito)|messaggio (?:respinto|restituito)|(?:consegna"
    r"|recapito) non riuscit"
    r"|non recapitabil",
    "nl": r"niet (?:worden |kunnen )?(?:bezorgd|afgeleverd|verzonden|besteld)|(?:bezorging"
    r"|aflevering)[^.\n]{0,60}mislukt|onbestelbaar",
    "pl": r"nie (?:mogła|mógł|może|mogło|została|został|zostało|udało się) (?:być |zostać )?(?:dostarcz|doręcz)"
    r"|nie (?:dostarczono|doręczono)|niedoręczon"
    r"|zwrot (?:wiadomości|poczty|listu)|błąd (?:doręcz|dostarcz)"
    r"|niedostarcz|(?:dostarczenie|doręczenie)[^.\n]{0,60} nie powiodło",
    "cs": r"nepodařilo (?:se )?(?:vám )?doruč|nelze doruč|nebyl[aoi]? (?:možn[éáo]|doručen)|nemohl[aoi]? být doruč"
    r"|nedoruč|chyba (?:při )?doruč|se nepodařilo doruč"
    r"|doručení[^.\n]{0,60}(?:nezdařilo|selhalo)"
    r"|doručení se nepodařilo",
    "sk": r"nepodarilo (?:sa )?(?:vám )?doruč|nebolo možné doruč|nemohla? byť doruč|nedá sa doruč"
    r"|nedoručiteľn|doručenie zlyhalo",
    "ru": r"не (?:было |была |был |может быть |смогло быть |удалось )(?:доставлен|доставить|отправ)|не доставлен"
    r"|недоставлен|невозможно (?:доставить|отправить)"
    r"|(?:ошибка|сбой) (?:при )?(?:доставк|отправк)|возврат (?:письма|почты|сообщения)|не может быть (?:отправлено"
    r"|доставлено)"
    r"|не уда(?:ется|ётся|лось) (?:выполнить )?достав",
    "uk": r"не (?:вдалося|може бути|було) достав|не доставлен|недоставлен|неможливо доставити|помилка доставк",
    "bg": r"не (?:беше|бе|може да бъде|може) достав|недоставен"
    r"|не може да се достав|доставянето[^.\n]{0,60} неуспешн",
    "hr": r"nije (?:isporučen|dostavljen|moguće (?:isporučiti|dostaviti))|isporuka (?:nije uspjela|neuspješna)"
    r"|ni (?:bilo mogoče|bila) dostav"
    r"|isporuka[^.\n]{0,60} (?:nije uspjela|neuspješna)",
    "ja": r"(?:お届け|配信|配達|配送|送信|送付|転送)(?:すること(?:が|は))?(?:でき|出来)(?:ません|ず|なかった)|(?:配信"
    r"|配送|送信|配達|転送)(?:に失敗|エラー|不能|失敗)"
    r"|(?:届き|送れ|届か)ません|届かなかった|不達|宛先(?:不明|が見つかりません)|返送され",
    "zh": r"(?:无法|未能|不能|没有)(?:成功)?(?:投递|送达|发送|递送|传递|转发)|(?:無法|未能|不能)(?:成功)?(?:投遞|送達"
    r"|傳送|寄送|遞送|傳遞|寄達|發送)"
    r"|(?:投递|发送|递送|传递|投遞|傳送|寄送|傳遞|遞送|發送)(?:失败|失敗|未成功)|退信|退件|被退回|(?:没有"
    r"|未)(?:成功)?投递成功",
    "ko": r"(?:전송|배달|전달|발송)(?:하지|되지|할 수|에 실패|이 실패| ?실패| ?오류| ?불가)|반송(?:되|된|메일| 메일)"
    r"|배달되지 않음",
    "tr": r"(?:teslim edil|iletil|gönderil|ulaştırıl)(?:eme|me)(?:di|miş|yen|z)|teslim hatası|iade edil|ulaştırılamad"
    r"|(?:teslim edil|iletil|gönderil)emiyor",
    "sv": r"kunde inte (?:levereras|skickas|lämnas)|kan inte levereras|går inte att leverera|gick inte att leverera"
    r"|(?:inte|ej) (?:levererat|levererats|levererades)|olevererbar|leveransfel|misslyckad leverans",
    "da": r"kunne ikke (?:leveres|afleveres|sendes)|kan ikke leveres|ikke blevet leveret|leveringsfejl|uanbringelig"
    r"|(?:levering|aflevering)[^.\n]{0,40}mislykke",
    "no": r"kunne ikke (?:leveres|sendes)|kan ikke leveres|ikke levert|leveringsfeil|levering[^.\n]{0,40}mislyk",
    "fi": r"ei voitu (?:toimittaa|välittää|lähettää|perille)|ei voida toimittaa|toimittaminen[^.\n]{0,60}epäonnistu"
    r"|toimitus(?:virhe| epäonnistui)|perille toimittamaton"
    r"|toimittamaton|ei voi toimittaa",
    "hu": r"nem (?:sikerült |lehet |lehetett |volt )?(?:\w+ )?kézbesít|kézbesíthetetlen|kézbesítés\w* (?:sikertelen"
    r"|hiba)|sikertelen kézbesít|kézbesítési hiba",
    "ro": r"nu (?:a|s-a|au) (?:putut|fost) (?:fi )?(?:livra|transmis|trimis)|nelivrat|livrare (?:eșuată|nereușită)"
    r"|eroare (?:de|la) livrare"
    r"|nelivrab|livrarea nu a reușit",
    "el": r"αποτυχία (?:παράδοσης|αποστολής)|δεν (?:ήταν δυνατ\w+|μπόρεσε|παραδόθηκε|στάλθηκε|είναι δυνατή η παράδοση)"
    r"|μη παραδοτέ|αδύνατη η παράδοση"
    r"|ανεπίδοτ|παράδοση απέτυχε",
    "he": r"לא נמסר|לא ניתן (?:היה )?(?:למסור|לשלוח)|כשל במסירת|המסירה נכשלה|מסירה נכשלה",
    "ar": r"تعذر (?:تسليم|إرسال|توصيل)|فشل (?:تسليم|توصيل|إرسال)|لم يتم (?:تسليم|توصيل|إرسال)|غير قابل للتسليم"
    r"|(?:فشل|تعذر) التسليم",
    "vi": r"không thể (?:gửi|chuyển|phát|giao)|gửi (?:thư )?(?:không thành công|thất bại)|không gửi được",
    "id": r"tidak (?:dapat|bisa) (?:dikirim|terkirim|disampaikan)|gagal (?:terkirim|dikirim|mengirim)|pengiriman gagal"
    r"|tidak terkirim",
    "th": r"ไม่สามารถ(?:ส่ง|จัดส่ง)|ส่งไม่สำเร็จ|การส่งล้มเหลว"
    r"|การส่ง[^\n]{0,60}ล้มเหลว",
    "lt": r"nepavyko pristatyti|nepristatyt",
    "lv": r"nepiegādāt|piegāde[^.\n]{0,60} neizdevās",
    "et": r"kohaletoimetamat|saatmine nurjus",
    "ca": r"no (?:es pot|s'ha pogut) lliurar",
    "sr": r"неиспоручив|испорука[^.\n]{0,60} није успела",
    "fa": r"غیر قابل تحویل|تحویل[^.\n]{0,60} ناموفق|تحویل داده نشد",
}

# Why it could not, as notices say to people who read no codes. Not in subjects: frauds and warnings write so there.
REASON = {
    "de": r"postfach[^.\n]{0,30} voll\b|(?:empfänger|benutzer) (?:ist )?unbekannt|(?:adresse|postfach) existiert nicht",
    "fr": r"boîte[^.\n]{0,40} pleine|(?:destinataire|utilisateur) inconnu|adresse (?:inconnue|n'existe pas)"
    r"|est retourné",
    "es": r"buzón[^.\n]{0,40} lleno|(?:usuario|destinatario) (?:desconocido|no existe)"
    r"|no existe (?:el|la) (?:buzón|cuenta)",
    "it": r"casella[^.\n]{0,40} piena|(?:utente|destinatario) sconosciuto",
    "nl": r"mailbox[^.\n]{0,30} vol\b|onbekende (?:gebruiker|ontvanger)",
    "pt": r"caixa[^.\n]{0,40} cheia|(?:usuário|utilizador|destinatário) (?:desconhecido|inexistente)",
    "ru": r"ящик[^.\n]{0,30} переполнен|(?:пользователь|адрес|ящик)[^.\n]{0,20} не (?:найден|существует)",
    "pl": r"skrzynka[^.\n]{0,30} pełna|nieznany (?:użytkownik|adresat)",
    "cs": r"schránka[^.\n]{0,30} plná|neznámý (?:uživatel|příjemce)",
    "ja": r"(?:メールボックス|受信箱)[^。\n]{0,10}(?:一杯|いっぱい)"
    r"|(?:アドレス|ユーザー?|宛先)[^。\n]{0,10}存在しません",
    "zh": r"(?:邮箱|信箱|郵箱)[^。\n]{0,6}(?:已满|已滿)|(?:用户|收件人)不存在",
    "ko": r"(?:사서함|편지함|메일함)[^.\n]{0,12}(?:가득|초과)|존재하지 않는",
    "sv": r"postlådan[^.\n]{0,20} full\b|okänd (?:användare|mottagare)",
    "tr": r"posta kutusu[^.\n]{0,20} dolu|bilinmeyen kullanıcı",
}

# The mail is late; the server goes on trying.
DELAY = {
    "de": r"noch nicht (?:zugestellt|übermittelt|ausgeliefert)|weitere zustellversuche|wird weiter(?:hin)? versuch"
    r"|versucht (?:es )?weiter|zustellung verzöger"
    r"|nur eine warnung|brauchen (?:sie )?(?:die|diese|ihre) (?:nachricht|e-?mail|mail) nicht",
    "fr": r"n'a pas encore (?:pu )?(?:être |été )?(?:remis|délivré|distribué|livré|envoyé)|message (?:retardé|différé)"
    r"|remise (?:retardée|différée)"
    r"|continuer? (?:à|d')essayer|continuera (?:ses|les|à)|nouvelles? tentatives? (?:de remise )?(?:sera|seront|va"
    r"|aura|auront)|sera retent"
    r"|simple avertissement|seulement un avertissement|pas besoin de (?:le )?renvoyer|va réessayer",
    "es": r"(?:todavía|aún) no (?:se )?(?:ha|han|pudo) (?:podido |sido |ser )*entreg|se seguirá (?:intentando"
    r"|reintentando)|seguirá intentando|seguiremos intentando"
    r"|se ha retrasado|entrega (?:retrasada|demorada|aplazada)|mensaje (?:retrasado|demorado)"
    r"|s[oó]lo un aviso|no es necesario que (?:lo )?reenv|se volverá a intentar la entrega|en la cola de envío",
    "pt": r"ainda não (?:foi|pôde ser|pode ser) entreg|continuará (?:a )?tenta|continuaremos (?:a )?tenta"
    r"|mensagem (?:atrasada|adiada)|entrega (?:atrasada|adiada)"
    r"|apenas um aviso|não é necessário reenviar|novas tentativas de entrega",
    "it": r"non (?:è|e') (?:stato )?ancora (?:stato )?(?:recapitat|consegnat|possibile)|continuerà a (?:tentare"
    r"|provare)|verrà ritentat|messaggio in ritardo|(?:consegna|recapito) (?:ritardat|in ritardo)"
    r"|nelle prime dodici ore"
    r"|solo un avviso|non è necessario inviare di nuovo|altri tentativi di consegna|ancora in coda",
    "nl": r"nog niet (?:afgeleverd|bezorgd|verzonden)|blijft (?:het )?(?:nog )?(?:proberen|pogingen)|blijven proberen"
    r"|bericht vertraagd|bezorging (?:is )?vertraagd"
    r"|slechts een waarschuwing|hoeft (?:het|uw|dit) bericht niet|nieuwe pogingen",
    "pl": r"nie (?:została|został|zostało) jeszcze (?:dostarcz|doręcz)|jeszcze nie (?:została|został) (?:dostarcz"
    r"|doręcz)|będzie ponawiał|będą ponawiane|kolejne próby|opóźnien|opóźniona"
    r"|tylko ostrzeżenie|nie trzeba wysyłać|opóźnia się",
    "cs": r"(?:zatím|dosud|ještě) (?:ne)?(?:byl[aoi]? )?(?:nebyl[aoi]? )?(?:ne)?doruč|bude (?:se )?(?:dále )?pokoušet"
    r"|pokoušet (?:dál|znovu|i nadále)|zpoždě|se zpozdil"
    r"|pouze varování|není třeba posílat",
    "ru": r"(?:пока|ещё|еще) не (?:было |была |был |удалось )?доставл|ещё не доставлен|продолжит? (?:попытки|пытаться)"
    r"|попытки (?:доставки )?(?:будут )?(?:продолж|повтор)|доставка (?:задерж|отлож)|задержива"
    r"|только предупреждение|повторно не нужно|не нужно отправлять",
    "uk": r"(?:ще|поки) не (?:було )?достав|спроби (?:будуть )?продовж|продовжить спроб|затримується"
    r"|доставку затримано",
    "ja": r"再送(?:信)?(?:を|いた)?(?:します|し続け|されます|試み(?!まし)|行います|行ない|続け)"
    r"|引き続き(?:再送|配信|送信)"
    r"|まだ(?:配信|配達|お届け)|(?:配信|配達|送信)(?:が"
    r"|は)?(?:遅れ|遅延)|再試行(?:します|されます|を続け)"
    r"|これは警告です|再送(?:信)?する必要は",
    "zh": r"尚未(?:成功)?(?:投递|送达|发送|投遞|送達|傳送|送出|传递|傳遞)|(?:继续|繼續)(?:尝试|重试|投递|嘗試|重試"
    r"|投遞|傳送|发送)|(?:系统|系統|服务器|伺服器)(?:将|會|会"
    r"|將)(?:自动|自動)?(?:重试|重試|重新)"
    r"|(?:投递|投遞|传递|傳遞|发送|傳送)(?:被)?(?:延迟|延遲|延误|暂缓)"
    r"|只是(?:一个)?警告|无需重新发送|無需重新發送|不必重新",
    "ko": r"아직 (?:전송|배달|전달|발송)되지|계속 (?:재시도|시도|전송)|다시 시도(?:합니다|할 예정|됩니다|하겠)"
    r"|재시도(?:합니다|할 예정|됩니다)|(?:전송|배달|전달)(?:이)? ?지연"
    r"|경고일 뿐|다시 보내실 필요",
    "tr": r"henüz (?:teslim|iletil|gönderil)|denemeye devam|tekrar denenecek|yeniden denenecek|gecikt|gecikmesi"
    r"|yalnızca bir uyarı|yeniden göndermeniz gerekmez",
    "sv": r"ännu inte (?:levererats|kunnat|har)|har inte levererats ännu|fortsätter (?:att )?(?:försöka|leverera)"
    r"|kommer att fortsätta|försena[dt]|fördröj"
    r"|bara en varning|behöver inte skicka",
    "da": r"endnu ikke (?:leveret|afleveret|blevet)|fortsat (?:forsøge|prøve)|fortsætte(?:r)? med at (?:forsøge|prøve)"
    r"|er forsinket|forsinkelse"
    r"|kun en advarsel|behøver ikke at sende",
    "no": r"ennå ikke (?:levert|blitt)|fortsette(?:r)? å (?:prøve|forsøke)|meldingen er forsinket|forsinkelse"
    r"|bare en advarsel|trenger ikke å sende",
    "fi": r"ei ole vielä (?:toimitettu|voitu)|viivästy|yrittää (?:edelleen|uudelleen)|yritetään uudelleen"
    r"|jatkaa yrittämistä"
    r"|vain varoitus|ei tarvitse lähettää",
    "hu": r"még nem (?:sikerült |lett |lehetett )?kézbesít|kézbesítés késik|késleltet|tovább(?:ra is)? próbál"
    r"|újra próbálkoz"
    r"|csak figyelmeztetés|nem kell újraküld",
    "ro": r"nu a fost încă (?:livrat|transmis)|a fost întârziat|va continua să încerce|livrare întârziată",
    "el": r"δεν έχει (?:ακόμ[αη] )?παραδοθεί|έχει καθυστερήσει|καθυστέρηση παράδοσης|θα συνεχίσει να προσπαθεί",
    "he": r"עדיין לא נמסר|טרם נמסר|ימשיך לנסות|המסירה מתעכבת",
    "ar": r"لم يتم (?:تسليم|توصيل)[^.\n]{0,30} بعد|تأخر تسليم|تأخير في التسليم|سيستمر الخادم",
    "vi": r"chưa được (?:gửi|chuyển|giao)|sẽ tiếp tục (?:thử|gửi)|bị (?:trì hoãn|chậm trễ)",
    "th": r"การส่ง[^\n]{0,60}ล่าช้า",
    "sk": r"(?:doručeni|zásielk|správ)[^.\n]{0,60} oneskoren|doručenie oneskorené",
    "hr": r"isporuka[^.\n]{0,60} kasni",
    "bg": r"достав(?:ка|яне)[^.\n]{0,60} забавен",
}

# The server has stopped trying.
GAVE_UP = {
    "de": r"nicht (?:erneut|weiter|mehr) versucht|keine weiteren (?:zustell)?versuche|(?:dauerhafter|permanenter"
    r"|endgültiger) fehler|dauerhaft fehlgeschlagen",
    "fr": r"aucune (?:nouvelle|autre) tentative|(?:erreur|échec) (?:permanente?|définiti)|ne sera plus",
    "es": r"(?:error|fallo) permanente|no se (?:volverá a intentar|realizarán más|harán más)|se ha desistido",
    "pt": r"(?:erro|falha) permanente|não (?:será|serão) (?:mais|feitas)|desistiu",
    "it": r"errore permanente|non verranno effettuati (?:altri|ulteriori)|ha rinunciato",
    "nl": r"(?:permanente|definitieve) (?:fout|storing)|niet (?:meer|opnieuw) geprobeerd|geen verdere pogingen",
    "pl": r"błąd trwały|trwały błąd|nie będzie ponawia|nie będą ponawiane|zaniechano",
    "cs": r"trvalá chyba|nebude (?:již )?(?:opakov|pokou)|další pokusy nebudou",
    "ru": r"постоянн\w+ ошибк|попытки (?:доставки )?прекращен|больше не будет|истекло время",
    "uk": r"спроби (?:доставки )?припинен|постійна помилка|остаточно",
    "ja": r"(?:再送|配信|再試行)(?:信)?(?:を|は)?(?:行いません|行ないません|しません|中止)|恒久的|永続的な(?:エラー"
    r"|障害)|期限切れ|期限を(?:過ぎ|超え)",
    "zh": r"永久(?:性)?(?:失败|错误|失敗|錯誤)|不(?:会)?再(?:尝试|重试|投递|嘗試|重試|投遞)|多次(?:尝试|重试|嘗試"
    r"|重試)[^。\n]{0,12}(?:失败|失敗|未能|无法|無法)",
    "ko": r"배달을 포기|포기(?:했|합|하였)|영구(?:적인?)? (?:오류|실패)|더 이상 (?:시도|재시도|전송)",
    "tr": r"kalıcı (?:bir )?hata|tekrar denenmeyecek|yeniden denenmeyecek|vazgeçildi",
    "sv": r"permanent fel|gett upp|inga fler försök",
    "da": r"permanent fejl|opgivet|ikke flere forsøg",
    "no": r"permanent feil|gitt opp|ingen flere forsøk",
    "fi": r"pysyvä virhe|on luovuttanut|ei yritetä uudelleen",
    "hu": r"végleges hiba|véglegesen|nem próbáljuk",
}

# The mail has arrived.
SUCCESS = {
    "de": r"erfolgreich (?:zugestellt|übermittelt|ausgeliefert)|wurde (?:den|an die) folgenden empfänger\w* zugestellt"
    r"|zustellung an (?:diese|die folgenden) empfänger (?:oder gruppen )?ist abgeschlossen",
    "fr": r"(?:remis|délivré|distribué|livré) avec succès|a bien été (?:remis|délivré|distribué|livré)"
    r"|a été remis aux destinataires|remise à ces destinataires (?:ou groupes )?est (?:terminée|effectuée)",
    "es": r"(?:entregado|entregó) (?:correctamente|con éxito|satisfactoriamente)"
    r"|se ha entregado a los siguientes destinatarios|entrega a estos destinatarios (?:o grupos )?se ha completado",
    "pt": r"entregue com (?:sucesso|êxito)|foi entregue aos seguintes destinatários"
    r"|entrega para (?:estes|esses) destinatários (?:ou grupos )?(?:foi|está) conclu",
    "it": r"(?:recapitat|consegnat)[oi] (?:correttamente|con successo)|è stato consegnato nella casella"
    r"|è stato recapitato ai seguenti destinatari"
    r"|recapito a (?:questi|tali) destinatari (?:o gruppi )?è (?:stato )?completat",
    "nl": r"(?:succesvol|met succes) (?:afgeleverd|bezorgd)|is bezorgd bij de volgende"
    r"|bezorging aan deze geadresseerden (?:of groepen )?is voltooid",
    "pl": r"pomyślnie (?:dostarcz|doręcz)",
    "cs": r"úspěšně doruč",
    "ru": r"успешно доставлен",
    "ja": r"(?:正常に|無事)(?:配信|配達|お届け|送信)(?:されました|しました)|配信(?:が)?(?:完了し|成功し)ました"
    r"|次の受信者(?:またはグループ)?に配信されました|(?:受信者|グループ)への配信は完了",
    "zh": r"(?:已|已经|已經)成功(?:投递|送达|投遞|送達|传递|傳遞|傳送)",
    "ko": r"(?:성공적으로|정상적으로) (?:전송|배달|전달)(?:되었|됨)",
    "tr": r"başarıyla (?:teslim edildi|iletildi)",
    "sv": r"har levererats till",
    "da": r"er blevet leveret til",
}


def joined(rows: dict[str, str]) -> str:
    """Return the rows of all languages as one alternation."""
    return "|".join(rows.values())


def plain(text: str) -> str:
    """Return the text as the lists expect it: straight apostrophes, no no-break spaces."""
    if text.isascii():
        return text
    # Measured: a tenth of what str.translate costs; the text stays the same object where nothing is replaced, and its
    # literals are remembered.
    return text.replace("’", "'").replace("ʼ", "'").replace("\xa0", " ").replace("\u202f", " ")
