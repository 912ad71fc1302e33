"""Words that say an order, each scale from its low end to its high end, language by language.

`<` stands between two levels, `|` between words of one level.
"""

BESIDE = (
    "?|na|n a|nan|none|null|unknown|missing|undefined|not applicable|not available|not known"
    "|not stated|no answer|refused|don't know|dont know|do not know|prefer not to say|other"
    "|unbekannt|keine angabe|k. a.|weiß nicht|inconnu|non renseigné|ne sait pas|sans réponse"
    "|desconocido|sin dato|no sabe|no contesta|ns nc|sconosciuto|non so|desconhecido|não sabe"
    "|não informado|onbekend|weet niet|nieznany|brak danych|okänd|vet ej"
)
"""What has no place in an order and may stand beside it, as "No basement" may."""

ENGLISH = (
    "very poor|terrible < poor|bad < fair < below average < average|typical|ok|okay"
    " < above average < good < very good < excellent|outstanding < very excellent",
    "fair < good < very good < premium < ideal",
    "bad < good < better < best",
    "po < fa < ta < gd < ex",
    "none|no|zero < very low|minimal < low < medium|moderate|mid|average|normal"
    " < high < very high < extreme|extremely high",
    "none|no|absent < trace < minimal < slight < mild < moderate < severe"
    " < very severe|critical|extreme",
    "xxxs < xxs < xs < s < m < l < xl < xxl|2xl < xxxl|3xl < 4xl",
    "tiny|very small|extra small < small < medium|mid|average < large|big"
    " < very large|extra large|huge",
    "strongly disagree|completely disagree|totally disagree < disagree"
    " < somewhat disagree|slightly disagree|tend to disagree"
    " < neutral|neither|undecided|neither agree nor disagree|not sure"
    " < somewhat agree|slightly agree|tend to agree < agree"
    " < strongly agree|completely agree|totally agree",
    "very dissatisfied|very unsatisfied < dissatisfied|unsatisfied < somewhat dissatisfied"
    " < neutral|neither < somewhat satisfied < satisfied < very satisfied|extremely satisfied",
    "very unlikely < unlikely < neutral < likely < very likely",
    "very unimportant < unimportant|not important|not at all important"
    " < slightly important|not very important < neutral < moderately important|fairly important"
    "|somewhat important < important < very important < extremely important",
    "not at all < slightly|a little|not very|a little bit < somewhat|moderately|fairly"
    " < very|quite a bit|a lot < extremely",
    "never|no < rarely|seldom|hardly ever|almost never < occasionally|sometimes"
    " < often|frequently|fairly often < usually|very often|almost always < always",
    "beginner|novice < intermediate < advanced < expert",
    "junior|entry|entry level < mid|mid level|middle|intermediate < senior < executive",
    "low < middle|lower middle < upper middle < high|upper",
    "lower < middle < upper",
    "freezing < cold < cool < mild < warm < hot < very hot",
    "very slow < slow < medium|moderate|average|normal < fast < very fast",
    "very light < light < medium|moderate|average|normal < heavy < very heavy",
    "very short < short < medium|average|normal < long|tall < very long|very tall",
    "very weak < weak < medium|moderate|average < strong < very strong",
    "young < middle aged|middle age < old|elderly",
    "early < mid|middle < late",
    "negative < neutral < positive",
    "bottom < middle < top",
    "no education|none|no schooling < preschool < primary|primary school|elementary"
    "|elementary school < middle school|less than high school < secondary|secondary school"
    "|high school|hs grad|high school graduate|below college < some college < associate|associates"
    "|associate's|college|junior college < bachelor|bachelors|bachelor's|undergraduate"
    " < master|masters|master's|graduate < doctor|doctorate|phd",
    "first < second < third < fourth < fifth < sixth < seventh < eighth < ninth < tenth",
    "zero|none < one < two < three < four < five < six < seven < eight < nine < ten"
    " < eleven < twelve",
)

GERMAN = (
    "sehr schlecht < schlecht < mäßig|mittelmäßig < mittel|durchschnittlich|normal|teils teils"
    " < gut < sehr gut < ausgezeichnet|hervorragend",
    "ungenügend < mangelhaft < ausreichend < befriedigend < gut < sehr gut",
    "kein|keine|null < sehr niedrig|sehr gering < niedrig|gering < mittel|mäßig|normal"
    " < hoch|groß < sehr hoch|sehr groß",
    "keine|kein < leicht|gering < mittel|mäßig < schwer|stark < sehr schwer|sehr stark",
    "sehr klein|winzig < klein < mittel|mittelgroß < groß < sehr groß|riesig",
    "nie|niemals < sehr selten|fast nie < selten < manchmal|gelegentlich|ab und zu"
    " < oft|häufig < sehr oft|sehr häufig|meistens|fast immer < immer|stets",
    "stimme überhaupt nicht zu|stimme gar nicht zu|trifft überhaupt nicht zu|trifft gar nicht zu"
    " < stimme nicht zu|lehne ab|trifft nicht zu < stimme eher nicht zu|trifft eher nicht zu"
    " < neutral|teils teils|weder noch < stimme eher zu|trifft eher zu < stimme zu|trifft zu"
    " < stimme voll zu|stimme völlig zu|stimme voll und ganz zu|trifft voll zu"
    "|trifft voll und ganz zu",
    "sehr unzufrieden < unzufrieden < eher unzufrieden < neutral|teils teils < eher zufrieden"
    " < zufrieden < sehr zufrieden",
    "kalt < kühl < mild|lau < warm < heiß",
    "jung < mittel|mittleren alters < alt",
    "kein abschluss|ohne abschluss < hauptschule|hauptschulabschluss < realschule|mittlere reife"
    "|realschulabschluss < abitur|fachabitur < bachelor < master|diplom|magister"
    " < promotion|doktor",
)

FRENCH = (
    "très mauvais|très mauvaise < mauvais|mauvaise < médiocre < passable < moyen|moyenne|correct"
    "|correcte < assez bon|assez bonne|assez bien < bon|bonne|bien < très bon|très bonne|très bien"
    " < excellent|excellente",
    "aucun|aucune|nul|nulle < très bas|très basse|très faible < bas|basse|faible"
    " < moyen|moyenne|modéré|modérée < haut|haute|élevé|élevée|fort|forte"
    " < très haut|très haute|très élevé|très élevée|très fort|très forte",
    "très petit|très petite < petit|petite < moyen|moyenne < grand|grande < très grand|très grande",
    "jamais < presque jamais|très rarement < rarement < parfois|quelquefois|de temps en temps"
    " < souvent|fréquemment < très souvent|presque toujours < toujours",
    "pas du tout d'accord < pas d'accord < plutôt pas d'accord"
    " < neutre|ni d'accord ni pas d'accord < plutôt d'accord < d'accord < tout à fait d'accord",
    "très insatisfait|pas du tout satisfait < insatisfait|peu satisfait"
    " < plutôt insatisfait < neutre < plutôt satisfait < satisfait < très satisfait",
    "froid < frais < doux|tiède < chaud < très chaud",
)

SPANISH = (
    "pésimo|pésima|muy malo|muy mala|muy mal < malo|mala|mal < regular|normal|aceptable"
    " < bueno|buena|bien < muy bueno|muy buena|muy bien < excelente",
    "ninguno|ninguna|nulo < muy bajo|muy baja < bajo|baja < medio|media|moderado|moderada|normal"
    " < alto|alta < muy alto|muy alta",
    "muy pequeño|muy pequeña < pequeño|pequeña < mediano|mediana < grande < muy grande",
    "nunca|jamás < casi nunca|muy raramente < raramente|rara vez < a veces|algunas veces"
    "|ocasionalmente < a menudo|frecuentemente|con frecuencia < casi siempre < siempre",
    "totalmente en desacuerdo|muy en desacuerdo < en desacuerdo"
    " < neutral|ni de acuerdo ni en desacuerdo < de acuerdo"
    " < totalmente de acuerdo|muy de acuerdo",
    "muy insatisfecho < insatisfecho < neutral < satisfecho < muy satisfecho",
    "leve < moderado|moderada < grave|severo|severa < muy grave|crítico",
    "frío < fresco < templado < cálido|caliente < muy caliente",
)

ITALIAN = (
    "pessimo|pessima < scarso|scarsa|cattivo|cattiva < mediocre|insufficiente < sufficiente"
    " < discreto|discreta < buono|buona < molto buono|molto buona|distinto"
    " < ottimo|ottima|eccellente",
    "nessuno|nessuna|nullo < molto basso|molto bassa < basso|bassa < medio|media|moderato|moderata"
    " < alto|alta < molto alto|molto alta",
    "molto piccolo < piccolo|piccola < medio|media < grande < molto grande",
    "mai < quasi mai|molto raramente < raramente < a volte|qualche volta|talvolta"
    " < spesso|frequentemente < quasi sempre|molto spesso < sempre",
    "per niente d'accordo|fortemente in disaccordo < in disaccordo < neutrale|né d'accordo né in"
    " disaccordo < d'accordo < molto d'accordo|completamente d'accordo|fortemente d'accordo",
    "molto insoddisfatto < insoddisfatto < neutrale < soddisfatto < molto soddisfatto",
)

PORTUGUESE = (
    "péssimo|péssima|muito ruim|muito mau < ruim|mau|má < regular|razoável|médio|média"
    " < bom|boa < muito bom|muito boa < excelente|ótimo|ótima",
    "nenhum|nenhuma|nulo < muito baixo|muito baixa < baixo|baixa < médio|média|moderado|moderada"
    " < alto|alta < muito alto|muito alta",
    "muito pequeno < pequeno|pequena < médio|média < grande < muito grande",
    "nunca < quase nunca|muito raramente < raramente < às vezes|algumas vezes|ocasionalmente"
    " < frequentemente|muitas vezes < quase sempre < sempre",
    "discordo totalmente < discordo < discordo parcialmente"
    " < neutro|indiferente|nem concordo nem discordo < concordo parcialmente < concordo"
    " < concordo totalmente",
    "muito insatisfeito < insatisfeito < neutro|indiferente < satisfeito < muito satisfeito",
)

DUTCH = (
    "zeer slecht|heel slecht < slecht < matig < voldoende|redelijk < goed < zeer goed|heel goed"
    " < uitstekend",
    "geen < zeer laag|heel laag < laag < gemiddeld|midden|matig|normaal < hoog"
    " < zeer hoog|heel hoog",
    "zeer klein|heel klein < klein < middel|middelgroot|gemiddeld < groot < zeer groot|heel groot",
    "nooit < bijna nooit|zeer zelden < zelden < soms|af en toe < vaak|regelmatig"
    " < zeer vaak|bijna altijd|meestal < altijd",
    "helemaal oneens|helemaal mee oneens|zeer oneens < oneens|mee oneens < neutraal"
    " < eens|mee eens < helemaal eens|helemaal mee eens|zeer eens",
)

POLISH = (
    "bardzo zły|bardzo zła|bardzo źle < zły|zła|źle|słaby|słaba < przeciętny|przeciętna|średni"
    "|średnia < dobry|dobra|dobrze < bardzo dobry|bardzo dobra|bardzo dobrze"
    " < doskonały|doskonała|celujący",
    "bardzo niski|bardzo niska < niski|niska < średni|średnia|umiarkowany < wysoki|wysoka"
    " < bardzo wysoki|bardzo wysoka",
    "bardzo mały|bardzo mała < mały|mała < średni|średnia < duży|duża < bardzo duży|bardzo duża",
    "nigdy < bardzo rzadko|prawie nigdy < rzadko < czasami|czasem < często"
    " < bardzo często|prawie zawsze < zawsze",
)

SWEDISH = (
    "mycket dålig|mycket dåligt < dålig|dåligt < mindre bra < godkänd|medel|ok"
    " < bra|god|gott < mycket bra|mycket god < utmärkt",
    "ingen|inget < mycket låg|mycket lågt < låg|lågt < medel|måttlig|måttligt < hög|högt"
    " < mycket hög|mycket högt",
    "mycket liten < liten < medel|mellan|mellanstor < stor < mycket stor",
    "aldrig < nästan aldrig|mycket sällan < sällan < ibland < ofta < mycket ofta|nästan alltid"
    " < alltid",
)

RUSSIAN = (
    "очень плохо|очень плохой < плохо|плохой|неудовлетворительно|неудовлетворительный"
    " < удовлетворительно|удовлетворительный|средне|средний|нормально|нормальный"
    " < хорошо|хороший < отлично|отличный|очень хорошо|очень хороший < превосходно|превосходный"
    "|прекрасно",
    "очень низкий|очень низкая < низкий|низкая < средний|средняя < высокий|высокая"
    " < очень высокий|очень высокая",
    "очень маленький < маленький|малый < средний < большой < очень большой",
    "никогда < очень редко|почти никогда < редко < иногда < часто < очень часто|почти всегда"
    " < всегда",
)

TURKISH = (
    "çok kötü < kötü < orta|normal|idare eder < iyi < çok iyi < mükemmel",
    "çok düşük < düşük < orta < yüksek < çok yüksek",
    "çok küçük < küçük < orta < büyük < çok büyük",
    "hiç|asla|hiçbir zaman < nadiren < bazen|ara sıra < sık sık|genellikle < her zaman|daima",
)

CHINESE = (
    "很差|非常差|极差 < 差 < 较差 < 一般|中等|普通 < 较好 < 好|良好 < 很好|非常好",
    "不及格|不合格 < 及格|合格 < 中|中等 < 良|良好 < 优|优秀",
    "很低|非常低 < 低 < 较低 < 中|中等|一般 < 较高 < 高 < 很高|非常高",
    "很小|非常小 < 小 < 较小 < 中|中等 < 较大 < 大 < 很大|非常大",
    "从不|从来不 < 很少 < 有时|偶尔 < 经常|常常 < 总是|一直",
    "非常不同意|完全不同意 < 不同意 < 中立|一般|不确定 < 同意 < 非常同意|完全同意",
    "非常不满意|很不满意 < 不满意 < 一般 < 满意 < 非常满意|很满意",
)

JAPANESE = (
    "とても悪い|非常に悪い|大変悪い < 悪い < やや悪い < 普通|ふつう < やや良い"
    " < 良い|よい < とても良い|非常に良い|大変良い",
    "とても低い|非常に低い < 低い < 普通|中|中程度 < 高い < とても高い|非常に高い",
    "低 < 中 < 高",
    "小 < 中 < 大 < 特大",
    "全くない|まったくない < めったにない|ほとんどない < 時々|ときどき|たまに < よくある|しばしば"
    " < いつも",
    "全くそう思わない < そう思わない < あまりそう思わない < どちらともいえない|どちらでもない"
    " < ややそう思う < そう思う < とてもそう思う|非常にそう思う",
    "とても不満 < 不満 < やや不満 < 普通|どちらともいえない < やや満足 < 満足 < とても満足",
)

SCALES = (
    *(*ENGLISH, *GERMAN, *FRENCH, *SPANISH, *ITALIAN, *PORTUGUESE, *DUTCH, *POLISH, *SWEDISH),
    *(*RUSSIAN, *TURKISH, *CHINESE, *JAPANESE),
)
"""All of them; a column is of one."""
